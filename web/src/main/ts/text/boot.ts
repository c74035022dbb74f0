// The start of a machine in one line, and which of the ways it took.

import { computed } from '@preact/signals';
import type { Session, Step } from '../model/types';
import type { BootItem } from '../model/fold';
import { sessions } from '../state/store';
import { t } from './i18n';
import { stepTime } from './format';

/** The step "ready" repeats the sum of the others where the server gives one; it is no time of its own. */
export const total = (steps: readonly Step[]) => steps.filter((s) => s.step !== 'ready').reduce((sum, s) => sum + s.ms, 0);

/** Whether the session that was started last was cloned, so that the next one will be, too. */
const likely = computed(() => sessions.value.find((s) => s.boot.some((b) => b.step === 'ready'))?.boot.some(quick) ?? false);

/** A step of a machine that did not boot. */
function quick(step: Step): boolean {
  return step.step === 'clone' || step.step === 'pool';
}

/** Its steps say which of the two ways it went; until they do, one that wakes and one after others is like them. */
export function isClone(done: readonly Step[], session: Session | null): boolean {
  if (done.some(quick)) return true;
  if (!session || done.some((s) => s.step === 'vmm')) return false;
  return session.waking === true || likely.value;
}

export function bootSummary(item: BootItem): string {
  if (item.woken) return t('boot.woken', { time: stepTime(item.woken.ms), reason: item.woken.reason });
  const time = stepTime(total(item.steps));
  if (item.steps[0]?.step === 'pool') return t('boot.pooled', { time });
  return t(isClone(item.steps, null) ? 'boot.cloned' : 'boot.done', { time });
}
