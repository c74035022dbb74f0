// The questions about what a session may spend and which model it asks, and how.

import { useEffect, useState } from 'preact/hooks';
import type { BudgetItem } from '../model/fold';
import { choice, NO_LIMITS, type Limits, type ModelSettings, type Session } from '../model/types';
import { api } from '../net/api';
import { send } from '../state/outbox';
import { byId, open, system } from '../state/store';
import { money, tokens } from '../text/format';
import { number, t, type Key } from '../text/i18n';
import { toast } from '../ui/notify';
import { report } from '../ui/report';
import { Question } from './Asking';
import { Facts } from './Network';
import { ask } from './ask';
import { ModelField } from './ModelField';
import { LIMITS, spentWords, usedOf } from './Spent';

/** An amount with its unit. */
export const amount = (limit: string, n: number): string =>
  limit === 'usd' ? money(n) : t(`limit.${limit}.value` as Key, { n: limit === 'minutes' ? Number(n.toFixed(1)) : tokens(n) });

/** The efforts that some provider knows; which of them, the model decides. */
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

export function LimitsQuestion({ session }: { session: Session }) {
  const [limits, setLimits] = useState<Record<string, string>>(() => {
    const now = session.policy ?? NO_LIMITS;
    return Object.fromEntries(LIMITS.map((limit) => [limit, now[limit] === null ? '' : String(now[limit])]));
  });
  const view = open(session.id).view.value;
  const run = async () => {
    const wanted = Object.fromEntries(
      LIMITS.map((limit) => [limit, limits[limit]?.trim() ? Number(limits[limit]) : null]),
    ) as unknown as Limits;
    await api.setPolicy(session.id, wanted);
    toast(t('limits.set'));
  };
  return (
    <Question title={t('limits.ask', { name: session.name })} go={t('limits.go')} run={run}>
      <p>{t('limits.text', { spent: spentWords(view.usage) })}</p>
      {LIMITS.map((limit) => (
        <div class="field" key={limit}>
          <label for={`limit-${limit}`}>{t(`limit.${limit}` as Key)}</label>
          <input
            id={`limit-${limit}`}
            type="text"
            inputMode="decimal"
            autocomplete="off"
            pattern="[0-9]*[.]?[0-9]*"
            placeholder={t('limits.none')}
            value={limits[limit]}
            onInput={(e) => setLimits({ ...limits, [limit]: e.currentTarget.value })}
          />
        </div>
      ))}
    </Question>
  );
}

export function ModelQuestion({ session }: { session: Session }) {
  const providers = system.value?.providers ?? [];
  const [id, setProvider] = useState(session.provider);
  const provider = providers.find((p) => p.id === id);
  const [model, setModel] = useState(session.model);
  const [key, setKey] = useState('');
  const take = (next: string) => {
    setProvider(next);
    const first = providers.find((p) => p.id === next)?.models[0];
    setModel(first === undefined ? '' : choice(first).id);
  };
  const run = async () => {
    await api.setModel(session.id, { provider: id, model: model.trim(), ...(key.trim() !== '' && { apiKey: key.trim() }) });
    toast(t('model.set', { model: model.trim() }));
  };
  return (
    <Question title={t('model.ask', { name: session.name })} go={t('model.go')} run={run}>
      <p>{t('model.text')}</p>
      <div class="field">
        <label for="model-provider">{t('new.provider')}</label>
        <select id="model-provider" value={id} onChange={(e) => take(e.currentTarget.value)}>
          {providers.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </select>
      </div>
      <ModelField key={id} id="model-name" provider={id} required value={model} onChange={setModel} />
      {provider?.needsKey && (
        <div class="field">
          <label for="model-key">{t('new.key')}</label>
          <input id="model-key" type="password" autocomplete="off" value={key} onInput={(e) => setKey(e.currentTarget.value)} />
          <p class="field-note">{t('model.key')}</p>
        </div>
      )}
    </Question>
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

/** On the page of a session's details: what was spent of what. */
export function Budgets({ session, change }: { session: Session; change: () => void }) {
  const view = open(session.id).view.value;
  const limits = session.policy ?? NO_LIMITS;
  const rows = LIMITS.filter((limit) => limits[limit] !== null).map((limit): [string, string] => {
    const used = usedOf(limit, session, view);
    const most = amount(limit, limits[limit] ?? 0);
    return [t(`limit.${limit}` as Key), used === null ? most : t('limits.of', { used: amount(limit, used), limit: most })];
  });
  const { unpriced } = view.usage;
  return (
    <>
      <Facts
        rows={[
          [t('info.usage'), t('info.usage.value', { input: number(view.usage.input), output: number(view.usage.output) })],
          [t('limits.cost'), spentWords(view.usage), unpriced > 0 ? t('limits.unpriced', { n: unpriced }) : ''],
          ...rows,
        ]}
      />
      <p class="actions">
        <button type="button" onClick={change}>
          {t('limits.change')}
        </button>
        <a href="/usage">{t('nav.usage')}</a>
      </p>
    </>
  );
}

/** How the model is asked, as it is being written. */
interface Written {
  temperature: string;
  maxTokens: string;
  reasoningEffort: string;
  systemPrompt: string;
}

const written = (s: ModelSettings): Written => ({
  temperature: String(s.temperature ?? ''),
  maxTokens: String(s.maxTokens ?? ''),
  reasoningEffort: s.reasoningEffort ?? '',
  systemPrompt: s.systemPrompt ?? '',
});

const figure = (text: string) => (text.trim() === '' ? null : Number(text));

export function ModelForm({ session }: { session: Session }) {
  const [settings, setSettings] = useState<Written | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    api.modelSettings(session.id).then((s) => setSettings(written(s)), report);
  }, [session.id]);
  if (!settings) return <p class="loading">{t('app.loading')}</p>;
  const change = (part: Partial<Written>) => setSettings({ ...settings, ...part });
  const save = () => {
    setBusy(true);
    api
      .setModelSettings(session.id, {
        temperature: figure(settings.temperature),
        maxTokens: figure(settings.maxTokens),
        reasoningEffort: settings.reasoningEffort || null,
        systemPrompt: settings.systemPrompt || null,
      })
      .then(() => toast(t('tune.set')), report)
      .finally(() => setBusy(false));
  };
  const field = (name: 'temperature' | 'maxTokens', label: Key) => (
    <div class="field">
      <label for={`tune-${name}`}>{t(label)}</label>
      <input
        id={`tune-${name}`}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        pattern="[0-9]*[.]?[0-9]*"
        placeholder={t('new.default')}
        value={settings[name]}
        onInput={(e) => change({ [name]: e.currentTarget.value })}
      />
    </div>
  );
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        save();
      }}
    >
      <div class="pair">
        {field('temperature', 'new.temperature')}
        {field('maxTokens', 'new.maxtokens')}
      </div>
      <Effort id="tune-effort" value={settings.reasoningEffort} onChange={(effort) => change({ reasoningEffort: effort })} />
      <div class="field">
        <label for="tune-system">{t('new.system')}</label>
        <textarea id="tune-system" rows={4} value={settings.systemPrompt} onInput={(e) => change({ systemPrompt: e.currentTarget.value })} />
      </div>
      <p class="actions">
        <button type="submit" disabled={busy}>
          {t('tune.go')}
        </button>
      </p>
    </form>
  );
}

export function Effort(props: { id: string; value?: string; onChange?: (effort: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{t('new.effort')}</label>
      <select id={props.id} name="reasoningEffort" value={props.value} onChange={(e) => props.onChange?.(e.currentTarget.value)}>
        <option value="">{t('new.default')}</option>
        {EFFORTS.map((effort) => (
          <option key={effort}>{effort}</option>
        ))}
      </select>
    </div>
  );
}
