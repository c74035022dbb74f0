// Toasts, which only echo what is said elsewhere, and the polite voice for screen readers.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../text/i18n';
import { Icon } from './Icon';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const TOAST_MS = 6_000;
const SPEECH_MS = 2_000;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

export function toast(text: string, bad = false): void {
  toasts.value = [...toasts.value.slice(-2), { id: ++lastId, text, bad }];
}

const dismiss = (id: number) => (toasts.value = toasts.value.filter((x) => x.id !== id));

function ToastRow({ item }: { item: Toast }) {
  useEffect(() => {
    // An error stays until it is put away.
    if (item.bad) return;
    const timer = setTimeout(() => dismiss(item.id), TOAST_MS);
    return () => clearTimeout(timer);
  }, [item]);
  return (
    <li class={item.bad ? 'toast bad' : 'toast'}>
      <Icon name={item.bad ? 'alert' : 'check'} />
      <span>{item.text}</span>
      <button type="button" class="quiet square" aria-label={t('toast.dismiss')} onClick={() => dismiss(item.id)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

const spoken = signal('');
let pending: string[] = [];
let timer = 0;

/** Says it to screen readers, at most one utterance per two seconds; what comes meanwhile is joined. */
export function say(text: string): void {
  pending.push(text);
  if (timer) return;
  const speak = () => {
    if (pending.length === 0) {
      timer = 0;
      return;
    }
    spoken.value = pending.join('. ');
    pending = [];
    timer = window.setTimeout(speak, SPEECH_MS);
  };
  speak();
}

export function Notices() {
  return (
    <>
      <div class="offscreen" role="status" aria-live="polite">
        {spoken.value}
      </div>
      <section class="toasts" aria-label={t('toast.label')}>
        <div role="status" aria-live="polite">
          <ul>
            {toasts.value.map((item) => (
              <ToastRow key={item.id} item={item} />
            ))}
          </ul>
        </div>
      </section>
    </>
  );
}
