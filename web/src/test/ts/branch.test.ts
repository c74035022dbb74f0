import { checkpointBefore, checkpointLeft, pathTo, within, type Jump } from '../../main/ts/model/branch';
import { emptyView, fold, type View } from '../../main/ts/model/fold';
import type { Checkpoint, EventType, LogEvent, Payloads } from '../../main/ts/model/types';
import { shown } from '../../main/ts/model/undone';
import { filesOf, runsOf } from '../../main/ts/text/patch';
import { equal, test, that } from './harness';

const at = (seq: number): Checkpoint => ({ seq, time: '', name: null, kind: 'turn', diskBytes: 0, memoryBytes: 0 });

test('a path leads over the rewinds', () => {
  const jumps: Jump[] = [{ at: 11, to: 5 }, { at: 21, to: 10 }];
  equal(pathTo(jumps, 4), [{ from: 1, to: 4 }]);
  equal(pathTo(jumps, 10), [{ from: 1, to: 10 }]);
  equal(pathTo(jumps, 15), [{ from: 11, to: 15 }, { from: 1, to: 5 }]);
  equal(pathTo(jumps, 30), [{ from: 21, to: 30 }, { from: 1, to: 10 }]);
});

/** What a path is, said without cleverness: the event before one is where it went back to, else the one before it. */
function walk(jumps: readonly Jump[], from: number): Set<number> {
  const all = new Set<number>();
  for (let seq = from; seq > 0; ) {
    all.add(seq);
    seq = jumps.find((j) => j.at === seq)?.to ?? seq - 1;
  }
  return all;
}

test('paths of any rewinds are what one finds going back event by event', () => {
  let x = 7;
  const random = (n: number) => (x = (x * 48_271) % 2_147_483_647) % n;
  for (let round = 0; round < 300; round++) {
    const jumps: Jump[] = [];
    for (let seq = 2; seq <= 40; seq++) if (random(5) === 0) jumps.push({ at: seq, to: 1 + random(seq - 1) });
    const end = 1 + random(40);
    const expected = walk(jumps, end);
    const path = pathTo(jumps, end);
    for (let seq = 1; seq <= 41; seq++) {
      that(within(path, seq) === expected.has(seq), `${seq} of ${end} with ${JSON.stringify(jumps)}`);
    }
  }
});

test('a checkpoint of another branch is not before a message', () => {
  const jumps: Jump[] = [{ at: 21, to: 5 }];
  equal(checkpointBefore([at(5), at(20)], jumps, 23)?.seq, 5);
  equal(checkpointBefore([at(5), at(20)], jumps, 19)?.seq, 5);
  equal(checkpointBefore([at(20)], jumps, 23), null);
  equal(checkpointBefore([at(23)], [], 23), null);
});

class Log {
  readonly events: LogEvent[] = [];
  add<T extends EventType>(type: T, payload: Payloads[T]): this {
    const seq = this.events.length + 1;
    this.events.push({ session: 's', seq, time: new Date(seq * 1000).toISOString(), type, payload } as LogEvent);
    return this;
  }
  keep(kind: string): this {
    return this.add('checkpoint', { seq: this.events.length, kind, name: null, diskBytes: 1, memoryBytes: 2, ms: 3 });
  }
  turn(id: string): this {
    return this.add('user_message', { id, text: id })
      .add('turn_started', { message: id })
      .add('message', { text: `to ${id}`, part: id })
      .add('turn_finished', { reason: 'completed', detail: '' })
      .keep('turn');
  }
  back(to: number): this {
    this.keep('undo');
    const through = this.events.length;
    return this.add('rewound', { to, from: to + 1, through });
  }
  view(): View {
    return fold(emptyView('s'), this.events).view;
  }
}

const words = (view: View) =>
  shown(view).map((i) => (i.kind === 'user' ? i.text : i.kind === 'undone' ? `-${i.messages}` : i.kind === 'rewound' ? 'back' : ''))
    .filter((w) => w !== '');

test('what a rewind undoes stands together, and comes back', () => {
  const log = new Log().keep('start').turn('a').turn('b');
  const afterA = log.events.findIndex((e) => e.type === 'turn_finished') + 1;
  log.back(afterA);
  equal(words(log.view()), ['a', '-1']);
  log.turn('c');
  const view = log.view();
  equal(words(view), ['a', '-1', 'c']);
  const rewound = view.items.find((i) => i.kind === 'rewound')?.seq ?? 0;
  const left = checkpointLeft(view.checkpoints, view.jumps, rewound, afterA + 1);
  equal(left?.kind, 'undo');
  log.back(left?.seq ?? 0);
  equal(words(log.view()), ['a', 'b', '-1']);
  const last = log.view().items.at(-1);
  that(last?.kind === 'rewound' && last.restored, 'a return to what was undone is not seen as one');
  equal(log.view().checkpoints.filter((c) => c.kind === 'undo').length, 2);
});

test('what a rewind left can be brought back as far as checkpoints of it are kept', () => {
  const jumps: Jump[] = [{ at: 21, to: 5 }, { at: 41, to: 20 }];
  const all = [at(5), at(12), at(20), at(30), at(40)];
  equal(checkpointLeft(all, jumps, 21, 8)?.seq, 20);
  equal(checkpointLeft(all.filter((c) => c.seq !== 20), jumps, 21, 8)?.seq, 12);
  equal(checkpointLeft([at(5), at(30)], jumps, 21, 8), null);
  equal(checkpointLeft(all, jumps, 41, 23)?.seq, 40);
  equal(checkpointLeft([at(5), at(12), at(20)], jumps, 41, 23), null);
});

test('a rewind ends what was open and forgets messages that were not given', () => {
  const log = new Log().keep('start').turn('a').add('user_message', { id: 'm', text: 'never given' });
  log.add('message', { text: 'half', part: 'x' }).back(1);
  const view = log.view();
  equal(view.waiting, []);
  that(view.turn === null && !view.items.some((i) => i.kind === 'answer' && i.open), 'an answer is still open');
});

test('what was undone keeps its identity while the session goes on', () => {
  const log = new Log().keep('start').turn('a').back(1);
  const one = log.view();
  const group = shown(one).find((i) => i.kind === 'undone');
  const more = fold(one, [...log.turn('b').events]).view;
  that(group !== undefined && shown(more).includes(group), 'the group was made anew');
});

test('checkpoints come and go', () => {
  const log = new Log().keep('start').turn('a').add('checkpoint_dropped', { seq: 0 });
  equal(log.view().checkpoints.map((c) => c.kind), ['turn']);
});

const PATCH = `--- a/etc/query.sql
+++ b/etc/query.sql
@@ -1,3 +1,2 @@
 select 1;
--- a comment
-select 2;
+++ more
diff --git a/x b/x
--- /dev/null
+++ b/x y
@@ -0,0 +1 @@
+new
\\ No newline at end of file
`;

test('a patch is cut at its files, whatever its lines look like', () => {
  const files = filesOf(PATCH);
  equal(files.map((f) => f.path), ['etc/query.sql', 'x y']);
  equal(files[0]?.lines.map((l) => l.kind), ['head', 'head', 'hunk', 'same', 'del', 'del', 'add']);
  equal(files[1]?.lines.map((l) => l.kind), ['head', 'head', 'head', 'hunk', 'add', 'head']);
  equal(runsOf(files[0]?.lines ?? []).map((r) => r.lines.length), [2, 1, 1, 2, 1]);
  equal(filesOf(''), []);
});
