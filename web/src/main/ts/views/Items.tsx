// One component per kind of item in a transcript.

import { useState } from 'preact/hooks';
import { Component } from 'preact';
import type { AnswerItem, BootItem, EndItem, ThinkingItem, UserItem } from '../model/fold';
import type { Shown } from '../model/undone';
import type { Session } from '../model/types';
import { bootSummary } from '../text/boot';
import { coded, t } from '../text/i18n';
import { duration, line, timeOfDay } from '../text/format';
import { copyText } from '../ui/clipboard';
import { Icon } from '../ui/Icon';
import { useClock } from '../ui/useClock';
import { ErrorCard } from './ErrorCard';
import { Later, Seldom } from './Later';
import { Markdown } from './Markdown';
import { MessageActions } from './Moments';
import { spentWords } from './Spent';
import { ToolCard } from './ToolCard';

/** Below this it would be 0.0 s. */
const BRIEF_MS = 50;

interface Props {
  item: Shown;
  /** The session's id. */
  id: string;
  session: Session | null;
}

/** Drawn again only when its own item changed: the fold keeps the identity of all others. */
export class ItemView extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.item !== this.props.item || (next.item.kind === 'boot' && next.session?.state !== this.props.session?.state);
  }

  override render({ item, id, session }: Props) {
    return (
      <article id={`m-${item.seq}`} class={`item item-${item.kind}`} aria-label={label(item)}>
        {body(item, id, session)}
      </article>
    );
  }
}

function label(item: Shown): string {
  switch (item.kind) {
    case 'user':
      return t('chat.you');
    case 'boot':
      return t('boot.title');
    case 'answer':
    case 'thinking':
    case 'tool':
    case 'side':
    case 'end':
    case 'notice':
    case 'leave':
      return t('chat.agent');
    case 'network':
      return t('net.title');
    case 'error':
      return t('error.title');
    case 'budget':
      return t('budget.title');
    case 'moment':
    case 'rewound':
    case 'undone':
      return t('moment.title');
  }
}

function body(item: Shown, id: string, session: Session | null) {
  switch (item.kind) {
    case 'user':
      return <User item={item} id={id} />;
    case 'boot':
      return <Boot item={item} session={session} />;
    case 'answer':
      return <Answer item={item} />;
    case 'thinking':
      return <Thinking item={item} />;
    case 'tool':
      return <ToolCard item={item} id={id} />;
    case 'side':
      return <Seldom page={(p) => <p.Side item={item} id={id} />} />;
    case 'end':
      return <End item={item} />;
    case 'notice':
      return <p class="notice">{item.text}</p>;
    case 'network':
      return <Seldom page={(p) => <p class="notice">{p.egressWords(item)}</p>} />;
    case 'error':
      return <ErrorCard problem={item.problem} />;
    case 'budget':
      return <Later page={(p) => <p.BudgetCard item={item} id={id} />} />;
    case 'leave':
      return <Seldom page={(p) => <p.Leave item={item} id={id} />} />;
    case 'moment':
      return <Seldom page={(p) => <p.Moment item={item} />} />;
    case 'rewound':
      return <p class="notice">{t(item.restored ? 'moment.restored' : 'moment.rewound')}</p>;
    case 'undone':
      return (
        <Seldom
          page={(p) => (
            <p.Undone item={item} id={id}>
              {(inner) => <ItemView key={inner.seq} item={inner} id={id} session={null} />}
            </p.Undone>
          )}
        />
      );
  }
}

function User({ item, id }: { item: UserItem; id: string }) {
  return (
    <>
      <p class="user-text">{item.text}</p>
      <time class="stamp" dateTime={new Date(item.at).toISOString()}>
        {timeOfDay(item.at)}
      </time>
      <MessageActions item={item} id={id} />
    </>
  );
}

function Answer({ item }: { item: AnswerItem }) {
  const [copied, setCopied] = useState(false);
  return (
    <>
      <Markdown text={item.text} done={!item.open} />
      {!item.open && (
        <button
          type="button"
          class="quiet copy-message"
          aria-label={t('chat.copy.message')}
          onClick={() => void copyText(item.text).then(setCopied)}
        >
          <Icon name="copy" /> {copied ? t('chat.copied') : t('chat.copy')}
        </button>
      )}
    </>
  );
}

function Thinking({ item }: { item: ThinkingItem }) {
  const [open, setOpen] = useState(false);
  const now = useClock(item.open);
  const body = `think-${item.seq}`;
  const spent = (item.open ? now : item.last) - item.at;
  const done = spent < BRIEF_MS ? t('think.brief') : t('think.done', { time: duration(spent) });
  return (
    <section class="thinking-box">
      <button type="button" class="think-head" data-card aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
        {item.open ? <span class="spinner" aria-hidden="true" /> : <Icon name="brain" />}
        <span class="think-label">{item.open ? t('think.live') : done}</span>
        {item.open && !open && <span class="think-line">{line(item.text.slice(-200), 110)}</span>}
        <Icon name="chevron" />
      </button>
      {open && (
        <p class="think-body" id={body}>
          {item.text}
        </p>
      )}
    </section>
  );
}

function Boot({ item, session }: { item: BootItem; session: Session | null }) {
  const starting = session?.state === 'creating' || session?.state === 'booting' || session?.agentState === 'starting';
  const live = item.open && starting;
  const [open, setOpen] = useState<boolean | null>(null);
  const ready = item.steps.some((s) => s.step === 'ready');
  const shown = open ?? (live || (item.open && !ready));
  const body = `boot-${item.seq}`;
  const spent = item.steps.filter((s) => s.step !== 'ready').reduce((sum, s) => sum + s.ms, 0);
  return (
    <section class="boot-box">
      {!live && (
        <button type="button" class="think-head" data-card aria-expanded={shown} aria-controls={body} onClick={() => setOpen(!shown)}>
          <Icon name={ready ? 'check' : 'cross'} />
          <span class="think-label">{ready ? bootSummary(item) : t('boot.failed', { time: duration(spent) })}</span>
          <Icon name="chevron" />
        </button>
      )}
      {(shown || live) && (
        <div id={body}>
          <Later page={(p) => <p.Timeline item={item} session={session} live={live} />} />
        </div>
      )}
    </section>
  );
}

function End({ item }: { item: EndItem }) {
  const spent = item.used.input + item.used.output > 0 && <span class="turn-cost">{spentWords(item.used)}</span>;
  if (item.reason === 'completed') return spent && <p class="end-line">{spent}</p>;
  const what = coded('end', item.reason, item.reason);
  return (
    <p class="end-line">
      {what} {item.reason !== 'stopped' && item.reason !== 'budget' && item.detail} {spent}
    </p>
  );
}
