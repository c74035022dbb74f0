// A session's past: the states one can go back to, what changed between them, and the sessions that came from it.

import { useEffect, useState } from 'preact/hooks';
import { pathTo, within } from '../model/branch';
import type { View } from '../model/fold';
import type { Checkpoint, Session } from '../model/types';
import { api, ApiError } from '../net/api';
import { noteRefusal, type OpenView } from '../state/store';
import { bytes, dateTime, line } from '../text/format';
import { coded, plural, t } from '../text/i18n';
import { Changes } from './Changes';
import { ErrorCard } from './ErrorCard';
import { Lineage } from './Lineage';
import { ask } from './ask';

/** Rows before someone asks for all. */
const SHOWN = 30;

/** Its name, else why it was taken; at the end of a turn, of which one. */
function checkpointWords(c: Checkpoint, view: View): string {
  if (c.name !== null) return c.name;
  const path = pathTo(view.jumps, c.seq);
  const message = c.kind === 'turn' ? view.items.findLast((i) => i.kind === 'user' && i.seq <= c.seq && within(path, i.seq)) : undefined;
  return message?.kind === 'user'
    ? t('checkpoint.after', { text: line(message.text, 40) })
    : coded('checkpoint.kind', c.kind, c.kind);
}

export function History({ session, opened }: { session: Session; opened: OpenView }) {
  const past = opened.past.value;
  const [list, setList] = useState<readonly Checkpoint[] | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [from, setFrom] = useState<number | null>(null);
  useEffect(() => {
    let left = false;
    api.checkpoints(session.id).then(
      (read) => {
        if (left) return;
        setList(read.toSorted((a, b) => b.seq - a.seq));
        setFailed(null);
      },
      (e: unknown) => {
        if (!(e instanceof ApiError)) throw e;
        noteRefusal(e);
        if (!left) setFailed(e);
      },
    );
    return () => (left = true);
  }, [session.id, past.checkpoints, past.jumps]);
  const words = (c: Checkpoint) => checkpointWords(c, opened.view.value);
  const since = (seq: number) => {
    setFrom(seq);
    document.getElementById('changes')?.scrollIntoView();
    document.getElementById('diff-from')?.focus();
  };
  return (
    <div class="page info">
      <h2>{t('checkpoint.title')}</h2>
      <p class="muted">{t('checkpoint.lead')}</p>
      {past.busy && <p class="notice">{t('checkpoint.busy')}</p>}
      {failed && <ErrorCard problem={failed.problem} />}
      {!list && !failed && <p class="loading">{t('app.loading')}</p>}
      {list && <Checkpoints list={list} words={words} session={session} busy={past.busy} since={since} />}
      <h2 id="changes">{t('diff.title')}</h2>
      <Changes session={session} list={list ?? []} words={words} from={from} onFrom={setFrom} />
      <h2>{t('lineage.title')}</h2>
      <Lineage session={session} />
    </div>
  );
}

interface ListProps {
  list: readonly Checkpoint[];
  words: (c: Checkpoint) => string;
  session: Session;
  busy: boolean;
  since: (seq: number) => void;
}

function Checkpoints(props: ListProps) {
  const { list, session } = props;
  const [all, setAll] = useState(false);
  const size = list.reduce((sum, c) => sum + c.diskBytes + c.memoryBytes, 0);
  return (
    <>
      <p class="actions">
        <span>{list.length === 0 ? t('checkpoint.empty') : plural('checkpoint.sum', list.length) + t('checkpoint.size', { size: bytes(size) })}</span>
        {(session.state === 'running' || session.state === 'paused') && (
          <button type="button" onClick={() => (ask.value = { what: 'checkpoint', session })}>
            {t('menu.checkpoint')}
          </button>
        )}
      </p>
      <ul class="checkpoints">
        {(all ? list : list.slice(0, SHOWN)).map((c) => (
          <Row key={c.seq} checkpoint={c} words={props.words(c)} session={session} busy={props.busy} since={props.since} />
        ))}
      </ul>
      {!all && list.length > SHOWN && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          {t('chat.all')}
        </button>
      )}
    </>
  );
}

function Row(props: { checkpoint: Checkpoint; words: string; session: Session; busy: boolean; since: (seq: number) => void }) {
  const { checkpoint: c, words, session, busy } = props;
  const when = dateTime(c.time);
  const name = (what: string) => `${what}: ${words}, ${when}`;
  return (
    <li>
      <p>
        <span class="checkpoint-name">{words}</span>
        {c.abandoned && <span class="tag">{t('checkpoint.abandoned')}</span>}
        <span class="step-detail">
          <time dateTime={c.time}>{when}</time>. {t('checkpoint.sizes', { disk: bytes(c.diskBytes), memory: bytes(c.memoryBytes) })}
        </span>
      </p>
      <p class="actions">
        <button
          type="button"
          class="quiet"
          disabled={busy}
          aria-label={name(t('rewind.go'))}
          onClick={() => (ask.value = { what: 'rewind', session, seq: c.seq, message: null })}
        >
          {t('rewind.go')}
        </button>
        <button type="button" class="quiet" aria-label={name(t('fork.go'))} onClick={() => (ask.value = { what: 'fork', session, seq: c.seq })}>
          {t('fork.go')}
        </button>
        <button type="button" class="quiet" aria-label={name(t('checkpoint.since'))} onClick={() => props.since(c.seq)}>
          {t('checkpoint.since')}
        </button>
      </p>
    </li>
  );
}
