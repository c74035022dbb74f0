import type { Session } from '../model/types';
import { go, pathOf } from '../state/router';
import { recipients } from '../state/store';
import { t } from '../text/i18n';
import { Menu, type Entry } from '../ui/Menu';
import { ask, pause, resume } from './ask';

/** What can be done with the machine as a whole, while there is one. */
export function SessionMenu({ session }: { session: Session }) {
  const entries: Entry[] = [];
  if (session.state === 'running') entries.push({ label: t('menu.pause'), run: () => void pause(session) });
  if (session.state === 'paused') entries.push({ label: t('menu.resume'), run: () => void resume(session.id) });
  if (session.state === 'running' || session.state === 'paused') {
    entries.push(
      { label: t('menu.checkpoint'), run: () => (ask.value = { what: 'checkpoint', session }) },
      { label: t('menu.fork'), run: () => (ask.value = { what: 'fork', session, seq: null }) },
    );
  }
  entries.push(
    { label: t('menu.model'), run: () => (ask.value = { what: 'model', session }) },
    { label: t('menu.limits'), run: () => (ask.value = { what: 'limits', session }) },
  );
  entries.push({ label: t('nav.usage'), run: () => go('/usage') });
  if (recipients.value !== null) entries.push({ label: t('menu.email'), run: () => (ask.value = { what: 'email', session }) });
  entries.push({ label: t('menu.history'), run: () => go(pathOf(session.id, 'history')) });
  return <Menu label={t('menu.title')} entries={entries} />;
}
