import { useEffect } from 'preact/hooks';
import { pathOf, type Tab } from '../state/router';
import { byId, listed, look, open } from '../state/store';
import { t, type Key } from '../text/i18n';
import { Statuses } from '../ui/Status';
import { ask } from './ask';
import { Chat } from './Chat';
import { Later, Report } from './Later';
import { MenuButton } from './MenuButton';
import { SessionMenu } from './SessionMenu';
import { Spent } from './Spent';

const TABS: readonly Tab[] = ['chat', 'console', 'history', 'info'];

export function SessionPage({ id, tab }: { id: string; tab: Tab }) {
  const opened = open(id);
  const view = opened.view.value;
  const session = byId.value.get(id) ?? view.session;
  const lost = opened.failed.value?.status === 404;
  useEffect(() => {
    look(id);
    return () => look(null);
  }, [id]);
  if (view.deleted || lost || (listed.value && opened.loaded.value && !session)) return <Gone />;
  if (!session) {
    return (
      <div class="session">
        <header class="head">
          <MenuButton />
        </header>
        <p class="loading">{t('app.loading')}</p>
      </div>
    );
  }
  return (
    <div class="session">
      <header class="head">
        <MenuButton />
        <div class="head-title">
          <h1 title={session.name}>{session.name}</h1>
          <Statuses session={session} />
          <button
            type="button"
            class="quiet model"
            title={t('model.from', { provider: session.provider })}
            onClick={() => (ask.value = { what: 'model', session })}
          >
            {session.model}
          </button>
          <Spent session={session} view={view} />
        </div>
        <nav class="tabs" aria-label={t('tab.label')}>
          {TABS.map((x) => (
            <a key={x} href={pathOf(id, x)} aria-current={x === tab ? 'page' : undefined}>
              {t(`tab.${x}` as Key)}
            </a>
          ))}
        </nav>
        <SessionMenu session={session} />
      </header>
      {tab === 'chat' && <Chat key={id} session={session} opened={opened} />}
      {tab === 'console' && <Later key={id} page={(p) => <p.ConsoleView session={session} />} />}
      {tab === 'history' && <Report key={id} page={(p) => <p.History session={session} opened={opened} />} />}
      {tab === 'info' && <Later key={id} page={(p) => <p.Info session={session} opened={opened} />} />}
    </div>
  );
}

function Gone() {
  return (
    <div class="session">
      <header class="head">
        <MenuButton />
      </header>
      <div class="page">
        <h1>{t('app.gone.title')}</h1>
        <p class="lead">{t('app.gone.text')}</p>
        <p class="actions">
          <a class="button" href="/">
            {t('app.home')}
          </a>
        </p>
      </div>
    </div>
  );
}
