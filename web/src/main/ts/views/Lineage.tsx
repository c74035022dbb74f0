import type { Session } from '../model/types';
import { pathOf } from '../state/router';
import { byId, sessions } from '../state/store';
import { t } from '../text/i18n';
import { Statuses } from '../ui/Status';

/** The first of the line; its id may be that of a session that was deleted. */
function rootOf(session: Session): string {
  let at: Session | undefined = session;
  let id = session.id;
  while (at?.origin) {
    id = at.origin.session;
    at = byId.value.get(id);
  }
  return id;
}

const forksOf = (id: string) => sessions.value.filter((s) => s.origin?.session === id).toReversed();

/** All sessions that share a past with this one, each under the one that it was forked from. */
export function Lineage({ session }: { session: Session }) {
  const root = rootOf(session);
  if (root === session.id && forksOf(root).length === 0) return <p class="muted">{t('lineage.none')}</p>;
  return (
    <ul class="lineage" aria-label={t('lineage.title')}>
      <Branch id={root} here={session.id} />
    </ul>
  );
}

function Branch({ id, here }: { id: string; here: string }) {
  const session = byId.value.get(id);
  const forks = forksOf(id);
  return (
    <li>
      <span class="lineage-row">
        {session ? (
          <a href={pathOf(id, 'history')} aria-current={id === here ? 'page' : undefined}>
            {session.name}
          </a>
        ) : (
          <span class="muted">{t('moment.gone')}</span>
        )}
        {session?.origin && <span class="muted">{t('lineage.at', { seq: session.origin.seq })}</span>}
        {session && <span class="model">{session.model}</span>}
        {session && <Statuses session={session} brief />}
      </span>
      {forks.length > 0 && (
        <ul>
          {forks.map((s) => (
            <Branch key={s.id} id={s.id} here={here} />
          ))}
        </ul>
      )}
    </li>
  );
}
