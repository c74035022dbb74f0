import { useState } from 'preact/hooks';
import type { CreateSession } from '../model/types';
import { api, ApiError, newKey } from '../net/api';
import { send } from '../state/outbox';
import { recall, remember } from '../state/prefs';
import { go, pathOf } from '../state/router';
import { learn, listed, noteRefusal, sessions, system } from '../state/store';
import { t, type Key } from '../text/i18n';
import { mebibytes } from '../text/format';
import { Icon } from '../ui/Icon';
import { ErrorCard } from './ErrorCard';
import { SessionRow } from './Sidebar';

const EXAMPLES: readonly Key[] = ['home.example.1', 'home.example.2', 'home.example.3'];
const DRAFT = 'draft.home';

/** Creates a session with the server's defaults and gives it its first message. */
export async function launch(body: CreateSession, text: string): Promise<void> {
  const session = await api.create(body, newKey());
  learn(session);
  if (text.trim() !== '') send(session.id, text);
  go(pathOf(session.id));
}

export function Home() {
  const [text, setText] = useState(() => recall(DRAFT) ?? '');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const info = system.value;
  const provider = info?.providers.find((p) => p.id === info.defaults.provider);
  const keyMissing = provider ? provider.needsKey && !provider.keyPresent : false;
  const write = (next: string) => {
    setText(next);
    remember(DRAFT, next);
  };
  const start = async () => {
    if (!info || busy || text.trim() === '') return;
    if (keyMissing) {
      go('/new');
      return;
    }
    setBusy(true);
    setFailed(null);
    try {
      remember(DRAFT, null);
      await launch({ provider: info.defaults.provider, model: info.defaults.model ?? undefined }, text);
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      remember(DRAFT, text);
      noteRefusal(e);
      setFailed(e);
      setBusy(false);
    }
  };
  return (
    <div class="page home">
      <h1>{t('home.title')}</h1>
      <p class="lead">{t('home.text')}</p>
      {failed && <ErrorCard problem={failed.problem} id="home-error" />}
      <form
        class="compose-box tall"
        onSubmit={(e) => {
          e.preventDefault();
          void start();
        }}
      >
        <textarea
          id="composer"
          rows={3}
          value={text}
          placeholder={t('home.placeholder')}
          aria-label={t('home.title')}
          aria-describedby={failed ? 'home-error' : undefined}
          onInput={(e) => write(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return;
            e.preventDefault();
            void start();
          }}
        />
        <div class="compose-foot">
          <p class="hint">
            {info &&
              t('home.with', {
                model: info.defaults.model ?? provider?.name ?? info.defaults.provider,
                vcpus: info.defaults.vcpus,
                memory: mebibytes(info.defaults.memoryMiB),
              })}{' '}
            <a href="/new">{t('home.options')}</a>
          </p>
          <button type="submit" class="primary" disabled={!info || busy || text.trim() === ''}>
            {t(busy ? 'new.launching' : 'home.start')}
          </button>
        </div>
      </form>
      {keyMissing && provider && (
        <p class="notice">
          {t('home.nokey', { provider: provider.name })} <a href="/keys">{t('nav.apikeys')}</a>
        </p>
      )}
      <div class="examples">
        <span class="muted">{t('home.try')}</span>
        {EXAMPLES.map((key) => (
          <button type="button" key={key} class="example" onClick={() => (write(t(key)), document.getElementById('composer')?.focus())}>
            {t(key)}
          </button>
        ))}
      </div>
      <Recent />
    </div>
  );
}

function Recent() {
  if (!listed.value || sessions.value.length === 0) return null;
  return (
    <section class="recent">
      <h2>{t('home.recent')}</h2>
      <ul>
        {sessions.value.slice(0, 8).map((s) => (
          <SessionRow key={s.id} session={s} />
        ))}
      </ul>
      <a class="button" href="/new">
        <Icon name="plus" /> {t('nav.new')}
      </a>
    </section>
  );
}
