import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { route, type Route } from '../state/router';
import { byId, connection, signedOut, stream, unread } from '../state/store';
import { t, type Key } from '../text/i18n';
import { duration } from '../text/format';
import { Notices } from '../ui/notify';
import { headline } from '../ui/Status';
import { useClock } from '../ui/useClock';
import { Home } from './Home';
import { keysOpen } from './Keys';
import { MenuButton } from './MenuButton';
import { ask } from './ask';
import { Later, Report } from './Later';
import { SessionPage } from './SessionPage';
import { drawerOpen, Sidebar } from './Sidebar';

export function App() {
  const here = route.value;
  const main = useRef<HTMLElement>(null);
  useTitle(here);
  useFocusOnNavigation(here, main);
  useDrawer(here);
  if (signedOut.value) return <SignIn />;
  return (
    <div class={drawerOpen.value ? 'shell drawer' : 'shell'}>
      <a class="skip" href="#composer" onClick={(e) => (e.preventDefault(), document.getElementById('composer')?.focus())}>
        {t('app.skip')}
      </a>
      <Sidebar />
      {drawerOpen.value && <div class="scrim" onClick={() => (drawerOpen.value = false)} />}
      <main ref={main} tabIndex={-1}>
        <ConnectionBar />
        <Page here={here} />
      </main>
      {keysOpen.value && <Later page={(p) => <p.KeysDialog />} />}
      {ask.value && <Later page={(p) => <p.Asking />} />}
      <Notices />
    </div>
  );
}

function Page({ here }: { here: Route }) {
  switch (here.page) {
    case 'session':
      return <SessionPage id={here.id} tab={here.tab} />;
    case 'home':
    case 'new':
    case 'host':
    case 'keys':
    case 'usage':
    case 'unknown':
      return (
        // What scrolls and has nothing to stop at must be a stop itself, or the keyboard could not scroll it.
        <div class="scroll" {...((here.page === 'host' || here.page === 'usage') && { tabIndex: 0, role: 'region', 'aria-label': t(TITLES[here.page]) })}>
          <header class="head only-narrow">
            <MenuButton />
          </header>
          {here.page === 'home' && <Home />}
          {here.page === 'new' && <Later page={(p) => <p.NewSession />} />}
          {here.page === 'host' && <Later page={(p) => <p.Host />} />}
          {here.page === 'keys' && <Report page={(p) => <p.ProviderKeys />} />}
          {here.page === 'usage' && <Report page={(p) => <p.Usage />} />}
          {here.page === 'unknown' && <Unknown />}
        </div>
      );
  }
}

function Unknown() {
  return (
    <div class="page">
      <h1>{t('app.notfound.title')}</h1>
      <p class="lead">{t('app.notfound.text')}</p>
      <a class="button" href="/">
        {t('app.home')}
      </a>
    </div>
  );
}

function ConnectionBar() {
  const { up, known } = connection.value;
  const lost = known && !up;
  useClock(lost);
  if (!lost) return null;
  return (
    <div class="connection" role="status">
      <span>{t('conn.lost', { ago: duration(performance.now() - stream.lastFrame) })}</span>
      <button type="button" class="quiet" onClick={() => stream.now()}>
        {t('conn.retry')}
      </button>
    </div>
  );
}

function SignIn() {
  return (
    <main class="signin">
      <form action="/login" method="get" class="form">
        <h1>{t('app.signin.title')}</h1>
        <p>{t('app.signin.text')}</p>
        <div class="field">
          <label for="token">{t('app.signin.token')}</label>
          <input id="token" name="token" type="password" autocomplete="current-password" required />
        </div>
        <p class="actions">
          <button type="submit" class="primary">
            {t('app.signin.go')}
          </button>
        </p>
      </form>
    </main>
  );
}

const TITLES = { home: 'app.name', new: 'new.title', host: 'host.title', keys: 'nav.apikeys', usage: 'nav.usage', session: 'app.name', unknown: 'app.notfound.title' } as const satisfies Record<
  Route['page'],
  Key
>;

function useTitle(here: Route): void {
  const session = here.page === 'session' ? byId.value.get(here.id) : undefined;
  const waiting = unread.value.size;
  const title = session
    ? t('title.session', { name: session.name, status: headline(session) })
    : here.page === 'home'
      ? t('app.name')
      : t('title.page', { name: t(TITLES[here.page]) });
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
  }, [title, waiting]);
}

/** A page that was not loaded by the browser must move the reading position itself; a box that wants focus comes first. */
function useFocusOnNavigation(here: Route, main: { current: HTMLElement | null }): void {
  const first = useRef(true);
  const where = here.page === 'session' ? `${here.id}/${here.tab}` : here.page;
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const active = document.activeElement;
    if (active instanceof HTMLElement && active.id === 'composer') return;
    main.current?.focus({ preventScroll: true });
  }, [where]);
}

/** The drawer closes when one goes somewhere; while it is open, what is under it takes no focus. */
function useDrawer(here: Route): void {
  useEffect(() => {
    drawerOpen.value = false;
  }, [here]);
  const open = drawerOpen.value;
  // Before the next paint: then the hidden list has lost the focus, and nobody knows that it had it.
  useLayoutEffect(() => {
    const main = document.querySelector('main');
    if (main) main.inert = open;
    if (open) {
      document.querySelector<HTMLElement>('#sidebar a, #sidebar button')?.focus();
    } else if (document.activeElement?.closest('#sidebar')) {
      document.querySelector<HTMLElement>('[aria-controls="sidebar"]')?.focus();
    }
  }, [open]);
}
