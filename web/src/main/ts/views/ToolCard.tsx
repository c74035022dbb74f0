import { useState } from 'preact/hooks';
import type { ToolItem } from '../model/fold';
import { ansi } from '../text/ansi';
import { bytes, duration, line } from '../text/format';
import { t } from '../text/i18n';
import { api } from '../net/api';
import { copyText } from '../ui/clipboard';
import { Icon, type IconName } from '../ui/Icon';
import { useClock } from '../ui/useClock';

/** Characters of output that are shown before someone asks for all of it. */
const SHOWN = 262_144;
const QUICK_MS = 100;

export interface ToolWords {
  icon: IconName;
  verb: string;
  object: string;
}

/** "Ran `npm test`": what a call does, in words. */
export function toolWords(name: string, args: unknown, running: boolean): ToolWords {
  const fields = typeof args === 'object' && args !== null ? (args as Record<string, unknown>) : {};
  const field = (...names: string[]): string | null => {
    for (const n of names) if (typeof fields[n] === 'string') return fields[n];
    return null;
  };
  const command = field('command', 'cmd');
  if (command !== null) return { icon: 'tool', verb: t(running ? 'tool.running' : 'tool.ran'), object: command };
  const path = field('path', 'file', 'file_path', 'filename');
  if (path !== null && /read|view|cat/.test(name)) {
    return { icon: 'file', verb: t(running ? 'tool.reading' : 'tool.read'), object: path };
  }
  if (path !== null && /write|create|edit/.test(name)) {
    return { icon: 'file', verb: t(running ? 'tool.writing' : 'tool.wrote'), object: path };
  }
  return { icon: 'box', verb: t(running ? 'tool.using' : 'tool.used'), object: name };
}

function inputText(args: unknown): string {
  if (typeof args === 'string') return args;
  if (typeof args === 'object' && args !== null) {
    const values = Object.entries(args);
    const only = values[0];
    if (values.length === 1 && only && typeof only[1] === 'string') return only[1];
  }
  return JSON.stringify(args, null, 2);
}

export const toolFailed = (item: ToolItem) =>
  item.result !== null && (item.result.status !== 'ok' || (item.result.exitCode ?? 0) !== 0);

/** One line when done; a failed one opens by itself, a success stays closed until someone looks. */
export function ToolCard({ item, id }: { item: ToolItem; id: string }) {
  const [chosen, choose] = useState<boolean | null>(null);
  const [wrap, setWrap] = useState(true);
  const failed = toolFailed(item);
  const open = chosen ?? failed;
  const words = toolWords(item.name, item.args, item.open);
  const body = `tool-${item.seq}`;
  return (
    <section class={failed ? 'tool failed' : 'tool'} aria-label={`${words.verb} ${line(words.object, 60)}`}>
      <button
        type="button"
        class="tool-head"
        data-card
        aria-expanded={open}
        aria-controls={body}
        onClick={() => choose(!open)}
      >
        {item.open ? <span class="spinner" aria-hidden="true" /> : <Icon name={words.icon} />}
        <span class="tool-what">
          {words.verb} <code>{line(words.object, 160)}</code>
        </span>
        <Outcome item={item} />
        <Icon name="chevron" />
      </button>
      {open && (
        <div class="tool-body" id={body}>
          <Part label={t('tool.input')} text={inputText(item.args)} wrap={wrap} />
          {item.result && (
            <Part
              label={t('tool.output')}
              text={item.result.output}
              wrap={wrap}
              styled
              more={(item.result.whole ?? 0) - item.result.output.length}
              fetchAll={() => api.output(id, item.id)}
            />
          )}
          <p class="actions">
            <label>
              <input type="checkbox" checked={wrap} onChange={() => setWrap(!wrap)} /> {t('tool.wrap')}
            </label>
          </p>
        </div>
      )}
    </section>
  );
}

function Outcome({ item }: { item: ToolItem }) {
  const now = useClock(item.open);
  const ms = (item.result?.at ?? now) - item.at;
  const code = item.result?.exitCode ?? 0;
  return (
    <span class="tool-outcome">
      {!item.open && item.result === null && <span>{t('tool.noresult')}</span>}
      {code !== 0 && <span class="bad">{t('tool.exit', { code })}</span>}
      {code === 0 && item.result !== null && item.result.status !== 'ok' && <span class="bad">{t('tool.failed')}</span>}
      {(item.open || item.result !== null) && ms >= QUICK_MS && <span>{duration(ms)}</span>}
    </span>
  );
}

interface PartProps {
  label: string;
  text: string;
  wrap: boolean;
  styled?: boolean;
  /** Characters that the text lacks, and how to get all of it. */
  more?: number;
  fetchAll?: () => Promise<string>;
}

function Part({ label, text: begin, wrap, styled, more = 0, fetchAll }: PartProps) {
  const [all, setAll] = useState(false);
  const [whole, setWhole] = useState<string | null>(null);
  const [gone, setGone] = useState('');
  const [copied, setCopied] = useState(false);
  const text = whole ?? begin;
  const shown = all ? text : text.slice(0, SHOWN);
  const missing = text.length - shown.length + (whole === null ? Math.max(0, more) : 0);
  const showAll = () => {
    setAll(true);
    if (whole !== null || more <= 0 || !fetchAll) return;
    fetchAll().then(setWhole, (e: unknown) => setGone(e instanceof Error ? e.message : String(e)));
  };
  return (
    <div class="tool-part">
      <p class="tool-label">
        <span>{label}</span>
        <button
          type="button"
          class="quiet"
          aria-label={`${t('chat.copy')}: ${label}`}
          onClick={() => void copyText(text).then(setCopied)}
        >
          {copied ? t('chat.copied') : t('chat.copy')}
        </button>
      </p>
      {text === '' ? (
        <p class="muted">{t('tool.empty')}</p>
      ) : (
        <pre class={wrap ? 'wrap' : ''} tabIndex={0} role="region" aria-label={label}>
          {styled ? ansi(shown).map((run, i) => (run.cls ? <span key={i} class={run.cls}>{run.text}</span> : run.text)) : shown}
        </pre>
      )}
      {missing > 0 && (
        <p>
          {t('chat.cut', { size: bytes(missing) })}{' '}
          {gone === '' ? (
            <button type="button" class="quiet" onClick={showAll}>
              {t('chat.all')}
            </button>
          ) : (
            gone
          )}
        </p>
      )}
    </div>
  );
}
