import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { choice, type CreateSession, type KeyMode, type Policy, type Provider, type SystemInfo } from '../model/types';
import { ApiError } from '../net/api';
import { noteRefusal, system } from '../state/store';
import { number, t, type Key } from '../text/i18n';
import { mebibytes } from '../text/format';
import { ErrorCard } from './ErrorCard';
import { launch } from './Home';
import { ModelField } from './ModelField';
import { Effort } from './Steering';
import { draftOf, PolicyField, policyOf, wrongEntry, type Draft, type WrongEntry } from './Policy';

export function NewSession() {
  const info = system.value;
  return (
    <div class="page">
      <h1>{t('new.title')}</h1>
      {info ? <Form info={info} /> : <p class="loading">{t('app.loading')}</p>}
    </div>
  );
}

/** Whole-number or decimal fields: name in the request, label, range, step. */
interface NumberField {
  name: 'vcpus' | 'memoryMiB' | 'temperature' | 'maxTokens' | 'idleTimeoutMin' | 'usd' | 'tokens';
  label: Key;
  min: number;
  max: number;
  step: number;
  hint?: string;
  placeholder?: string;
}

function fields(info: SystemInfo): NumberField[] {
  const { capacity, defaults, host } = info;
  const free = t('new.memory.free', {
    free: mebibytes(Math.max(0, capacity.memoryMiB - capacity.reservedMiB)),
    total: mebibytes(capacity.memoryMiB),
  });
  return [
    { name: 'vcpus', label: 'new.vcpus', min: 1, max: Math.max(1, host.cpus), step: 1, placeholder: String(defaults.vcpus) },
    { name: 'memoryMiB', label: 'new.memory', min: 128, max: Math.max(128, capacity.memoryMiB), step: 1, placeholder: String(defaults.memoryMiB), hint: free },
    { name: 'temperature', label: 'new.temperature', min: 0, max: 2, step: 0.1 },
    { name: 'maxTokens', label: 'new.maxtokens', min: 1, max: 1_000_000, step: 1 },
    { name: 'usd', label: 'limit.usd', min: 0.0001, max: 1_000_000, step: 0.0001, hint: t('new.limit.hint'), placeholder: t('limits.none') },
    { name: 'tokens', label: 'limit.tokens', min: 1, max: 1_000_000_000_000, step: 1, placeholder: t('limits.none') },
    { name: 'idleTimeoutMin', label: 'new.idle', min: 0, max: 10_080, step: 1, hint: t('new.idle.hint') },
  ];
}

/** What a session gets when its creator does not say. */
const USUAL: Policy = { policy: 'internet', allow: [] };

/** The request, or the fields that are not right with what is wrong about them. */
function read(data: FormData, numbers: NumberField[], provider: Provider): { body: CreateSession } | { wrong: Map<string, string> } {
  const wrong = new Map<string, string>();
  const body: CreateSession = { provider: provider.id };
  const text = (name: string) => String(data.get(name) ?? '').trim();
  for (const name of ['name', 'model', 'agent', 'systemPrompt', 'apiKey', 'reasoningEffort'] as const) {
    if (text(name) !== '') body[name] = text(name);
  }
  if (text('keyMode') === 'direct') body.keyMode = 'direct';
  if (provider.needsKey && !provider.keyPresent && !body.apiKey) {
    wrong.set('apiKey', t('new.key.missing', { provider: provider.name }));
  }
  for (const { name, label, min, max, step } of numbers) {
    const raw = text(name);
    if (raw === '') continue;
    const n = Number(raw);
    if (!Number.isFinite(n) || n < min || n > max || (step === 1 && !Number.isInteger(n))) {
      wrong.set(name, t('new.number', { label: t(label), min: number(min), max: number(max), value: raw }));
    } else {
      if (name === 'usd' || name === 'tokens') body.policy = { ...body.policy, [name]: n };
      else body[name] = n;
    }
  }
  return wrong.size > 0 ? { wrong } : { body };
}

/** The model that the configuration gives a provider's sessions; where it gives none, the provider's list will. */
function configured(info: SystemInfo, provider: string): string {
  if (provider === info.defaults.provider && info.defaults.model !== null) return info.defaults.model;
  const first = info.providers.find((p) => p.id === provider)?.models[0];
  return first === undefined ? '' : choice(first).id;
}

function Form({ info }: { info: SystemInfo }) {
  const [providerId, setProvider] = useState(info.defaults.provider);
  const [model, setModel] = useState(() => configured(info, info.defaults.provider));
  const [wrong, setWrong] = useState<Map<string, string>>(new Map());
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [policy, setPolicy] = useState<Draft | null>(null);
  const [wrongAllow, setWrongAllow] = useState<WrongEntry | null>(null);
  const provider = info.providers.find((p) => p.id === providerId) ?? info.providers[0];
  const numbers = fields(info);
  if (!provider) return null;
  const take = (next: string) => {
    setProvider(next);
    setModel(configured(info, next));
  };

  const submit = async (form: HTMLFormElement) => {
    if (busy) return;
    setFailed(null);
    setWrongAllow(null);
    const result = read(new FormData(form), numbers, provider);
    if ('wrong' in result) {
      setWrong(result.wrong);
      const first = form.elements.namedItem([...result.wrong.keys()][0] ?? '');
      if (first instanceof HTMLElement) {
        first.closest('details')?.setAttribute('open', '');
        first.focus();
      }
      return;
    }
    setWrong(new Map());
    setBusy(true);
    try {
      await launch(policy ? { ...result.body, network: policyOf(policy) } : result.body, '');
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      noteRefusal(e);
      const entry = policy && wrongEntry(policy, e.problem);
      if (entry) setWrongAllow(entry);
      else setFailed(e);
      setBusy(false);
    }
  };
  return (
    <form
      class="form"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit(e.currentTarget);
      }}
    >
      {failed && <ErrorCard problem={failed.problem} />}
      <div class="pair">
        <Field id="provider" label={t('new.provider')}>
          <select id="provider" value={provider.id} onChange={(e) => take(e.currentTarget.value)}>
            {info.providers.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
          </select>
        </Field>
        <ModelField key={provider.id} id="model" name="model" provider={provider.id} value={model} onChange={setModel} />
      </div>
      {provider.needsKey && <KeyField key={provider.id} provider={provider} wrong={wrong.get('apiKey')} />}
      <Field id="name" label={t('new.name')} hint={t('new.name.hint')}>
        <input id="name" name="name" type="text" maxLength={80} autocomplete="off" aria-describedby="name-hint" />
      </Field>
      <details>
        <summary>{t('new.advanced')}</summary>
        {info.agents.length > 1 && (
          <Field id="agent" label={t('new.agent')}>
            <select id="agent" name="agent">
              {info.agents.map(choice).map((a) => (
                <option key={a.id} value={a.id} selected={a.id === info.defaults.agent}>
                  {a.name}
                </option>
              ))}
            </select>
          </Field>
        )}
        <div class="pair">
          {numbers.map((f) => (
            <Field key={f.name} id={f.name} label={t(f.label)} hint={f.hint} wrong={wrong.get(f.name)}>
              <input
                id={f.name}
                name={f.name}
                type="text"
                inputMode="decimal"
                autocomplete="off"
                placeholder={f.placeholder ?? t('new.default')}
                aria-invalid={wrong.has(f.name)}
                aria-describedby={`${f.name}-hint`}
              />
            </Field>
          ))}
        </div>
        {info.network?.mode === 'user' ? (
          <p class="field-note">
            {t('net.user')} <a href="/host">{t('net.why')}</a>
          </p>
        ) : (
          <PolicyField
            draft={policy ?? draftOf(USUAL)}
            wrong={wrongAllow}
            onChange={(next) => {
              setPolicy(next);
              setWrongAllow(null);
            }}
          />
        )}
        {provider.needsKey && info.keyModes.includes('direct') && <KeyModeField />}
        <Effort id="reasoningEffort" />
        <Field id="systemPrompt" label={t('new.system')}>
          <textarea id="systemPrompt" name="systemPrompt" rows={4} />
        </Field>
      </details>
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {t(busy ? 'new.launching' : 'new.launch')}
        </button>
      </p>
    </form>
  );
}

/** Asks for a key only where the server has none, or on request. */
function KeyField({ provider, wrong }: { provider: Provider; wrong: string | undefined }) {
  const [own, setOwn] = useState(!provider.keyPresent);
  if (!own) {
    return (
      <p class="field-note">
        {t('new.key.kept', { provider: provider.name })}{' '}
        <button type="button" class="quiet" onClick={() => setOwn(true)}>
          {t('new.key.own')}
        </button>
      </p>
    );
  }
  return (
    <Field id="apiKey" label={t('new.key')} hint={t('new.key.hint')} wrong={wrong}>
      <input id="apiKey" name="apiKey" type="password" autocomplete="off" aria-invalid={wrong !== undefined} aria-describedby="apiKey-hint" />
      {!provider.keyPresent && (
        <a class="field-note" href="/keys">
          {t('new.key.once')}
        </a>
      )}
    </Field>
  );
}

/** Whether the machine gets the key itself, with what that means. */
function KeyModeField() {
  const [mode, setMode] = useState<KeyMode>('gateway');
  return (
    <fieldset class="policy">
      <legend>{t('new.keymode')}</legend>
      {KEY_MODES.map(([value, label, hint]) => (
        <label class="choice" key={value}>
          <input type="radio" name="keyMode" value={value} checked={mode === value} onChange={() => setMode(value)} />
          <span>
            {t(label)}
            <span class="field-note">{t(hint)}</span>
          </span>
        </label>
      ))}
      <div role="status">{mode === 'direct' && <p class="field-note bad">{`${t('new.keymode.warning')} ${t('new.keymode.quality')}`}</p>}</div>
    </fieldset>
  );
}

const KEY_MODES: readonly [KeyMode, Key, Key][] = [
  ['gateway', 'new.keymode.gateway', 'new.keymode.gateway.hint'],
  ['direct', 'new.keymode.direct', 'new.keymode.direct.hint'],
];

function Field(props: { id: string; label: string; hint?: string; wrong?: string | undefined; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      {props.children}
      <p class={props.wrong ? 'field-note bad' : 'field-note'} id={`${props.id}-hint`} role={props.wrong ? 'alert' : undefined}>
        {props.wrong ?? props.hint}
      </p>
    </div>
  );
}
