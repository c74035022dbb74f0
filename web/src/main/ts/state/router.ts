// Every state a user can see has an address.

import { signal } from '@preact/signals';

export type Tab = 'chat' | 'console' | 'history' | 'info';
export type Route =
  | { page: 'home' }
  | { page: 'new' }
  | { page: 'host' }
  | { page: 'keys' }
  | { page: 'usage' }
  | { page: 'session'; id: string; tab: Tab }
  | { page: 'unknown' };

export function parse(path: string): Route {
  if (path === '/' || path === '') return { page: 'home' };
  if (path === '/new') return { page: 'new' };
  if (path === '/host') return { page: 'host' };
  if (path === '/keys') return { page: 'keys' };
  if (path === '/usage') return { page: 'usage' };
  const match = /^\/s\/([^/]+)(?:\/(console|history|info))?\/?$/.exec(path);
  if (match?.[1]) return { page: 'session', id: decodeURIComponent(match[1]), tab: (match[2] as Tab | undefined) ?? 'chat' };
  return { page: 'unknown' };
}

export function pathOf(id: string, tab: Tab = 'chat'): string {
  return `/s/${encodeURIComponent(id)}${tab === 'chat' ? '' : `/${tab}`}`;
}

export const route = signal<Route>(parse(location.pathname));

export function go(path: string): void {
  if (path !== location.pathname) history.pushState(null, '', path);
  route.value = parse(location.pathname);
}

/** Follows links within the page without loading it again; modified clicks stay the browser's. */
export function startRouter(): void {
  addEventListener('popstate', () => (route.value = parse(location.pathname)));
  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = (e.target as Element).closest?.('a');
    if (!link || link.target || link.origin !== location.origin || link.pathname.startsWith('/assets/')) return;
    if (parse(link.pathname).page === 'unknown') return;
    e.preventDefault();
    go(link.pathname);
  });
}
