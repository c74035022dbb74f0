// In the transcript, and seldom there: what the agent asked beside a turn, what was undone, and what happened to the
// machine as a whole.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { checkpointLeft } from '../model/branch';
import type { Item, MomentItem, SideItem } from '../model/fold';
import type { UndoneItem } from '../model/undone';
import { pathOf } from '../state/router';
import { byId, open } from '../state/store';
import { bytes, stepTime } from '../text/format';
import { coded, plural, t } from '../text/i18n';
import { Icon } from '../ui/Icon';
import { say } from '../ui/notify';
import { ask } from './ask';
import { ItemView } from './Items';

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

/** What the agent asked beside the turn: one line until someone looks. */
export function Side({ item, id }: { item: SideItem; id: string }) {
  const [open, setOpen] = useState(false);
  const what = coded('side', item.what, item.what);
  if (item.what === 'follow_up') return <p class="notice">{`${what}: ${item.title}`}</p>;
  const body = `side-${item.seq}`;
  return (
    <section class="thinking-box side-box">
      <button type="button" class="think-head" data-card aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
        {item.open ? <span class="spinner" aria-hidden="true" /> : <Icon name={item.failed ? 'cross' : 'fork'} />}
        <span class="think-label">{what}</span>
        <span class="think-line">{item.title}</span>
        <Icon name="chevron" />
      </button>
      {open && (
        <div class="side-body" id={body}>
          {item.items.map((inner) => (
            <ItemView key={inner.seq} item={inner} id={id} session={null} />
          ))}
        </div>
      )}
    </section>
  );
}
