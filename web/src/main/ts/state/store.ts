// What the page knows: signals, fed by the stream and by what was asked of the API.

import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Jump } from '../model/branch';
import type { Checkpoint, LogEvent, Session, SystemInfo } from '../model/types';
import { emptyView, fold, type View } from '../model/fold';
import { api, ApiError } from '../net/api';
import { Stream } from '../net/stream';

const PAGE = 1000;
const PARALLEL = 4;
const KEPT_VIEWS = 8;

export interface Connection {
  up: boolean;
  /** False until the stream stood or failed once: a page that just opened is not "reconnecting". */
  known: boolean;
}

export const byId = signal<ReadonlyMap<string, Session>>(new Map());
export const sessions = computed(() =>
  [...byId.value.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0)),
);
/** Whether the list was read at least once: before that, "no sessions" is not a fact. */
export const listed = signal(false);
export const system = signal<SystemInfo | null>(null);
/** Whom transcripts may be mailed to, addresses and *@domain; null where this server sends no mail. */
export const recipients = signal<readonly string[] | null>(null);
/** What keeps this host from what it could do, in the server's words. */
export const obstacles = computed(() => system.value?.network?.obstacles ?? []);
export const connection = signal<Connection>({ up: false, known: false });
export const signedOut = signal(false);
export const unread = signal<ReadonlySet<string>>(new Set());
/** Server's clock minus this browser's, milliseconds. */
export const skew = signal(0);

/** Now, by the server's clock, so that running times agree with the times in events. */
export const serverNow = () => Date.now() + skew.value;

/** What decides where a session can go back to; changes far less often than its view. */
export interface Past {
  jumps: readonly Jump[];
  checkpoints: readonly Checkpoint[];
  /** Whether a turn runs. */
  busy: boolean;
}

export interface OpenView {
  view: Signal<View>;
  past: ReadonlySignal<Past>;
  /** False until the whole log was read once. */
  loaded: Signal<boolean>;
  failed: Signal<ApiError | null>;
  held: LogEvent[];
  loading: boolean;
}

const views = new Map<string, OpenView>();
let current: string | null = null;

/** The session that the user looks at: its turns are never unread. */
export function look(id: string | null): void {
  current = id;
  if (id !== null && unread.value.has(id)) {
    const rest = new Set(unread.value);
    rest.delete(id);
    unread.value = rest;
  }
}

/** The view of a session; reads its log when it is not known yet. */
export function open(id: string): OpenView {
  const known = views.get(id);
  if (known) {
    views.delete(id);
    views.set(id, known);
    return known;
  }
  const view = signal(emptyView(id));
  const fresh: OpenView = {
    view,
    past: pastOf(view),
    loaded: signal(false),
    failed: signal(null),
    held: [],
    loading: false,
  };
  views.set(id, fresh);
  for (const old of views.keys()) {
    if (views.size <= KEPT_VIEWS) break;
    if (old !== id && old !== current) views.delete(old);
  }
  void catchUp(fresh);
  return fresh;
}

function pastOf(view: Signal<View>): ReadonlySignal<Past> {
  let last: Past | null = null;
  return computed(() => {
    const { jumps, checkpoints, turn } = view.value;
    const busy = turn !== null;
    if (last?.jumps !== jumps || last.checkpoints !== checkpoints || last.busy !== busy) last = { jumps, checkpoints, busy };
    return last;
  });
}

/** Reads what the view lacks, then applies what came over the stream meanwhile. */
export async function catchUp(target: OpenView): Promise<void> {
  if (target.loading) return;
  target.loading = true;
  try {
    let view = target.view.value;
    for (;;) {
      const before = view.seq;
      view = await readOn(view);
      const folded = fold(view, target.held);
      view = folded.view;
      target.held = folded.gap ? target.held.filter((e) => e.seq > view.seq) : [];
      // A gap that reading did not close cannot be closed now; the next event or reconnect tries again.
      if (!folded.gap || view.seq === before) break;
    }
    target.failed.value = null;
    target.view.value = view;
    target.loaded.value = true;
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    noteRefusal(e);
    target.failed.value = e;
  } finally {
    target.loading = false;
  }
}

/** Sequence numbers have no gaps, so pages are known before they are read and several can be asked for at once. */
async function readOn(start: View): Promise<View> {
  let view = start;
  let width = 1;
  for (;;) {
    const from = view.seq;
    const pages = await Promise.all(
      Array.from({ length: width }, (_, i) => api.events(view.id, from + i * PAGE, PAGE)),
    );
    for (const page of pages) view = fold(view, page.events).view;
    const last = pages[pages.length - 1];
    if (!last || last.events.length < PAGE || view.seq === from) return view;
    width = PARALLEL;
  }
}

let queued: LogEvent[] = [];
let scheduled = false;

function enqueue(event: LogEvent): void {
  queued.push(event);
  if (scheduled) return;
  scheduled = true;
  // Hidden tabs get no frames, yet must keep up for the tab title.
  if (document.visibilityState === 'visible') requestAnimationFrame(flush);
  else setTimeout(flush, 250);
}

function flush(): void {
  scheduled = false;
  const batch = queued;
  queued = [];
  meanwhile.push(...batch.filter((e) => e.type === 'session' || e.type === 'session_deleted'));
  if (meanwhile.length > 1000) meanwhile = meanwhile.slice(-100);
  applySummaries(batch);
  for (const id of new Set(batch.map((e) => e.session))) {
    const target = views.get(id);
    if (!target) continue;
    const own = batch.filter((e) => e.session === id);
    if (target.loading) {
      target.held.push(...own);
      continue;
    }
    const folded = fold(target.view.value, own);
    target.view.value = folded.view;
    if (folded.gap) {
      target.held.push(...own);
      void catchUp(target);
    }
  }
}

function applySummaries(batch: readonly LogEvent[]): void {
  let map: Map<string, Session> | null = null;
  const of = (id: string) => (map ?? byId.value).get(id);
  for (const event of batch) {
    if (event.type === 'session') {
      map ??= new Map(byId.value);
      map.set(event.session, noted(event.payload.session, map.get(event.session)));
    } else if (event.type === 'session_deleted') {
      map ??= new Map(byId.value);
      map.delete(event.session);
    } else if (event.type === 'turn_finished' && event.session !== current && isNew(event, of(event.session))) {
      unread.value = new Set([...unread.value, event.session]);
    }
  }
  if (map) byId.value = map;
}

/** A machine that boots is created before; one that wakes is not. */
function noted(session: Session, before: Session | undefined): Session {
  if (session.state !== 'booting' || !before || before.state === 'creating') return session;
  return before.state === 'booting' ? { ...session, waking: before.waking === true } : { ...session, waking: true };
}

/** A fork begins with events that are older than itself, and comes to be known after them. */
function isNew(event: LogEvent, session: Session | undefined): boolean {
  return session !== undefined && Date.parse(event.time) >= Date.parse(session.createdAt);
}

/** Puts the answer of a create in place, unless events, which are newer, were faster. */
export function learn(session: Session): void {
  if (byId.value.has(session.id)) return;
  byId.value = new Map(byId.value).set(session.id, session);
}

export function forget(id: string): void {
  const map = new Map(byId.value);
  map.delete(id);
  byId.value = map;
}

export function noteRefusal(e: ApiError): void {
  if (e.status === 401) signedOut.value = true;
}

let meanwhile: LogEvent[] = [];

export async function refresh(): Promise<void> {
  meanwhile = [];
  try {
    const [list, info, mail] = await Promise.all([api.sessions(), api.system(), api.emails()]);
    byId.value = new Map(list.map((s) => [s.id, s]));
    // Events that came while the list was under way may be newer than it. Those that are older do no harm: what made
    // the list newer than they are is an event too, and still to come.
    applySummaries(meanwhile);
    system.value = info;
    recipients.value = mail.available ? mail.recipients : null;
    listed.value = true;
    signedOut.value = false;
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    noteRefusal(e);
  }
}

export const stream = new Stream({
  log: enqueue,
  up() {
    connection.value = { up: true, known: true };
    void refresh();
    for (const v of views.values()) void catchUp(v);
  },
  down() {
    connection.value = { up: false, known: true };
  },
  resync() {
    void refresh();
    for (const v of views.values()) void catchUp(v);
  },
  beat(time) {
    const difference = Date.parse(time) - Date.now();
    // Less than the time a frame may travel is no difference; correcting for it would make counters jump.
    skew.value = Math.abs(difference) > 2_000 ? difference : 0;
  },
  refused() {
    void refresh();
  },
});
