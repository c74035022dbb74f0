// A session as seen on the page, derived from its events alone. Pure: the same events give the same view, however they
// are split into batches and however often some of them come again.

import { pathTo, within, type Jump } from './branch';
import type { Base, Item, MomentEvent, MomentItem, SideItem, ToolItem, Used } from './items';
import type { Checkpoint, LogEvent, Payloads, Session, Step } from './types';

export type * from './items';

/** A message that the agent has not been given yet. */
export interface Waiting {
  seq: number;
  id: string;
  text: string;
  at: number;
}

const NOTHING: Used = { input: 0, output: 0, cost: 0, unpriced: 0 };

export interface View {
  id: string;
  /** The newest event that is in this view; every one before it is, too. */
  seq: number;
  session: Session | null;
  items: readonly Item[];
  waiting: readonly Waiting[];
  /** Message and start of the running turn; null when the agent waits. */
  turn: { message: string; at: number } | null;
  /** All that this session used; a rewind gives nothing back, and a fork begins with nothing. */
  usage: Used;
  /** What the running turn used, or the last one. */
  turnUsage: Used;
  /** The rewinds, oldest first. */
  jumps: readonly Jump[];
  /** Those that there still are, by position. */
  checkpoints: readonly Checkpoint[];
  deleted: boolean;
}

export interface Folded {
  view: View;
  /** True when an event is missing between {@code view.seq} and the next one given: fetch it, then fold again. */
  gap: boolean;
}

export function emptyView(id: string): View {
  return {
    id,
    seq: 0,
    session: null,
    items: [],
    waiting: [],
    turn: null,
    usage: NOTHING,
    turnUsage: NOTHING,
    jumps: [],
    checkpoints: [],
    deleted: false,
  };
}

/** Applies events of this view's session. Those it has are skipped; from a gap on, none is applied. */
export function fold(view: View, events: readonly LogEvent[]): Folded {
  const draft: Draft = { ...view, items: view.items.slice(), waiting: view.waiting.slice() };
  let changed = false;
  for (const event of events) {
    if (event.session !== view.id) continue;
    if (event.type === 'session_deleted') {
      return { view: { ...emptyView(view.id), seq: Math.max(draft.seq, event.seq), deleted: true }, gap: false };
    }
    if (event.seq <= draft.seq) continue;
    if (event.seq > draft.seq + 1) return { view: changed ? draft : view, gap: true };
    apply(draft, event);
    draft.seq = event.seq;
    changed = true;
  }
  return { view: changed ? draft : view, gap: false };
}

interface Draft extends View {
  items: Item[];
  waiting: Waiting[];
}

function apply(view: Draft, event: LogEvent): void {
  const at = Date.parse(event.time);
  const base = { seq: event.seq, at };
  switch (event.type) {
    case 'session':
      view.session = event.payload.session;
      settle(view, event.payload.session);
      return;
    case 'boot_step':
      bootStep(view, base, event.payload);
      return;
    case 'user_message':
      view.waiting.push({ seq: event.seq, id: event.payload.id, text: event.payload.text, at });
      return;
    case 'message_removed':
      view.waiting = view.waiting.filter((w) => w.id !== event.payload.id);
      return;
    case 'turn_started':
      turnStarted(view, base, event.payload.message);
      return;
    case 'message':
      text(view, 'answer', base, event.payload);
      return;
    case 'thinking':
      text(view, 'thinking', base, event.payload);
      return;
    case 'tool_call': {
      const { id, name, arguments: args } = event.payload;
      toolCall(view, base, { id, name, args, writing: false });
      return;
    }
    case 'tool_call_delta': {
      const { id, name, text: more } = event.payload;
      const args = view.items[calls(view, id)];
      toolCall(view, base, { id, name, args: (args?.kind === 'tool' ? String(args.args) : '') + more, writing: true });
      return;
    }
    case 'tool_call_withdrawn': {
      const i = calls(view, event.payload.id);
      if (i >= 0) view.items.splice(i, 1);
      return;
    }
    case 'side_call': {
      const { id, kind: what, title } = event.payload;
      const open = what !== 'follow_up';
      if (!open) closeLast(view);
      view.items.push({ kind: 'side', ...base, id, what, title, items: [], open, failed: false });
      return;
    }
    case 'side_event':
      sideEvent(view, event);
      return;
    case 'side_call_finished': {
      const { id, reason } = event.payload;
      side(view, id, (item) => ({ ...item, items: closed(item.items), open: false, failed: reason === 'failed' }));
      return;
    }
    case 'tool_result':
      toolResult(view, at, event.payload);
      return;
    case 'usage':
      view.usage = more(view.usage, event.payload);
      view.turnUsage = more(view.turnUsage, event.payload);
      return;
    case 'turn_finished':
      closeAll(view);
      view.turn = null;
      view.items.push({ kind: 'end', ...base, reason: event.payload.reason, detail: event.payload.detail, used: view.turnUsage });
      view.turnUsage = NOTHING;
      return;
    case 'permission_request':
      view.items.push({ kind: 'leave', ...base, request: event.payload });
      return;
    case 'permission_answer': {
      const { id, option } = event.payload;
      view.items = view.items.map((i) => (i.kind === 'leave' && i.request.id === id ? { ...i, option } : i));
      return;
    }
    case 'budget_reached':
      view.items.push({ kind: 'budget', ...base, word: event.payload });
      return;
    case 'budget_warning':
    case 'policy':
    case 'model_changed':
    case 'model_settings':
    case 'paused':
    case 'fork_made':
      moment(view, base, event);
      return;
    case 'notice':
      view.items.push({ kind: 'notice', ...base, text: event.payload.text });
      return;
    case 'network':
      view.items.push({ kind: 'network', ...base, policy: event.payload.policy, allow: event.payload.allow });
      return;
    case 'error':
      view.items.push({ kind: 'error', ...base, problem: event.payload.problem });
      return;
    case 'checkpoint': {
      const { ms: _, ...checkpoint } = event.payload;
      view.checkpoints = [...without(view, checkpoint.seq), { ...checkpoint, time: event.time }].sort((a, b) => a.seq - b.seq);
      if (checkpoint.name !== null) moment(view, base, event);
      return;
    }
    case 'checkpoint_dropped':
      view.checkpoints = without(view, event.payload.seq);
      return;
    case 'resumed':
      if (!woken(view, event.payload)) moment(view, base, event);
      return;
    case 'forked':
      view.usage = NOTHING;
      view.turnUsage = NOTHING;
      moment(view, base, event);
      return;
    case 'rewound':
      rewound(view, base, event.payload);
      return;
    case 'session_deleted':
    case 'omitted':
      return;
    default:
      // A newer server may know events that this page does not; they carry nothing it could show.
      event satisfies never;
  }
}

function more(used: Used, call: Payloads['usage']): Used {
  return {
    input: used.input + call.inputTokens,
    output: used.output + call.outputTokens,
    cost: used.cost + (call.cost ?? 0),
    unpriced: used.unpriced + (call.cost == null ? 1 : 0),
  };
}

const without = (view: View, seq: number) => view.checkpoints.filter((c) => c.seq !== seq);

/** Nothing goes on that was going on; the items stay, since what is undone can be brought back. */
function rewound(view: Draft, base: Base, payload: Payloads['rewound']): void {
  const { to, from, through } = payload;
  closeAll(view);
  view.turn = null;
  const queue = view.session?.queue ?? [];
  view.waiting = view.waiting.filter((w) => w.seq < from || w.seq > through || queue.some((q) => q.id === w.id));
  const restored = !within(pathTo(view.jumps, base.seq - 1), to);
  view.jumps = [...view.jumps, { at: base.seq, to }];
  view.items.push({ kind: 'rewound', ...base, to, restored });
}

/** A machine that is at rest cannot be booting, whatever steps were seen. */
function settle(view: Draft, session: Session): void {
  if (session.state === 'creating' || session.state === 'booting') return;
  replaceLast(view, (item) => (item.kind === 'boot' && item.open ? { ...item, open: false } : null));
}

function bootStep(view: Draft, base: Base, step: Step): void {
  const { step: name, ms, detail } = step;
  const open = name !== 'ready';
  const joined =
    name !== 'admit' &&
    replaceLast(view, (item) =>
      item.kind === 'boot' && !item.steps.some((s) => s.step === name)
        ? { ...item, steps: [...item.steps, { step: name, ms, detail }], last: base.at, open }
        : null,
    );
  if (!joined) {
    view.items.push({ kind: 'boot', seq: base.seq, at: base.at - ms, steps: [{ step: name, ms, detail }], last: base.at, open, woken: null });
  }
}

function moment(view: Draft, base: Base, event: Extract<LogEvent, { type: MomentEvent }>): void {
  view.items.push({ kind: 'moment', ...base, event: event.type, payload: event.payload } as MomentItem);
}

/** Tells the newest start that it was a waking; false where nothing was told of one since the machine went to sleep. */
function woken(view: Draft, payload: Payloads['resumed']): boolean {
  const i = view.items.findLastIndex((item) => item.kind === 'boot' || (item.kind === 'moment' && item.event === 'paused'));
  const boot = view.items[i];
  if (boot?.kind !== 'boot' || boot.woken) return false;
  view.items[i] = { ...boot, open: false, woken: payload };
  return true;
}

function turnStarted(view: Draft, base: Base, message: string): void {
  closeAll(view);
  const given = view.waiting.find((w) => w.id === message);
  if (given) {
    view.waiting = view.waiting.filter((w) => w.id !== message);
    view.items.push({ kind: 'user', seq: base.seq, at: given.at, id: given.id, text: given.text });
  }
  view.turn = { message, at: base.at };
}

function text(view: Draft, kind: 'answer' | 'thinking', base: Base, payload: { text: string; part: string }): void {
  const joined = replaceLast(view, (item) => {
    if (item.kind !== kind || !item.open || item.part !== payload.part) return null;
    const longer = item.text + payload.text;
    return item.kind === 'answer' ? { ...item, text: longer } : { ...item, text: longer, last: base.at };
  });
  if (joined) return;
  closeLast(view);
  if (kind === 'answer') {
    view.items.push({ kind, ...base, part: payload.part, text: payload.text, open: true });
  } else {
    view.items.push({ kind, ...base, part: payload.part, text: payload.text, last: base.at, open: true });
  }
}

/** Where the running turn's tool with this id is; -1 for nowhere. */
function calls(view: Draft, id: string): number {
  for (let i = view.items.length - 1; i >= 0; i--) {
    const item = view.items[i];
    if (item?.kind === 'tool' && item.id === id) return i;
    if (item?.kind === 'user' || item?.kind === 'rewound') return -1;
  }
  return -1;
}

function toolCall(view: Draft, base: Base, call: Pick<ToolItem, 'id' | 'name' | 'args' | 'writing'>): void {
  const i = calls(view, call.id);
  const known = view.items[i];
  if (known?.kind === 'tool') {
    view.items[i] = { ...known, ...call };
    return;
  }
  closeLast(view);
  view.items.push({ kind: 'tool', ...base, ...call, result: null, open: true });
}

function side(view: Draft, id: string, change: (item: SideItem) => SideItem): void {
  const i = view.items.findLastIndex((item) => item.kind === 'side' && item.id === id);
  const item = view.items[i];
  if (item?.kind === 'side') view.items[i] = change(item);
}

function sideEvent(view: Draft, event: LogEvent & { type: 'side_event' }): void {
  const { of, event: type, payload } = event.payload;
  side(view, of, (item) => {
    const inner: Draft = { ...emptyView(view.id), items: item.items.slice(), waiting: [] };
    apply(inner, { ...event, type, payload } as LogEvent);
    return { ...item, items: inner.items, open: true };
  });
}

const closed = (items: readonly Item[]): Item[] => items.map((item) => ('open' in item && item.open ? { ...item, open: false } : item));

function toolResult(view: Draft, at: number, payload: Payloads['tool_result']): void {
  closeLast(view);
  const { id, output, status, exitCode, wholeChars } = payload;
  for (let i = view.items.length - 1; i >= 0; i--) {
    const item = view.items[i];
    if (item?.kind === 'tool' && item.id === id && item.result === null) {
      view.items[i] = { ...item, result: { output, status, exitCode: exitCode ?? null, whole: wholeChars ?? null, at }, open: false };
      return;
    }
    if (item?.kind === 'user' || item?.kind === 'rewound') return;
  }
}

/** Offers the newest item that is no aside; returns whether it was replaced. */
function replaceLast(view: Draft, change: (item: Item) => Item | null): boolean {
  for (let i = view.items.length - 1; i >= 0; i--) {
    const item = view.items[i];
    if (!item) return false;
    if (item.kind === 'notice' || item.kind === 'network' || item.kind === 'error' || item.kind === 'moment' || item.kind === 'budget' || item.kind === 'leave') continue;
    if (item.kind === 'side' && item.what !== 'follow_up') continue;
    const next = change(item);
    if (next) view.items[i] = next;
    return next !== null;
  }
  return false;
}

/** The text that was being written has ended. A running tool goes on: models call several at once. */
function closeLast(view: Draft): void {
  replaceLast(view, (item) =>
    (item.kind === 'answer' || item.kind === 'thinking') && item.open ? { ...item, open: false } : null,
  );
}

function closeAll(view: Draft): void {
  for (let i = view.items.length - 1; i >= 0; i--) {
    const item = view.items[i];
    if (!item || item.kind === 'user') return;
    if (item.kind === 'side' && item.open) {
      view.items[i] = { ...item, items: closed(item.items), open: false };
    } else if ((item.kind === 'answer' || item.kind === 'thinking' || item.kind === 'tool') && item.open) {
      view.items[i] = { ...item, open: false };
    } else if (item.kind === 'leave' && item.option === undefined) {
      view.items[i] = { ...item, option: null }; // the server that could take an answer is gone
    }
  }
}
