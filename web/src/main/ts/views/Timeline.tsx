// The start of a machine, step by step: what is done, what runs, how long each took and usually takes.

import { computed } from '@preact/signals';
import type { Session, Step } from '../model/types';
import type { BootItem } from '../model/fold';
import { sessions } from '../state/store';
import { isClone, total } from '../text/boot';
import { coded, t } from '../text/i18n';
import { duration, stepTime } from '../text/format';
import { Icon } from '../ui/Icon';
import { useClock } from '../ui/useClock';
import { LogTail } from './LogTail';

const COLD = ['admit', 'disk', 'network', 'vmm', 'kernel', 'guest', 'agent', 'model', 'ready'];
const CLONE = ['admit', 'disk', 'network', 'clone', 'wake', 'agent', 'model', 'ready'];
/** With a machine that was made ahead; its first step is seen only when it is done. */
const POOL = ['pool', 'network', 'agent', 'model', 'ready'];
const SLOW = 2;
/** Below this, twice the usual is still nothing that a person waits for. */
const SLOW_FLOOR_MS = 1_500;

/** Median of each step over the finished starts of all sessions, milliseconds; the whole under "total", of clones apart. */
const usual = computed(() => {
  const all = new Map<string, number[]>();
  for (const session of sessions.value.slice(0, 20)) {
    if (!session.boot.some((s) => s.step === 'ready')) continue;
    for (const { step, ms } of session.boot) all.set(step, [...(all.get(step) ?? []), ms]);
    const whole = totalOf(isClone(session.boot, null));
    all.set(whole, [...(all.get(whole) ?? []), total(session.boot)]);
  }
  return new Map([...all].map(([step, times]) => [step, times.sort((a, b) => a - b)[times.length >> 1] ?? 0]));
});

const totalOf = (clone: boolean) => (clone ? 'total.clone' : 'total');

export function nextStep(done: readonly Step[], clone: boolean): string | null {
  const steps = done[0]?.step === 'pool' ? POOL : clone ? CLONE : COLD;
  const last = done[done.length - 1];
  return steps[last ? steps.indexOf(last.step) + 1 : 0] ?? null;
}

/** Rows for finished steps and, while it goes on, the running one with its counter. */
export function Timeline({ item, session, live }: { item: BootItem; session: Session | null; live: boolean }) {
  const now = useClock(live, 100);
  const elapsed = Math.max(0, now - item.last);
  const done = item.steps.filter((s) => s.step !== 'ready');
  const spent = total(done);
  const clone = isClone(item.steps, session);
  const running = live ? nextStep(item.steps, clone) : null;
  const expected = usual.value.get(totalOf(clone)) ?? 0;
  const scale = Math.max(spent + (running ? elapsed : 0), running ? expected : 0, 1);
  let offset = 0;
  return (
    <div class="timeline">
      {live && <Progress item={item} elapsed={elapsed} expected={expected} clone={clone} waking={session?.waking === true} />}
      <ol role="list">
        {done.map((step) => {
          const start = offset;
          offset += step.ms;
          return <Row key={step.step} step={step} start={start / scale} width={step.ms / scale} />;
        })}
        {running && running !== 'ready' && (
          <RunningRow name={running} elapsed={elapsed} start={spent / scale} scale={scale} />
        )}
      </ol>
      {live && session && session.state === 'booting' && <LogTail id={session.id} />}
    </div>
  );
}

function Row({ step, start, width }: { step: Step; start: number; width: number }) {
  return (
    <li class="step done">
      <Icon name="check" />
      <span class="step-name">
        {coded('step', step.step, step.step)}
        {step.detail && <span class="step-detail"> {step.detail}</span>}
      </span>
      <span class="step-time">{stepTime(step.ms)}</span>
      <Bar start={start} width={width} />
    </li>
  );
}

function RunningRow(props: { name: string; elapsed: number; start: number; scale: number }) {
  const expected = usual.value.get(props.name);
  const slow = expected !== undefined && props.elapsed > Math.max(SLOW * expected, SLOW_FLOOR_MS);
  return (
    <li class={slow ? 'step running slow' : 'step running'}>
      <span class="spinner" aria-hidden="true" />
      <span class="step-name">
        {coded('doing', props.name, props.name)}
        {expected !== undefined && expected > 0 && (
          <span class="step-detail">
            {' '}
            {slow && `${t('boot.slow')}, `}
            {t('boot.usual', { time: stepTime(expected) })}
          </span>
        )}
      </span>
      <span class="step-time">{duration(props.elapsed)}</span>
      <Bar start={props.start} width={props.elapsed / props.scale} />
    </li>
  );
}

function Bar({ start, width }: { start: number; width: number }) {
  const percent = (n: number) => `${(Math.min(1, n) * 100).toFixed(2)}%`;
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ marginInlineStart: percent(start), inlineSize: percent(Math.min(width, 1 - start)) }} />
    </span>
  );
}

/** Never goes back, never stands at the end before the end: past the usual time it nears the rest without reaching it. */
function Progress(props: { item: BootItem; elapsed: number; expected: number; clone: boolean; waking: boolean }) {
  const spent = total(props.item.steps);
  let share: number;
  if (props.expected > 0) {
    const medians = props.item.steps.reduce((sum, s) => sum + (usual.value.get(s.step) ?? 0), 0);
    const running = usual.value.get(nextStep(props.item.steps, props.clone) ?? '') ?? 0;
    const inStep = running > 0 ? running * (1 - Math.exp(-props.elapsed / running)) : 0;
    share = (medians + inStep) / props.expected;
  } else {
    share = props.item.steps.length / (props.clone ? CLONE : COLD).length;
  }
  const percent = Math.min(97, Math.round(share * 100));
  return (
    <div class="progress">
      <p>
        <b>{t(props.waking ? 'machine.waking' : 'boot.running')}</b> <span class="step-time">{duration(spent + props.elapsed)}</span>
        {props.expected > 0 && <span class="step-detail">, {t('boot.usual', { time: duration(props.expected) })}</span>}
      </p>
      <progress aria-label={t('boot.progress')} max={100} value={percent} />
    </div>
  );
}
