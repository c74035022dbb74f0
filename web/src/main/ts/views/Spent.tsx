// What a session spends, in its head and at the end of a turn.

import type { Used, View } from '../model/fold';
import { NO_LIMITS, type Limits, type Session } from '../model/types';
import { money, tokens } from '../text/format';
import { t } from '../text/i18n';
import { ask } from './ask';

/** The names of the limits in the order in which they are shown. */
export const LIMITS: readonly (keyof Limits)[] = ['usd', 'tokens', 'requests', 'minutes', 'requestsPerMin', 'tokensPerMin'];

/** What is used of a budget; null where there is none, or where only its pace is limited. */
export function usedOf(limit: keyof Limits, session: Session, view: View): number | null {
  switch (limit) {
    case 'usd':
      return view.usage.cost;
    case 'tokens':
      return view.usage.input + view.usage.output;
    case 'requests':
      return session.usage?.requests ?? 0;
    case 'minutes':
      return (session.usage?.turnMs ?? 0) / 60_000;
    default:
      return null;
  }
}

/** Tokens, and the money where the price is known and not nothing. */
export function spentWords(used: Used): string {
  const count = t('spent.tokens', { n: tokens(used.input + used.output) });
  return used.cost > 0 ? t('spent.cost', { tokens: count, cost: money(used.cost) }) : count;
}

/** In the head: what was spent, and of the budget that is nearest its end, how much. */
export function Spent({ session, view }: { session: Session; view: View }) {
  const limits = session.policy ?? NO_LIMITS;
  const parts = LIMITS.map((limit) => {
    const used = usedOf(limit, session, view);
    const most = limits[limit];
    return used === null || most === null ? 0 : used / most;
  });
  const most = Math.max(0, ...parts);
  const some = view.usage.input + view.usage.output > 0;
  if (!some && LIMITS.every((limit) => limits[limit] === null)) return null;
  const percent = Math.min(100, Math.round(most * 100));
  return (
    <button type="button" class={`quiet spent${most >= 0.8 ? ' near' : ''}`} onClick={() => (ask.value = { what: 'limits', session })}>
      {spentWords(view.usage)}
      {most > 0 && ` · ${t('spent.budget', { percent })}`}
    </button>
  );
}
