// What a session spends: shown in its head and at the end of a turn, and the way on where a budget is used up.

import { useState } from 'preact/hooks';
import type { BudgetItem, Used, View } from '../model/fold';
import { NO_LIMITS, type Limits, type Session } from '../model/types';
import { api } from '../net/api';
import { send } from '../state/outbox';
import { byId } from '../state/store';
import { money, tokens } from '../text/format';
import { t, type Key } from '../text/i18n';
import { report } from '../ui/report';
import { ask } from './ask';

/** The names of the limits in the order in which they are shown. */
export const LIMITS: readonly (keyof Limits)[] = ['usd', 'tokens', 'requests', 'minutes', 'requestsPerMin', 'tokensPerMin'];

/** An amount with its unit. */
export const amount = (limit: string, n: number): string =>
  limit === 'usd' ? money(n) : t(`limit.${limit}.value` as Key, { n: limit === 'minutes' ? Number(n.toFixed(1)) : tokens(n) });

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

/** A limit that is well above what is used. */
export const raised = (limit: number, used: number): number => (limit * 2 > used * 1.2 ? limit * 2 : Math.ceil(used * 1.5));

/** Says why the turn ended; while that limit holds, one press raises it and goes on. */
export function BudgetCard({ item, id }: { item: BudgetItem; id: string }) {
  const [busy, setBusy] = useState(false);
  const session = byId.value.get(id);
  const { budget, used, limit, text } = item.word;
  const limits = session?.policy ?? NO_LIMITS;
  const holds = session !== undefined && limits[budget as keyof Limits] === limit;
  const next = raised(limit, used);
  const goOn = async () => {
    setBusy(true);
    try {
      await api.setPolicy(id, { ...limits, [budget]: next });
      send(id, t('budget.message'));
    } catch (e) {
      report(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="budget-box">
      <p>{text}</p>
      {holds && (
        <p class="actions">
          <button type="button" class="primary" disabled={busy || session.agentState === 'working'} onClick={() => void goOn()}>
            {t('budget.raise', { limit: amount(budget, next) })}
          </button>
          <button type="button" class="quiet" onClick={() => (ask.value = { what: 'limits', session })}>
            {t('budget.change')}
          </button>
        </p>
      )}
    </section>
  );
}
