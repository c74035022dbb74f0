import { useEffect, useRef, useState } from 'preact/hooks';
import type { Screen } from '../console/terminal';
import type { Session } from '../model/types';
import { ConsoleLink, type LinkState } from '../net/console';
import { asset } from '../state/assets';
import { isDark, recall, remember, systemDark, theme } from '../state/prefs';
import { t, type Key } from '../text/i18n';
import { bytes } from '../text/format';
import { copyText } from '../ui/clipboard';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/notify';

const FONT = 'console.font';
const SMALLEST = 9;
const LARGEST = 22;
const KEYS: readonly [string, string][] = [
  ['Esc', '\x1b'],
  ['Tab', '\t'],
  ['Ctrl+C', '\x03'],
  ['Ctrl+D', '\x04'],
  ['↑', '\x1b[A'],
  ['↓', '\x1b[B'],
  ['←', '\x1b[D'],
  ['→', '\x1b[C'],
];

/** Terminal output is UTF-8 both ways; what xterm calls binary is one byte per character already below 0x80. */
const encoder = new TextEncoder();

export function ConsoleView({ session }: { session: Session }) {
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | null>(null);
  const link = useRef<ConsoleLink | null>(null);
  const unlockButton = useRef<HTMLButtonElement>(null);
  const [state, setState] = useState<LinkState>('connecting');
  const [skipped, setSkipped] = useState(0);
  const [some, setSome] = useState(false);
  const [writable, setWritable] = useState(false);
  const allowed = useRef(false);
  allowed.current = writable;
  const [font, setFont] = useState(() => Number(recall(FONT)) || 13);
  // A machine that starts again has a console that starts again.
  const alive = session.state !== 'stopped' && session.state !== 'failed';

  useEffect(() => {
    let closed = false;
    const type = (data: string) => allowed.current && link.current?.send(encoder.encode(data));
    void import('../console/terminal').then(async ({ openScreen }) => {
      if (!box.current || closed) return;
      const made = await openScreen(box.current, {
        styles: asset('terminal-css'),
        fontSize: font,
        label: t('console.label'),
        input: type,
        leave: () => unlockButton.current?.focus(),
      });
      if (closed) {
        made.dispose();
        return;
      }
      screen.current = made;
      const opened = new ConsoleLink(session.id, {
        data(data, done) {
          setSome(true);
          made.write(data, done);
        },
        reset: () => made.reset(),
        skipped: (n) => setSkipped((before) => before + n),
        state: setState,
      });
      link.current = opened;
      opened.start();
    });
    return () => {
      closed = true;
      link.current?.close();
      screen.current?.dispose();
      link.current = screen.current = null;
    };
  }, [session.id, alive]);

  useEffect(() => screen.current?.retheme(), [theme.value, systemDark.value, isDark()]);

  const resize = (by: number) => {
    const next = Math.min(LARGEST, Math.max(SMALLEST, font + by));
    setFont(next);
    remember(FONT, String(next));
    screen.current?.fontSize(next);
  };
  const toggle = () => {
    setWritable(!writable);
    if (!writable) screen.current?.focus();
  };
  const note: Key | null =
    session.state === 'paused' ? 'console.asleep' : state === 'lost' ? 'console.lost' : state === 'ended' || !alive ? 'console.ended' : null;
  return (
    <section class="console" aria-label={t('console.label')}>
      <div class="console-bar">
        <button ref={unlockButton} type="button" aria-pressed={writable} onClick={toggle} disabled={!alive}>
          <Icon name={writable ? 'unlock' : 'lock'} /> {t(writable ? 'console.lock' : 'console.unlock')}
        </button>
        <span class="muted">
          {t(writable ? 'console.writable' : 'console.readonly')}
          {writable && <span class="wide-only">. {t('console.leave')}</span>}
        </span>
        <span class="spacer" />
        <button type="button" class="quiet" onClick={() => resize(-1)} aria-label={t('console.smaller')} title={t('console.smaller')}>
          A−
        </button>
        <button type="button" class="quiet" onClick={() => resize(1)} aria-label={t('console.bigger')} title={t('console.bigger')}>
          A+
        </button>
        <button
          type="button"
          class="quiet"
          aria-label={t('console.copy')}
          title={t('console.copy')}
          onClick={() => void copyText(screen.current?.text() ?? '').then((ok) => ok && toast(t('chat.copied')))}
        >
          <Icon name="copy" /> <span class="wide-only">{t('console.copy')}</span>
        </button>
      </div>
      {note && some && <p class="console-note">{t(note)}</p>}
      {skipped > 0 && <p class="console-note">{t('console.skipped', { size: bytes(skipped) })}</p>}
      <div class="console-screen">
        <div class="console-box" ref={box} />
        {!some && <p class="console-empty">{t('console.before')}</p>}
      </div>
      {writable && (
        <div class="touch-keys" role="group" aria-label={t('console.keys')}>
          {KEYS.map(([label, data]) => (
            <button type="button" key={label} onClick={() => (link.current?.send(encoder.encode(data)), screen.current?.focus())}>
              {label}
            </button>
          ))}
        </div>
      )}
    </section>
  );
}
