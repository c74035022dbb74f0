// Which files differ between two states of the machine, and how. Nothing is asked for before someone wants to see it,
// and lines are drawn once their file is opened.

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Checkpoint, Diff, FileChange, Session } from '../model/types';
import { api, ApiError } from '../net/api';
import { noteRefusal } from '../state/store';
import { bytes, dateTime } from '../text/format';
import { plural, t, type Key } from '../text/i18n';
import { filesOf, plainPath, runsOf, type FilePatch } from '../text/patch';
import { ErrorCard } from './ErrorCard';

const FILES = 200;
const LINES = 400;

interface Props {
  session: Session;
  list: readonly Checkpoint[];
  words: (c: Checkpoint) => string;
  from: number | null;
  onFrom: (seq: number | null) => void;
}

export function Changes({ session, list, words, from, onFrom }: Props) {
  const [to, setTo] = useState<number | null>(null);
  const [found, setFound] = useState<Diff | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  // What is shown belongs to what was chosen.
  useEffect(() => setFound(null), [from, to]);
  const compare = async () => {
    setBusy(true);
    setFailed(null);
    try {
      setFound(await api.diff(session.id, from, to));
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      noteRefusal(e);
      setFailed(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <form
        class="diff-form"
        onSubmit={(e) => {
          e.preventDefault();
          if (!busy) void compare();
        }}
      >
        <Choice id="diff-from" label={t('diff.from')} other={t('diff.image')} value={from} list={list} words={words} onChange={onFrom} />
        <Choice id="diff-to" label={t('diff.to')} other={t('diff.now')} value={to} list={list} words={words} onChange={setTo} />
        <button type="submit" disabled={busy}>
          {t(busy ? 'diff.comparing' : 'diff.compare')}
        </button>
      </form>
      <div role="status">{found && <p>{found.files.length === 0 ? t('diff.none') : plural('diff.files', found.files.length)}</p>}</div>
      {failed && <ErrorCard problem={failed.problem} />}
      {found?.truncated && <p class="notice">{t('diff.truncated')}</p>}
      {found && <Files diff={found} />}
    </>
  );
}

function Choice(props: {
  id: string;
  label: string;
  other: string;
  value: number | null;
  list: readonly Checkpoint[];
  words: (c: Checkpoint) => string;
  onChange: (seq: number | null) => void;
}) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <select
        id={props.id}
        value={props.value ?? ''}
        onChange={(e) => props.onChange(e.currentTarget.value === '' ? null : Number(e.currentTarget.value))}
      >
        <option value="">{props.other}</option>
        {props.list.map((c) => (
          <option key={c.seq} value={c.seq}>
            {dateTime(c.time)}: {props.words(c)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Files({ diff }: { diff: Diff }) {
  const [all, setAll] = useState(false);
  const patches = useMemo(() => new Map(filesOf(diff.patch).map((f) => [f.path, f])), [diff]);
  const shown = all ? diff.files : diff.files.slice(0, FILES);
  return (
    <>
      <ul class="diff-files">
        {shown.map((file) => (
          <li key={file.path}>
            <File file={file} patch={patches.get(plainPath(file.path)) ?? null} />
          </li>
        ))}
      </ul>
      {shown.length < diff.files.length && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          {t('chat.all')}
        </button>
      )}
    </>
  );
}

const mode = (m: string | number) => (typeof m === 'number' ? m.toString(8) : m);

function facts({ oldSize, newSize, oldMode, newMode }: FileChange): string {
  const pair = (before: string | null, after: string | null) =>
    before === null || after === null || before === after ? (after ?? before ?? '') : `${before} → ${after}`;
  const size = (n: number | null) => (n === null ? null : bytes(n));
  const modes = oldMode !== null && newMode !== null && oldMode !== newMode ? `, ${pair(mode(oldMode), mode(newMode))}` : '';
  return pair(size(oldSize), size(newSize)) + modes;
}

function File({ file, patch }: { file: FileChange; patch: FilePatch | null }) {
  const [open, setOpen] = useState(false);
  const head = (
    <>
      <span class={`tag ${file.change}`}>{t(`diff.${file.change}` as Key)}</span> <code>{file.path}</code>{' '}
      <span class="step-detail">{facts(file)}</span>
    </>
  );
  if (!patch) return <p class="diff-file">{head}</p>;
  return (
    <details onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary class="diff-file">{head}</summary>
      {open && <Patch patch={patch} />}
    </details>
  );
}

function Patch({ patch }: { patch: FilePatch }) {
  const [count, setCount] = useState(LINES);
  return (
    <>
      <pre class="patch" tabIndex={0} role="region" aria-label={patch.path}>
        {runsOf(patch.lines.slice(0, count)).map((run, i) => (
          <span key={i} class={`line-${run.kind}`}>
            {run.lines.join('\n')}
          </span>
        ))}
      </pre>
      {count < patch.lines.length && (
        <button type="button" class="quiet" onClick={() => setCount(count * 4)}>
          {plural('diff.more', patch.lines.length - count)}
        </button>
      )}
    </>
  );
}
