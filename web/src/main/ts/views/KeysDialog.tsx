import { t, type Key } from '../text/i18n';
import { Dialog } from '../ui/Dialog';
import { keysOpen } from './Keys';

const ROWS: readonly [string, Key][] = [
  ['/', 'keys.compose'],
  ['Enter', 'keys.send'],
  ['Shift+Enter', 'keys.newline'],
  ['Ctrl+.', 'keys.stop'],
  ['End', 'keys.end'],
  ['[ ]', 'keys.messages'],
  ['r', 'keys.rewind'],
  ['f', 'keys.fork'],
  ['Alt+↑', 'keys.prev'],
  ['Alt+↓', 'keys.next'],
  ['c', 'keys.new'],
  ['g c', 'keys.chat'],
  ['g k', 'keys.console'],
  ['g t', 'keys.history'],
  ['g i', 'keys.info'],
  ['g h', 'keys.host'],
  ['?', 'keys.help'],
];

export function KeysDialog() {
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
