import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import type { Session } from '../model/types';
import { setTheme, theme, type Theme } from '../state/prefs';
import { pathOf, route } from '../state/router';
import { listed, obstacles, sessions, serverNow, signedOut, system, unread } from '../state/store';
import { plural, t, type Key } from '../text/i18n';
import { ago } from '../text/format';
import { Icon, Mark } from '../ui/Icon';
import { Glyph, Statuses } from '../ui/Status';
import { keysOpen } from './Keys';

export const drawerOpen = signal(false);

type Group = 'waiting' | 'working' | 'ready' | 'asleep' | 'stopped';
const GROUPS: readonly Group[] = ['waiting', 'working', 'ready', 'asleep', 'stopped'];

export function groupOf(s: Session): Group {
  if (s.state === 'stopped' || s.state === 'failed' || s.state === 'stopping') return 'stopped';
  if (s.state === 'paused') return 'asleep';
  if (s.agentState === 'waiting' || s.agentState === 'failed') return 'waiting';
  return s.agentState === 'working' || s.agentState === 'starting' ? 'working' : 'ready';
}

/** Sessions in the order in which the list shows them. */
export function inOrder(): Session[] {
  return GROUPS.flatMap((g) => sessions.value.filter((s) => groupOf(s) === g));
}

export function Sidebar() {
  const [find, setFind] = useState('');
  const text = find.trim().toLowerCase();
  const shown = sessions.value.filter((s) => text === '' || s.name.toLowerCase().includes(text));
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 60_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <nav id="sidebar" class="sidebar" aria-label={t('nav.sessions')}>
      <div class="brand">
        <a href="/">
          <Mark />
          <span>{t('app.name')}</span>
        </a>
        <button type="button" class="quiet square only-narrow" aria-label={t('nav.close')} onClick={() => (drawerOpen.value = false)}>
          <Icon name="close" />
        </button>
      </div>
      <a class="button new-session" href="/new">
        <Icon name="plus" /> {t('nav.new')}
      </a>
      {sessions.value.length > 5 && (
        <label class="find">
          <Icon name="search" />
          <input
            type="search"
            value={find}
            placeholder={t('nav.find')}
            aria-label={t('nav.find')}
            onInput={(e) => setFind(e.currentTarget.value)}
          />
        </label>
      )}
      <div class="session-list">
        {GROUPS.map((g) => (
          <GroupList key={g} group={g} members={shown.filter((s) => groupOf(s) === g)} />
        ))}
        {listed.value && sessions.value.length === 0 && <p class="muted empty">{t('nav.none')}</p>}
        {sessions.value.length > 0 && shown.length === 0 && (
          <p class="muted empty">
            {t('nav.nomatch', { text: find })}{' '}
            <button type="button" class="quiet" onClick={() => setFind('')}>
              {t('nav.clear')}
            </button>
          </p>
        )}
      </div>
      <Foot />
    </nav>
  );
}

function GroupList({ group, members }: { group: Group; members: Session[] }) {
  if (members.length === 0) return null;
  return (
    <section>
      <h2 class="group" id={`group-${group}`}>
        {t(`group.${group}` as Key)}
      </h2>
      <ul aria-labelledby={`group-${group}`}>
        {members.map((s) => (
          <SessionRow key={s.id} session={s} />
        ))}
      </ul>
    </section>
  );
}

export function SessionRow({ session }: { session: Session }) {
  const here = route.value.page === 'session' && route.value.id === session.id;
  const fresh = unread.value.has(session.id);
  return (
    <li>
      <a class="session-row" href={pathOf(session.id)} aria-current={here ? 'page' : undefined}>
        <span class="session-name">
          <span>{session.name}</span>
          {fresh && <span class="unread">{t('nav.unread')}</span>}
        </span>
        <span class="session-when">{ago(serverNow() - Date.parse(session.lastActivityAt))}</span>
        <Statuses session={session} brief />
      </a>
    </li>
  );
}

function Foot() {
  return (
    <div class="foot">
      <label class="theme">
        <Icon name="sun" />
        <span class="offscreen">{t('nav.theme')}</span>
        <select value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as Theme)}>
          <option value="system">{t('theme.system')}</option>
          <option value="light">{t('theme.light')}</option>
          <option value="dark">{t('theme.dark')}</option>
        </select>
      </label>
      <button type="button" class="quiet square" aria-label={t('nav.keys')} title={t('nav.keys')} onClick={() => (keysOpen.value = true)}>
        <Icon name="keyboard" />
      </button>
      <button
        type="button"
        class="quiet square"
        aria-label={t('nav.signout')}
        title={t('nav.signout')}
        onClick={() => void fetch('/logout', { method: 'POST' }).then(() => (signedOut.value = true))}
      >
        <Icon name="out" />
      </button>
      {system.value && (
        <a class="version" href="/host" title={t('host.title')} aria-current={route.value.page === 'host' ? 'page' : undefined}>
          <span class="offscreen">{t('host.title')}: </span>
          {obstacles.value.length > 0 && <Glyph tone="warn" />}
          {system.value.version}
          {obstacles.value.length > 0 && <span class="offscreen"> ({plural('host.obstacles', obstacles.value.length)})</span>}
        </a>
      )}
    </div>
  );
}
