import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { laterStyle } from '../state/assets';
import { connection } from '../state/store';
import { t } from '../text/i18n';
import { ErrorCard } from './ErrorCard';

/** What comes with a script of its own: a component that shows it once it is there, and what fetches it. */
function lazily<P>(load: () => Promise<P>) {
  const got = signal<P | null>(null);
  const failed = signal(false);
  function fetch(): void {
    if (got.value) return;
    failed.value = false;
    Promise.all([load(), laterStyle()]).then(
      ([loaded]) => (got.value = loaded),
      () => (failed.value = true), // Said by the card below, once someone wants to see it.
    );
  }
  function Shown({ page }: { page: (from: P) => ComponentChildren }) {
    useEffect(fetch, []);
    if (got.value) return <>{page(got.value)}</>;
    if (!failed.value) return <p class="loading">{t('app.loading')}</p>;
    return (
      <div class="page">
        <ErrorCard problem={{ code: 'OFFLINE', detail: '', next: '' }}>
          {/* A server that answers but lacks the file has been upgraded since this page was loaded. */}
          <button type="button" onClick={() => (connection.value.up ? location.reload() : fetch())}>
            {t('chat.retry')}
          </button>
        </ErrorCard>
      </div>
    );
  }
  return [Shown, fetch] as const;
}

/** What a chat may ask for: forms, questions, the start of a machine. */
export const [Later, fetchPages] = lazily(() => import('./pages'));

/** A page that shows what was or is, beside the chat. */
export const [Report, fetchReports] = lazily(() => import('./reports'));

/** In a transcript, what most have none of. */
export const [Seldom, fetchAsides] = lazily(() => import('./asides'));

/** Has all at hand before they are wanted, where the browser says when it has nothing else to do. */
export function fetchWhenIdle(): void {
  for (const fetch of [fetchPages, fetchAsides, fetchReports]) globalThis.requestIdleCallback?.(fetch);
}
