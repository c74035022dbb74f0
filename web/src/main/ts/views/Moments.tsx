// In the transcript: what can be done with a message, what was undone, and what happened to the machine as a whole.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { checkpointBefore, checkpointLeft } from '../model/branch';
import type { Item, MomentItem, UserItem } from '../model/fold';
import type { UndoneItem } from '../model/undone';
import { pathOf } from '../state/router';
import { byId, open } from '../state/store';
import { bytes, stepTime } from '../text/format';
import { plural, t } from '../text/i18n';
import { Icon } from '../ui/Icon';
import { say, toast } from '../ui/notify';
import { ask } from './ask';

/** What is not possible stays reachable by keyboard and says why not. */
function Act(props: { act: string; icon: 'back' | 'fork'; label: string; not: string | null; run: () => void }) {
  const { not, label } = props;
  const name = not === null ? label : `${label}: ${not}`;
  return (
    <button
      type="button"
      class="quiet"
      data-act={props.act}
      aria-label={name}
      title={name}
      aria-disabled={not !== null}
      onClick={() => (not === null ? props.run() : toast(not))}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Rewind and fork, both to where the message had not been given yet. */
export function MessageActions({ item, id }: { item: UserItem; id: string }) {
  const { jumps, checkpoints, busy } = open(id).past.value;
  const checkpoint = checkpointBefore(checkpoints, jumps, item.seq);
  const not = busy ? t('moment.busy') : checkpoint ? null : t('moment.none');
  const session = () => byId.value.get(id);
  const start = (what: 'rewind' | 'fork') => {
    const of = session();
    if (!of || !checkpoint) return;
    const seq = checkpoint.seq;
    ask.value = what === 'rewind' ? { what, session: of, seq, message: item } : { what, session: of, seq };
  };
  return (
    <span class="message-actions">
      <Act act="r" icon="back" label={t('moment.rewind')} not={not} run={() => start('rewind')} />
      <Act act="f" icon="fork" label={t('moment.fork')} not={not} run={() => start('fork')} />
    </span>
  );
}

/** Folded until someone looks; can be brought back as long as its checkpoint is kept. */
export function Undone(props: { item: UndoneItem; id: string; children: (item: Item) => ComponentChildren }) {
  const { item, id } = props;
  const [shown, show] = useState(false);
  const { jumps, checkpoints, busy } = open(id).past.value;
  const first = item.items.find((i) => i.kind === 'user')?.seq ?? item.seq;
  const checkpoint = checkpointLeft(checkpoints, jumps, item.seq, first);
  const not = busy ? t('moment.busy') : checkpoint ? null : t('moment.lost');
  const body = `undone-${item.seq}`;
  const restore = () => {
    const session = byId.value.get(id);
    if (not !== null) say(not);
    else if (session && checkpoint) ask.value = { what: 'rewind', session, seq: checkpoint.seq, message: null };
  };
  return (
    <section class="undone">
      <p class="undone-head">
        <Icon name="back" />
        <span>{plural('undone', item.messages)}</span>
        <button type="button" class="quiet" data-card aria-expanded={shown} aria-controls={body} onClick={() => show(!shown)}>
          {t(shown ? 'undone.hide' : 'undone.show')}
        </button>
        <button type="button" class="quiet" aria-disabled={not !== null} onClick={restore}>
          {t('undone.restore')}
        </button>
        {not !== null && <span class="undone-not">{not}</span>}
      </p>
      {shown && <div id={body}>{item.items.map(props.children)}</div>}
    </section>
  );
}

export function Moment({ item }: { item: MomentItem }) {
  return <p class="notice">{words(item)}</p>;
}

function words(item: MomentItem): ComponentChildren {
  switch (item.event) {
    case 'checkpoint':
      return t('moment.checkpoint', { name: item.payload.name ?? '' });
    case 'paused': {
      const { reason, diskBytes } = item.payload;
      return t('moment.paused', { reason, size: bytes(diskBytes) });
    }
    case 'resumed': {
      const { reason, ms } = item.payload;
      return t('moment.resumed', { reason, time: stepTime(ms) });
    }
    case 'budget_warning':
      return item.payload.text;
    case 'policy':
      return t('moment.policy');
    case 'model_changed':
      return t('moment.model', item.payload);
    case 'model_settings':
      return t('moment.settings');
    case 'forked':
      return (
        <>
          {t('moment.forked')} <SessionLink id={item.payload.session} />
        </>
      );
    case 'fork_made':
      return (
        <>
          {plural('moment.made', item.payload.sessions.length)}{' '}
          {item.payload.sessions.map((id, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <SessionLink id={id} />
            </span>
          ))}
        </>
      );
  }
}

/** One that was deleted has no name any more. */
export function SessionLink({ id }: { id: string }) {
  const session = byId.value.get(id);
  return session ? <a href={pathOf(id)}>{session.name}</a> : <span>{t('moment.gone')}</span>;
}
