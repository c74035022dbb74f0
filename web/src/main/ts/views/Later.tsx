import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { connection } from '../state/store';
import { t } from '../text/i18n';
import { ErrorCard } from './ErrorCard';

type Pages = typeof import('./pages');

const pages = signal<Pages | null>(null);
const failed = signal(false);

function fetchPages(): void {
  if (pages.value) return;
  failed.value = false;
  import('./pages').then(
    (loaded) => (pages.value = loaded),
    () => (failed.value = true), // Said by the card below, once someone wants to see one of them.
  );
}

/** Has the pages at hand before they are wanted, where the browser says when it has nothing else to do. */
export function fetchWhenIdle(): void {
  globalThis.requestIdleCallback?.(fetchPages);
}

/** A page that comes with a script of its own. */
export function Later({ page }: { page: (from: Pages) => ComponentChildren }) {
  useEffect(fetchPages, []);
  if (pages.value) return <>{page(pages.value)}</>;
  if (!failed.value) return <p class="loading">{t('app.loading')}</p>;
  return (
    <div class="page">
      <ErrorCard problem={{ code: 'OFFLINE', detail: '', next: '' }}>
        {/* A server that answers but lacks the file has been upgraded since this page was loaded. */}
        <button type="button" onClick={() => (connection.value.up ? location.reload() : fetchPages())}>
          {t('chat.retry')}
        </button>
      </ErrorCard>
    </div>
  );
}
