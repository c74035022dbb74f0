import { emptyView, fold, type View } from '../../main/ts/model/fold';
import type { EventType, LogEvent, Payloads, Session } from '../../main/ts/model/types';
import { backoff } from '../../main/ts/net/stream';
import { equal, test, that } from './harness';

const ID = 's1';

function session(state: Session['state'], agentState: Session['agentState']): Session {
  return {
    id: ID, name: 'n', state, agentState, provider: 'demo', model: 'm', agent: 'reference', driver: 'qemu', isolation: '',
    vcpus: 1, memoryMiB: 256, createdAt: '2026-01-01T00:00:00Z', lastActivityAt: '2026-01-01T00:00:00Z', boot: [], queue: [],
    error: null,
  };
}

class Log {
  readonly events: LogEvent[] = [];
  add<T extends EventType>(type: T, payload: Payloads[T]): this {
    const seq = this.events.length + 1;
    const time = new Date(1_760_000_000_000 + seq * 100).toISOString();
    this.events.push({ session: ID, seq, time, type, payload } as LogEvent);
    return this;
  }
}

function full(): LogEvent[] {
  return new Log()
    .add('session', { session: session('creating', 'starting') })
    .add('boot_step', { step: 'admit', ms: 3, detail: '' })
    .add('boot_step', { step: 'disk', ms: 12, detail: 'reflink' })
    .add('user_message', { id: 'm1', text: 'early' })
    .add('boot_step', { step: 'kernel', ms: 4000, detail: '' })
    .add('session', { session: session('running', 'idle') })
    .add('boot_step', { step: 'ready', ms: 4015, detail: '' })
    .add('turn_started', { message: 'm1' })
    .add('thinking', { text: 'hm', part: 't1' })
    .add('thinking', { text: 'm', part: 't1' })
    .add('message', { text: 'He', part: 'a1' })
    .add('notice', { text: 'aside' })
    .add('network', { policy: 'allowlist', allow: ['example.org'] })
    .add('message', { text: 'llo', part: 'a1' })
    .add('tool_call_delta', { id: 'c1', name: 'shell', text: '' })
    .add('side_call', { id: 's1', kind: 'subagent', title: 'look around', call: 'c1' })
    .add('tool_call_delta', { id: 'c1', name: 'shell', text: '{"comm' })
    .add('side_event', { of: 's1', event: 'message', payload: { text: 'as', part: 's1-1' } })
    .add('tool_call_delta', { id: 'gone', name: 'shell', text: '{' })
    .add('tool_call_withdrawn', { id: 'gone' })
    .add('tool_call', { id: 'c1', name: 'shell', arguments: { command: 'true' } })
    .add('tool_call', { id: 'c2', name: 'shell', arguments: { command: 'false' } })
    .add('user_message', { id: 'm2', text: 'second' })
    .add('user_message', { id: 'm3', text: 'taken back' })
    .add('tool_result', { id: 'c2', output: 'no', status: 'error', exitCode: 1 })
    .add('tool_result', { id: 'c1', output: '', status: 'ok', exitCode: 0, wholeChars: 70_000 })
    .add('side_event', { of: 's1', event: 'message', payload: { text: 'ide', part: 's1-1' } })
    .add('side_call_finished', { id: 's1', reason: 'completed' })
    .add('usage', { model: 'm', inputTokens: 10, outputTokens: 5 })
    .add('message_removed', { id: 'm3' })
    .add('message', { text: 'done', part: 'a2' })
    .add('turn_finished', { reason: 'completed', detail: '' })
    .add('turn_started', { message: 'm2' })
    .add('message', { text: 'cut', part: 'a3' })
    .add('tool_call', { id: 'c3', name: 'shell', arguments: '{"broken' })
    .add('usage', { model: 'm', inputTokens: 1, outputTokens: 1 })
    .add('turn_finished', { reason: 'stopped', detail: 'by you' })
    .add('error', { problem: { code: 'AGENT_EXIT', detail: 'gone', next: 'start again' } }).events;
}

const whole = (events: LogEvent[]): View => fold(emptyView(ID), events).view;

/** A generator with a seed, so that a failure can be seen again. */
function seeded(seed: number): () => number {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 4_294_967_296;
  };
}

test('a session in order', () => {
  const view = whole(full());
  equal(view.items.map((i) => i.kind), [
    'boot', 'user', 'thinking', 'answer', 'notice', 'network', 'tool', 'side', 'tool', 'answer', 'end', 'user', 'answer', 'tool', 'end', 'error',
  ]);
  equal(view.waiting, []);
  equal(view.turn, null);
  equal(view.usage, { input: 11, output: 6, cost: 0, unpriced: 2 });
});

test('texts of one part are joined, across an aside', () => {
  const answer = whole(full()).items.find((i) => i.kind === 'answer');
  that(answer?.kind === 'answer' && answer.text === 'Hello' && !answer.open, JSON.stringify(answer));
});

test('results find their calls in any order', () => {
  const tools = whole(full()).items.filter((i) => i.kind === 'tool');
  equal(tools.map((x) => x.result?.exitCode ?? null), [0, 1, null]);
  that(tools.every((x) => !x.open), 'a tool is still open after its turn');
});

test('a boot joins its steps, also those after the machine runs', () => {
  const boot = whole(full()).items[0];
  that(boot?.kind === 'boot' && boot.steps.length === 4 && !boot.open, JSON.stringify(boot));
});

test('a second start is an item of its own', () => {
  const log = new Log();
  for (let i = 0; i < 2; i++) {
    log.add('boot_step', { step: 'admit', ms: 1, detail: '' }).add('boot_step', { step: 'ready', ms: 2, detail: '' });
  }
  equal(whole(log.events).items.map((i) => (i.kind === 'boot' ? i.steps.length : 0)), [2, 2]);
});

test('a failed start is closed by the state', () => {
  const log = new Log()
    .add('boot_step', { step: 'admit', ms: 1, detail: '' })
    .add('session', { session: session('failed', 'failed') });
  const boot = whole(log.events).items[0];
  that(boot?.kind === 'boot' && !boot.open, JSON.stringify(boot));
});

test('a question that nobody answered is over with its turn', () => {
  const options = [{ id: 'once', name: 'Allow once', kind: 'allow_once' }];
  const log = new Log()
    .add('user_message', { id: 'm1', text: 'do it' })
    .add('turn_started', { message: 'm1' })
    .add('permission_request', { id: 'p1', title: 'one', arguments: {}, options })
    .add('permission_answer', { id: 'p1', option: 'once' })
    .add('permission_request', { id: 'p2', title: 'two', arguments: {}, options });
  const answers = () => whole(log.events).items.flatMap((i) => (i.kind === 'leave' ? [i.option] : []));
  equal(answers(), ['once', undefined]);
  log.add('turn_finished', { reason: 'server_restarted', detail: '' });
  equal(answers(), ['once', null]);
});

test('any split and any repetition give the same view', () => {
  const events = full();
  const expected = JSON.stringify(whole(events));
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    let view = emptyView(ID);
    let at = 0;
    while (at < events.length) {
      const from = Math.max(0, at - Math.floor(random() * 6));
      const to = Math.min(events.length, at + 1 + Math.floor(random() * 5));
      const folded = fold(view, events.slice(from, to));
      that(!folded.gap, `seed ${seed}: a gap was seen where there is none`);
      view = folded.view;
      at = to;
    }
    that(JSON.stringify(view) === expected, `seed ${seed}: ${JSON.stringify(view)}`);
  }
});

test('a gap stops the fold before it', () => {
  const events = full();
  const folded = fold(emptyView(ID), [...events.slice(0, 4), ...events.slice(6)]);
  that(folded.gap, 'the gap was not seen');
  equal(folded.view.seq, 4);
  equal(fold(folded.view, events.slice(2)).view.seq, events.length);
});

test('a fold changes nothing that it was given', () => {
  const events = full();
  const half = fold(emptyView(ID), events.slice(0, 12)).view;
  const before = JSON.stringify(half);
  fold(half, events.slice(12));
  equal(JSON.stringify(half), before);
});

test('what did not change keeps its identity', () => {
  const events = full();
  const half = fold(emptyView(ID), events.slice(0, 26)).view;
  const more = fold(half, events.slice(20)).view;
  that(half.items[1] === more.items[1], 'the first message was made anew');
  that(fold(more, events).view === more, 'a repetition made a new view');
});

test('other sessions and a deletion', () => {
  const events = full();
  equal(fold(emptyView('other'), events).view.items.length, 0);
  const view = fold(whole(events), [
    { session: ID, seq: 1, time: '2026-01-01T00:00:00Z', type: 'session_deleted', payload: {} },
  ]).view;
  that(view.deleted && view.items.length === 0, JSON.stringify(view));
});

test('an event of an unknown type is passed over', () => {
  const odd = { session: ID, seq: 1, time: '2026-01-01T00:00:00Z', type: 'novelty', payload: {} } as unknown as LogEvent;
  equal(fold(emptyView(ID), [odd]).view.seq, 1);
});

test('backoff grows to 30 s and stays within its jitter', () => {
  equal([0, 1, 2, 3, 4, 9].map((n) => Math.round(backoff(n, () => 0.5))), [1000, 2000, 5000, 10000, 30000, 30000]);
  equal([Math.round(backoff(0, () => 0)), Math.round(backoff(0, () => 1))], [800, 1200]);
});

test('a start that goes on from a sleep is told as a waking', () => {
  const steps = (log: Log) => log.add('boot_step', { step: 'admit', ms: 3, detail: '' }).add('boot_step', { step: 'ready', ms: 0, detail: '' });
  const resumed = { reason: 'a message came', ms: 43 };
  const log = steps(new Log()).add('paused', { reason: 'it was idle', ms: 120, diskBytes: 1 });
  const view = fold(emptyView(ID), steps(log).add('resumed', resumed).events).view;
  equal(view.items.map((i) => (i.kind === 'boot' ? i.woken : i.kind)), [null, 'moment', resumed]);
  const bare = new Log().add('paused', { reason: 'it was idle', ms: 120, diskBytes: 1 }).add('resumed', resumed);
  equal(fold(emptyView(ID), bare.events).view.items.map((i) => i.kind), ['moment', 'moment']);
});

test('what is beside the turn is kept together and apart', () => {
  const side = whole(full()).items.find((i) => i.kind === 'side');
  const inner = side?.items.map((i) => (i.kind === 'answer' ? i.text : i.kind));
  equal([inner, side?.open, side?.what], [['aside'], false, 'subagent']);
});

test('a call grows while it is written, and the whole one stands in its place', () => {
  const events = full();
  const at = events.findIndex((e) => e.type === 'tool_call_withdrawn');
  const half = fold(emptyView(ID), events.slice(0, at + 1)).view.items.filter((i) => i.kind === 'tool');
  equal(half.map((x) => [x.id, x.args, x.writing]), [['c1', '{"comm', true]]);
  const done = whole(events).items.find((i) => i.kind === 'tool');
  equal([done?.args, done?.writing, done?.result?.whole], [{ command: 'true' }, false, 70_000]);
});
