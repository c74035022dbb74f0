// What this browser remembers: theme, drafts. Nothing secret, nothing that is missed when it is lost.

import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`execlaw.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(`execlaw.${key}`);
    else localStorage.setItem(`execlaw.${key}`, value);
  } catch {
    // Storage is full or blocked; the page works without.
  }
}

const stored = recall('theme');
export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system');

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
export const systemDark = signal(darkQuery.matches);
darkQuery.addEventListener('change', (e) => (systemDark.value = e.matches));

export function setTheme(next: Theme): void {
  theme.value = next;
  remember('theme', next === 'system' ? null : next);
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
}

export const isDark = () => theme.value === 'dark' || (theme.value === 'system' && systemDark.value);
