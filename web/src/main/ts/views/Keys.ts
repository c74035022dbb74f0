// The keyboard map: what each key does. KeysDialog.tsx is the list that shows it.

import { signal } from '@preact/signals';
import { api } from '../net/api';
import { go, pathOf, route, type Tab } from '../state/router';
import { report } from '../ui/report';
import { drawerOpen, inOrder } from './Sidebar';

export const keysOpen = signal(false);

/** The second letter after g. */
const TABS: Readonly<Record<string, Tab>> = { c: 'chat', k: 'console', t: 'history', i: 'info' };
const G_MS = 1_500;
let gAt = -Infinity;

const typing = (e: KeyboardEvent) =>
  (e.target as Element).closest?.('input, textarea, select, [contenteditable], .xterm') !== null;

function step(by: number): void {
  const list = inOrder();
  if (list.length === 0) return;
  const here = route.value;
  const at = here.page === 'session' ? list.findIndex((s) => s.id === here.id) : -1;
  const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length];
  if (next) go(pathOf(next.id, here.page === 'session' ? here.tab : 'chat'));
}

function tab(to: Tab): void {
  if (route.value.page === 'session') go(pathOf(route.value.id, to));
}

function onKeyDown(e: KeyboardEvent): void {
  if (e.defaultPrevented || document.querySelector('dialog[open]')) return;
  const here = route.value;
  if ((e.ctrlKey || e.metaKey) && e.code === 'Period' && here.page === 'session') {
    e.preventDefault();
    void api.interrupt(here.id).catch(report);
  } else if (e.altKey && (e.code === 'ArrowUp' || e.code === 'ArrowDown')) {
    e.preventDefault();
    step(e.code === 'ArrowUp' ? -1 : 1);
  } else if (e.code === 'Escape' && drawerOpen.value) {
    drawerOpen.value = false;
  } else if (!typing(e) && !e.ctrlKey && !e.metaKey && !e.altKey && single(e.key)) {
    e.preventDefault();
  }
}

/** Moves the focus to what can be done with the user's message before or after; from elsewhere, with the newest. */
function message(by: number): boolean {
  const all = [...document.querySelectorAll('.item-user:has([data-act])')];
  const here = document.activeElement?.closest('.item-user') ?? null;
  const at = here ? all.indexOf(here) : -1;
  const next = all[at < 0 ? all.length - 1 : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector<HTMLElement>('[data-act]')?.focus();
  return next !== undefined;
}

/** Single letters, only while nothing is being typed. Returns whether the key meant something. */
function single(key: string): boolean {
  const afterG = performance.now() - gAt < G_MS;
  gAt = -Infinity;
  const to = afterG ? TABS[key] : undefined;
  if (to) {
    tab(to);
    return true;
  }
  if (afterG && key === 'h') {
    go('/host');
    return true;
  }
  switch (key) {
    case 'g':
      gAt = performance.now();
      return true;
    case '/': {
      const box = document.getElementById('composer');
      box?.focus();
      return box !== null;
    }
    case '[':
    case ']':
      return message(key === '[' ? -1 : 1);
    case 'r':
    case 'f': {
      const button = document.activeElement?.closest('.item-user')?.querySelector<HTMLElement>(`[data-act="${key}"]`);
      button?.click();
      return button !== null && button !== undefined;
    }
    case 'c':
      go('/new');
      return true;
    case 'End':
      dispatchEvent(new Event('execlaw:latest'));
      return true;
    case '?':
      keysOpen.value = true;
      return true;
    default:
      return false;
  }
}

export function startKeys(): void {
  document.addEventListener('keydown', onKeyDown);
}
