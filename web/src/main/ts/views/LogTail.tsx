import { useEffect, useState } from 'preact/hooks';
import { pathOf } from '../state/router';
import { ConsoleLink } from '../net/console';
import { ansi } from '../text/ansi';
import { t } from '../text/i18n';

const LINES = 8;
const TAIL = 4_096;

/** The last lines of the serial console while a machine boots. */
export function LogTail({ id }: { id: string }) {
  const [lines, setLines] = useState<string[]>([]);
  useEffect(() => {
    let text = '';
    const decoder = new TextDecoder();
    const link = new ConsoleLink(id, {
      data(bytes, done) {
        text = (text + decoder.decode(bytes, { stream: true })).slice(-TAIL);
        const plain = ansi(text)
          .map((run) => run.text)
          .join('');
        setLines(
          plain
            .split('\n')
            .map((l) => l.trimEnd())
            .filter((l) => l !== '')
            .slice(-LINES),
        );
        done();
      },
      reset: () => (text = ''),
      skipped: () => {},
      state: () => {},
    });
    link.start();
    return () => link.close();
  }, [id]);
  if (lines.length === 0) return null;
  return (
    <div class="log-tail">
      <pre aria-label={t('boot.log')} role="region" tabIndex={0}>
        {lines.join('\n')}
      </pre>
      <a href={pathOf(id, 'console')}>{t('boot.log')}</a>
    </div>
  );
}
