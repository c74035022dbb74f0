// The agent's question for leave, with one button for each answer that it offers.

import { useState } from 'preact/hooks';
import type { LeaveItem } from '../model/fold';
import { answerPermission } from '../net/api';
import { t } from '../text/i18n';
import { report } from '../ui/report';

export function Leave({ item, id }: { item: LeaveItem; id: string }) {
  const [busy, setBusy] = useState(false);
  const { request, option } = item;
  const choose = (chosen: string) => {
    setBusy(true);
    void answerPermission(id, request.id, chosen)
      .catch(report)
      .finally(() => setBusy(false));
  };
  return (
    <section class="budget-box" data-leave={request.id}>
      <p>
        <strong>{option === undefined ? t('leave.title', { what: request.title }) : request.title}</strong>
      </p>
      <pre>{JSON.stringify(request.arguments, null, 2)}</pre>
      {option === undefined ? (
        <p class="actions">
          {request.options.map((o) => (
            <button key={o.id} type="button" class={o.kind.startsWith('allow') ? 'primary' : ''} disabled={busy} onClick={() => choose(o.id)}>
              {o.name}
            </button>
          ))}
        </p>
      ) : (
        <p>{option === null ? t('leave.over') : t('leave.chosen', { what: request.options.find((o) => o.id === option)?.name ?? option })}</p>
      )}
    </section>
  );
}
