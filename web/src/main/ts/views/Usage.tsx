// What all sessions spent, day by day, deleted sessions included.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { UsageLine, UsageReport } from '../model/types';
import { ApiError, call } from '../net/api';
import { noteRefusal, serverNow } from '../state/store';
import { day, money, tokens } from '../text/format';
import { number, plural, t } from '../text/i18n';
import { ErrorCard } from './ErrorCard';

const SPANS = [7, 31, 92, 366];
const DAY_MS = 86_400_000;

/** The day in UTC, as the server counts them. */
const utcDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export function Usage() {
  const [days, setDays] = useState(31);
  const [report, setReport] = useState<UsageReport | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [tries, again] = useState(0);
  useEffect(() => {
    let wanted = true;
    const from = utcDay(serverNow() - (days - 1) * DAY_MS);
    call<UsageReport>('GET', `/usage?from=${from}`).then(
      (got) => wanted && (setReport(got), setFailed(null)),
      (e: unknown) => {
        if (!(e instanceof ApiError)) throw e;
        noteRefusal(e);
        if (wanted) setFailed(e);
      },
    );
    return () => {
      wanted = false;
    };
  }, [days, tries]);
  return (
    <div class="page info">
      <h1>{t('nav.usage')}</h1>
      <p class="lead">{t('usage.lead')}</p>
      <div class="field">
        <label for="usage-days">{t('usage.span')}</label>
        <select id="usage-days" value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>
          {SPANS.map((n) => (
            <option key={n} value={n}>
              {t('usage.days', { n })}
            </option>
          ))}
        </select>
      </div>
      {failed && (
        <ErrorCard problem={failed.problem}>
          <button type="button" onClick={() => again(tries + 1)}>
            {t('chat.retry')}
          </button>
        </ErrorCard>
      )}
      {!failed && !report && <p class="loading">{t('app.loading')}</p>}
      {!failed && report && <Days lines={report.lines} />}
    </div>
  );
}

/** A line without a day and a model: the sum of several. */
type Sum = Pick<UsageLine, 'requests' | 'inputTokens' | 'outputTokens' | 'cost' | 'unpriced' | 'estimated'>;

export function sumOf(lines: readonly Sum[]): Sum {
  const of = (field: keyof Sum) => lines.reduce((all, line) => all + line[field], 0);
  return {
    requests: of('requests'),
    inputTokens: of('inputTokens'),
    outputTokens: of('outputTokens'),
    cost: of('cost'),
    unpriced: of('unpriced'),
    estimated: of('estimated'),
  };
}

function Days({ lines }: { lines: readonly UsageLine[] }) {
  if (lines.length === 0) return <p class="muted">{t('usage.none')}</p>;
  const days = [...new Set(lines.map((l) => l.day))].sort().reverse();
  return (
    <div class="table days">
      <table>
        <caption class="offscreen">{t('nav.usage')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('usage.what')}</th>
            <th scope="col" class="figure">
              {t('usage.requests')}
            </th>
            <th scope="col" class="figure">
              {t('usage.tokens')}
            </th>
            <th scope="col" class="figure">
              {t('usage.cost')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Row what={t('usage.all')} strong sum={sumOf(lines)} />
        </tbody>
        {days.map((of) => (
          <tbody key={of} data-day={of}>
            <Row what={<time dateTime={of}>{day(of)}</time>} strong sum={sumOf(lines.filter((l) => l.day === of))} />
            {lines
              .filter((l) => l.day === of)
              .map((l) => (
                <Row key={`${l.provider} ${l.model}`} what={t('usage.model', { model: l.model, provider: l.provider })} sum={l} />
              ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row({ what, strong, sum }: { what: ComponentChildren; strong?: boolean; sum: Sum }) {
  const notes = [
    ...(sum.unpriced > 0 ? [plural('usage.unpriced', sum.unpriced)] : []),
    ...(sum.estimated > 0 ? [plural('usage.estimated', sum.estimated)] : []),
  ];
  return (
    <tr>
      <th scope="row" class={strong ? 'day' : ''}>
        {what}
        {notes.length > 0 && <p class="field-note">{notes.join(' ')}</p>}
      </th>
      <td class="figure">{number(sum.requests)}</td>
      <td class="figure">{t('usage.inout', { input: tokens(sum.inputTokens), output: tokens(sum.outputTokens) })}</td>
      <td class="figure">{money(sum.cost)}</td>
    </tr>
  );
}
