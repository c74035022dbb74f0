// The keys of providers: entered once, never shown again.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeyTrial, Provider, ProviderKey } from '../model/types';
import { ApiError, call, newKey } from '../net/api';
import { noteRefusal, refresh, serverNow, system } from '../state/store';
import { t, type Key } from '../text/i18n';
import { ago } from '../text/format';
import { toast } from '../ui/notify';
import { ErrorCard } from './ErrorCard';

const BUILT_IN = 'demo';

export function ProviderKeys() {
  const [keys, setKeys] = useState<readonly ProviderKey[] | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const info = system.value;
  const read = async () => {
    try {
      setKeys((await call<{ keys: ProviderKey[] }>('GET', '/keys')).keys);
      setFailed(null);
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      noteRefusal(e);
      setFailed(e);
    }
  };
  useEffect(() => void read(), []);
  // Other pages go by what the server says of its providers.
  const changed = () => Promise.all([read(), refresh()]);
  return (
    <div class="page provider-keys">
      <h1>{t('nav.apikeys')}</h1>
      <p class="lead">{t('keys.lead')}</p>
      {failed && <ErrorCard problem={failed.problem} />}
      {!failed && (!info || !keys) && <p class="loading">{t('app.loading')}</p>}
      {info &&
        keys &&
        info.providers
          .filter((p) => p.id !== BUILT_IN)
          .map((p) => <OneKey key={p.id} provider={p} known={keys.find((k) => k.provider === p.id) ?? null} changed={changed} />)}
    </div>
  );
}

const OUTCOMES: Record<KeyTrial['outcome'], Key> = { ok: 'keys.ok', refused: 'keys.refused', unknown: 'keys.unknown' };

type Busy = 'save' | 'test' | 'remove' | null;

function OneKey({ provider, known, changed }: { provider: Provider; known: ProviderKey | null; changed: () => Promise<unknown> }) {
  const [busy, setBusy] = useState<Busy>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [trial, setTrial] = useState<KeyTrial | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { id, name } = provider;
  const path = `/keys/${encodeURIComponent(id)}`;
  const act = async (what: Busy, action: () => Promise<void>) => {
    if (busy) return;
    setBusy(what);
    setFailed(null);
    setTrial(null);
    try {
      await action();
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      noteRefusal(e);
      setFailed(e);
    } finally {
      setBusy(null);
    }
  };
  const save = () =>
    act('save', async () => {
      const field = input.current;
      await call('PUT', path, { key: field?.value.trim() ?? '' });
      // The page keeps it no longer than needed.
      if (field) field.value = '';
      await changed();
      toast(t('keys.saved', { provider: name }));
    });
  const remove = () =>
    act('remove', async () => {
      await call('DELETE', path);
      await changed();
      toast(t('keys.removed', { provider: name }));
      input.current?.focus();
    });
  const test = () => act('test', async () => setTrial(await call<KeyTrial>('POST', `${path}/test`, undefined, newKey())));
  return (
    <section class="provider-key form" data-provider={id} aria-labelledby={`key-of-${id}`}>
      <h2 id={`key-of-${id}`}>{name}</h2>
      <p class="key-state muted">{stateOf(known)}</p>
      <form
        class="field rename"
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <label class="offscreen" for={`key-${id}`}>
          {t('keys.label', { provider: name })}
        </label>
        <input ref={input} id={`key-${id}`} type="password" autocomplete="off" spellcheck={false} />
        <button type="submit" class="primary" disabled={busy !== null}>
          {t(busy === 'save' ? 'keys.saving' : 'keys.save')}
        </button>
      </form>
      {known && (
        <p class="actions">
          <button type="button" disabled={busy !== null} aria-label={t('keys.test', { provider: name })} onClick={() => void test()}>
            {t(busy === 'test' ? 'keys.testing' : 'keys.short.test')}
          </button>
          {known.source === 'stored' && (
            <button
              type="button"
              class="quiet"
              disabled={busy !== null}
              aria-label={t('keys.remove', { provider: name })}
              onClick={() => void remove()}
            >
              {t('keys.short.remove')}
            </button>
          )}
        </p>
      )}
      <div role="status">
        {trial && (
          <p class={trial.outcome === 'refused' ? 'field-note bad' : 'field-note'}>
            <strong>{t(OUTCOMES[trial.outcome])}</strong> {trial.detail}
          </p>
        )}
      </div>
      {failed && <ErrorCard problem={failed.problem} />}
    </section>
  );
}

function stateOf(key: ProviderKey | null): string {
  if (!key) return t('keys.none');
  const end = key.lastFour || t('keys.hidden');
  return key.source === 'environment' || !key.createdAt
    ? t('keys.environment', { end })
    : t('keys.stored', { end, when: ago(serverNow() - Date.parse(key.createdAt)) });
}
