import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Session } from '../model/types';
import type { View } from '../model/fold';
import { api } from '../net/api';
import { recall, remember } from '../state/prefs';
import { send } from '../state/outbox';
import { clock, line } from '../text/format';
import { t } from '../text/i18n';
import { Icon } from '../ui/Icon';
import { report } from '../ui/report';
import { isWaking } from '../ui/Status';
import { useClock } from '../ui/useClock';
import { resume } from './ask';

/** Whether Enter now belongs to an input method that is composing a character. */
const composing = (e: KeyboardEvent) => e.isComposing || e.keyCode === 229;

export function Composer({ session, view }: { session: Session; view: View }) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const draftKey = `draft.${session.id}`;
  const [text, setText] = useState(() => recall(draftKey) ?? '');
  const [stopping, setStopping] = useState(false);
  const busy = session.agentState === 'working' || session.agentState === 'waiting';
  const off = session.state === 'stopped' || session.state === 'failed' || session.state === 'stopping';

  useEffect(() => {
    setText(recall(draftKey) ?? '');
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia('(pointer: fine)').matches && !off) ref.current?.focus();
  }, [session.id]);
  useEffect(() => {
    if (!busy) setStopping(false);
  }, [busy]);
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box || CSS.supports('field-sizing', 'content')) return;
    box.style.blockSize = 'auto';
    box.style.blockSize = `${box.scrollHeight + 2}px`;
  }, [text]);

  const write = (next: string) => {
    setText(next);
    remember(draftKey, next);
  };
  useEffect(() => {
    // What a rewind took back may be said anew; what is being written stays.
    const take = (e: Event) => text === '' && write((e as CustomEvent<string>).detail);
    addEventListener('execlaw:draft', take);
    return () => removeEventListener('execlaw:draft', take);
  });
  const submit = () => {
    if (text.trim() === '' || off) return;
    send(session.id, text);
    write('');
    dispatchEvent(new Event('execlaw:latest'));
  };
  const stop = () => {
    setStopping(true);
    api.interrupt(session.id).catch((e: unknown) => {
      setStopping(false);
      report(e);
    });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && !e.shiftKey && !composing(e)) {
      e.preventDefault();
      submit();
    }
  };
  if (off) return <Restart session={session} />;
  return (
    <div class="composer">
      {busy && <Busy view={view} stopping={stopping} />}
      {session.state === 'paused' && <Asleep session={session} />}
      <Queue session={session} />
      <form
        class="compose-box"
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        <textarea
          ref={ref}
          id="composer"
          rows={1}
          value={text}
          aria-label={t('compose.label')}
          aria-describedby="compose-hint"
          placeholder={t(session.agentState === 'starting' ? 'compose.booting' : busy ? 'compose.queue' : 'compose.placeholder')}
          onInput={(e) => write(e.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {busy && text.trim() === '' ? (
          <button type="button" class="primary round" data-stop disabled={stopping} onClick={stop} aria-label={t('busy.stop')} title={t('busy.stop')}>
            <Icon name="stop" />
          </button>
        ) : (
          <>
            {busy && (
              <button type="button" class="round" data-stop disabled={stopping} onClick={stop} aria-label={t('busy.stop')} title={t('busy.stop')}>
                <Icon name="stop" />
              </button>
            )}
            <button type="submit" class="primary round" disabled={text.trim() === ''} aria-label={t('compose.send')} title={t('compose.send')}>
              <Icon name="send" />
            </button>
          </>
        )}
      </form>
      <p class="hint" id="compose-hint">
        {t('compose.hint')}
      </p>
    </div>
  );
}

function Asleep({ session }: { session: Session }) {
  const waking = isWaking(session);
  return (
    <p class="busy-line">
      {waking && <span class="pulse" aria-hidden="true" />}
      {t(waking ? 'sleep.waking' : 'sleep.asleep')}
      {!waking && (
        <button type="button" class="quiet" onClick={() => void resume(session.id)}>
          {t('sleep.wake')}
        </button>
      )}
    </p>
  );
}

function Busy({ view, stopping }: { view: View; stopping: boolean }) {
  let what: string | null = null;
  for (const item of view.items.slice(-8)) {
    if (item.kind !== 'tool' || !item.open) continue;
    const command = (item.args as { command?: unknown } | null)?.command;
    what = typeof command === 'string' ? command : item.name;
  }
  return (
    <p class="busy-line">
      <span class="pulse" aria-hidden="true" />
      {stopping ? t('busy.stopping') : what === null ? t('busy.working') : t('busy.on', { what: line(what, 60) })}
      {view.turn && <Elapsed since={view.turn.at} />}
    </p>
  );
}

function Elapsed({ since }: { since: number }) {
  const now = useClock(true);
  return <span class="step-time">{clock(now - since)}</span>;
}

function Queue({ session }: { session: Session }) {
  if (session.queue.length === 0) return null;
  const remove = (id: string) => void api.unqueue(session.id, id).catch(report);
  return (
    <ul class="queue" aria-label={t('queue.label')}>
      {session.queue.map((q) => (
        <li key={q.id}>
          <span>{line(q.text, 80)}</span>
          <button type="button" class="quiet square" aria-label={t('queue.remove', { text: line(q.text, 40) })} onClick={() => remove(q.id)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Instead of the box: what was typed before stays a draft. */
function Restart({ session }: { session: Session }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => setAsked(false), [session.state]);
  const start = () => {
    setAsked(true);
    api.start(session.id).catch((e: unknown) => {
      setAsked(false);
      report(e);
    });
  };
  return (
    <div class="composer restart">
      <p>{t(session.state === 'failed' ? 'compose.failed' : session.state === 'stopped' ? 'compose.stopped' : 'machine.stopping')}</p>
      {session.state !== 'stopping' && (
        <button type="button" id="composer" class="primary" disabled={asked} onClick={start}>
          {t(asked ? 'compose.starting' : 'compose.start')}
        </button>
      )}
    </div>
  );
}
