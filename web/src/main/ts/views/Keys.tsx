// The keyboard map: what each key does, and the list that shows it.

import { signal } from '@preact/signals';
import { api } from '../net/api';
import { go, pathOf, route, type Tab } from '../state/router';
import { t, type Key } from '../text/i18n';
import { Dialog } from '../ui/Dialog';
import { report } from './Composer';
import { drawerOpen, inOrder } from './Sidebar';

export const keysOpen = signal(false);

const ROWS: readonly [string, Key][] = [
  ['/', 'keys.compose'],
  ['Enter', 'keys.send'],
  ['Shift+Enter', 'keys.newline'],
  ['Ctrl+.', 'keys.stop'],
  ['End', 'keys.end'],
  ['Alt+↑', 'keys.prev'],
  ['Alt+↓', 'keys.next'],
  ['c', 'keys.new'],
  ['g c', 'keys.chat'],
  ['g k', 'keys.console'],
  ['g i', 'keys.info'],
  ['g h', 'keys.host'],
  ['?', 'keys.help'],
];

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

/** Single letters, only while nothing is being typed. Returns whether the key meant something. */
function single(key: string): boolean {
  const afterG = performance.now() - gAt < G_MS;
  gAt = -Infinity;
  if (afterG && (key === 'c' || key === 'k' || key === 'i')) {
    tab(key === 'c' ? 'chat' : key === 'k' ? 'console' : 'info');
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

export function KeysDialog() {
  if (!keysOpen.value) return null;
  return (
    <Dialog title={t('keys.title')} onClose={() => (keysOpen.value = false)}>
      <dl class="keys">
        {ROWS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
      <p class="actions end">
        <button type="button" onClick={() => (keysOpen.value = false)}>
          {t('dialog.close')}
        </button>
      </p>
    </Dialog>
  );
}
