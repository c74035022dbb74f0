import { useEffect, useRef } from 'preact/hooks';
import type { Item, View } from '../model/fold';
import type { Session } from '../model/types';
import { shown } from '../model/undone';
import { again, discard, outbox, settle, type Outgoing } from '../state/outbox';
import { pathOf } from '../state/router';
import { catchUp, system, type OpenView } from '../state/store';
import { coded, t } from '../text/i18n';
import { mebibytes } from '../text/format';
import { say } from '../ui/notify';
import { Composer } from './Composer';
import { ErrorCard } from './ErrorCard';
import { toolFailed } from './ToolCard';
import { Transcript } from './Transcript';

/** By how much the two clocks may differ after correction. */
const CLOCK_MS = 3_000;

export function Chat({ session, opened }: { session: Session; opened: OpenView }) {
  const view = opened.view.value;
  useAnnouncements(view);
  useEffect(() => {
    settle(session.id, (id) => view.turn?.message === id || seenIn(view, id));
  }, [view]);
  const failed = opened.failed.value;
  return (
    <>
      {failed && failed.status !== 404 && (
        <div class="band">
          <ErrorCard problem={failed.problem}>
            <button type="button" onClick={() => void catchUp(opened)}>
              {t('chat.retry')}
            </button>
          </ErrorCard>
        </div>
      )}
      {!opened.loaded.value && !failed ? (
        <div class="transcript-frame">
          <p class="loading">{t('app.loading')}</p>
        </div>
      ) : (
        <Transcript items={shown(view)} session={session}>
          <Tail session={session} view={view} />
        </Transcript>
      )}
      <Composer session={session} view={view} />
    </>
  );
}

function seenIn(view: View, id: string): boolean {
  return (
    view.waiting.some((w) => w.id === id) ||
    view.session?.queue.some((q) => q.id === id) === true ||
    view.items.slice(-400).some((i) => i.kind === 'user' && i.id === id)
  );
}

/** Its event may be here before the answer that names it; then it is the same text, written since. */
function arrived(view: View, o: Outgoing): boolean {
  if (o.messageId !== null) return seenIn(view, o.messageId);
  const same = (m: { text: string; at: number }) => m.text === o.text && m.at > o.at - CLOCK_MS;
  return view.waiting.some(same) || view.items.slice(-20).some((i) => i.kind === 'user' && same(i));
}

/** What stands after the newest event: messages that wait, messages under way, the greeting of an empty session. */
function Tail({ session, view }: { session: Session; view: View }) {
  const queue = view.session?.queue ?? session.queue;
  const waiting = view.waiting.filter((w) => !queue.some((q) => q.id === w.id));
  const mine = outbox.value.filter((o) => o.session === session.id && !arrived(view, o));
  const talked = view.items.some((i) => i.kind !== 'boot') || waiting.length > 0 || mine.length > 0;
  const problem = session.state === 'failed' || session.state === 'stopped' ? session.error : null;
  const told = view.items.slice(-6).some((i) => i.kind === 'error' && i.problem.detail === problem?.detail);
  return (
    <>
      {!talked && session.state === 'running' && session.agentState === 'idle' && <Greeting session={session} />}
      {waiting.map((w) => (
        <article key={w.id} class="item item-user pending" aria-label={t('chat.you')}>
          <p class="user-text">{w.text}</p>
        </article>
      ))}
      {mine.map((o) => (
        <Pending key={o.key} entry={o} />
      ))}
      {problem && !told && (
        <article class="item item-error" aria-label={t('error.title')}>
          <ErrorCard problem={problem}>
            <a class="button" href={pathOf(session.id, 'console')}>
              {t('tab.console')}
            </a>
          </ErrorCard>
        </article>
      )}
    </>
  );
}

function Greeting({ session }: { session: Session }) {
  return (
    <article class="greeting" aria-label={t('chat.ready')}>
      <h2>{t('chat.ready')}</h2>
      <p>
        {t('chat.machine', {
          vcpus: session.vcpus,
          memory: mebibytes(session.memoryMiB),
          driver: [session.driver, system.value?.accelerator.kind].filter(Boolean).join(', '),
          isolation: session.isolation,
        })}
      </p>
    </article>
  );
}

function Pending({ entry }: { entry: Outgoing }) {
  return (
    <article class="item item-user pending" aria-label={t('chat.you')}>
      <p class="user-text">{entry.text}</p>
      {entry.state === 'refused' ? (
        <p class="unsent" role="alert">
          {t('chat.refused', { detail: `${entry.problem?.detail ?? ''} ${entry.problem?.next ?? ''}` })}{' '}
          <button type="button" class="quiet" onClick={() => again(entry.key)}>
            {t('chat.again')}
          </button>
          <button type="button" class="quiet" onClick={() => discard(entry.key)}>
            {t('chat.discard')}
          </button>
        </p>
      ) : (
        <p class="stamp">{t(entry.state === 'waiting' ? 'chat.unsent' : 'chat.sending')}</p>
      )}
    </article>
  );
}

/** Says what changed since the last look: never the text itself, which would be read token by token. */
function useAnnouncements(view: View): void {
  const last = useRef<{ id: string; items: readonly Item[]; working: boolean; count: number } | null>(null);
  useEffect(() => {
    const before = last.current;
    const working = view.turn !== null;
    last.current = { id: view.id, items: view.items, working, count: view.items.length };
    if (!before || before.id !== view.id || before.items.length === 0) return;
    if (working && !before.working) say(t('live.working'));
    for (let i = Math.max(0, before.count - 8); i < view.items.length; i++) {
      const item = view.items[i];
      const old = before.items[i];
      if (!item || item === old) continue;
      announce(item, old);
    }
  }, [view]);
}

function announce(item: Item, old: Item | undefined): void {
  switch (item.kind) {
    case 'end':
      say(item.reason === 'completed' ? t('live.finished') : coded('end', item.reason, t('live.stopped')));
      return;
    case 'error':
      say(t('live.failed', { detail: item.problem.detail }));
      return;
    case 'budget':
      say(item.word.text);
      return;
    case 'tool':
      if (toolFailed(item)) say(t('live.tool', { name: item.name }));
      return;
    case 'boot': {
      const known = old?.kind === 'boot' ? old.steps.length : 0;
      for (const step of item.steps.slice(known)) {
        say(step.step === 'ready' ? t('live.ready') : coded('step', step.step, step.step));
      }
      return;
    }
    case 'rewound':
      say(t(item.restored ? 'moment.restored' : 'moment.rewound'));
      return;
    case 'moment':
      if (item.event === 'paused') say(t('sleep.asleep'));
      if (item.event === 'resumed') say(t('live.ready'));
      return;
    case 'user':
    case 'answer':
    case 'thinking':
    case 'side':
    case 'notice':
    case 'network':
      return;
  }
}
