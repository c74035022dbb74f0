import { useState } from 'preact/hooks';
import type { BootItem } from '../model/fold';
import type { Session } from '../model/types';
import { api } from '../net/api';
import { remember } from '../state/prefs';
import { go } from '../state/router';
import { forget, type OpenView } from '../state/store';
import { bootSummary } from '../text/boot';
import { number, t } from '../text/i18n';
import { dateTime, mebibytes } from '../text/format';
import { Dialog } from '../ui/Dialog';
import { toast } from '../ui/notify';
import { report } from '../ui/report';
import { ask } from './ask';
import { Facts, Network } from './Network';
import { Budgets, ModelForm } from './Steering';
import { Timeline } from './Timeline';

export function Info({ session, opened }: { session: Session; opened: OpenView }) {
  const view = opened.view.value;
  const boots = view.items.filter((i): i is BootItem => i.kind === 'boot');
  const starting = session.state === 'creating' || session.state === 'booting' || session.agentState === 'starting';
  const rows: [string, string][] = [
    [t('info.provider'), session.provider],
    [t('info.model'), session.model],
    [t('info.agent'), session.agentVersion ? `${session.agent} ${session.agentVersion}` : session.agent],
    [t('info.driver'), session.driver],
    [t('info.cpus'), number(session.vcpus)],
    [t('info.memory'), mebibytes(session.memoryMiB)],
    [t('info.created'), dateTime(session.createdAt)],
    [t('info.active'), dateTime(session.lastActivityAt)],
    [t('info.id'), session.id],
  ];
  return (
    <div class="page info">
      <h2>{t('info.boots')}</h2>
      {boots.length === 0 && <p class="muted">{t('info.noboots')}</p>}
      {boots.toReversed().map((boot, i) => (
        <section key={boot.seq} class="boot-box" aria-label={bootSummary(boot)}>
          <h3>
            <time dateTime={new Date(boot.at).toISOString()}>{dateTime(new Date(boot.at).toISOString())}</time>
            {!boot.open && <span class="muted"> {bootSummary(boot)}</span>}
          </h3>
          <Timeline item={boot} session={session} live={i === 0 && boot.open && starting} />
        </section>
      ))}
      <section class="network" aria-labelledby="network">
        <h2 id="network">{t('net.title')}</h2>
        <Network session={session} />
      </section>
      <h2>{t('info.settings')}</h2>
      <Rename session={session} />
      <Facts rows={rows} />
      <h2>{t('limits.title')}</h2>
      <Budgets session={session} change={() => (ask.value = { what: 'limits', session })} />
      <h2>{t('tune.title')}</h2>
      <ModelForm key={session.id} session={session} />
      <h2>{t('info.danger')}</h2>
      <Danger session={session} />
    </div>
  );
}

function Rename({ session }: { session: Session }) {
  const [name, setName] = useState(session.name);
  const same = name.trim() === session.name || name.trim() === '';
  return (
    <form
      class="field rename"
      onSubmit={(e) => {
        e.preventDefault();
        if (!same) void api.rename(session.id, name.trim()).catch(report);
      }}
    >
      <label for="rename">{t('new.name')}</label>
      <input id="rename" type="text" value={name} maxLength={80} onInput={(e) => setName(e.currentTarget.value)} />
      <button type="submit" disabled={same}>
        {t('info.rename')}
      </button>
    </form>
  );
}

function Danger({ session }: { session: Session }) {
  const [asking, setAsking] = useState(false);
  const off = session.state === 'stopped' || session.state === 'failed';
  return (
    <div class="danger">
      {off ? (
        <Act title={t('info.start')} text={t('info.start.text')} run={() => api.start(session.id)} />
      ) : (
        <Act title={t('info.stop')} text={t('info.stop.text')} off={session.state === 'stopping'} run={() => api.stop(session.id)} />
      )}
      <div class="act">
        <p>{t('info.delete.text')}</p>
        <button type="button" class="dangerous" onClick={() => setAsking(true)}>
          {t('info.delete')}
        </button>
      </div>
      {asking && <DeleteDialog session={session} onClose={() => setAsking(false)} />}
    </div>
  );
}

function Act(props: { title: string; text: string; off?: boolean; run: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const run = () => {
    setBusy(true);
    props
      .run()
      .catch(report)
      .finally(() => setBusy(false));
  };
  return (
    <div class="act">
      <p>{props.text}</p>
      <button type="button" disabled={busy || props.off} onClick={run}>
        {props.title}
      </button>
    </div>
  );
}

function DeleteDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const remove = () => {
    setBusy(true);
    api.remove(session.id).then(
      () => {
        remember(`draft.${session.id}`, null);
        go('/');
        forget(session.id);
        toast(t('info.deleted', { name: session.name }));
      },
      (e: unknown) => {
        setBusy(false);
        report(e);
      },
    );
  };
  return (
    <Dialog title={t('info.delete.ask', { name: session.name })} onClose={onClose}>
      <p>{t('info.delete.lost')}</p>
      <p class="actions end">
        <button type="button" onClick={onClose}>
          {t('dialog.cancel')}
        </button>
        <button type="button" class="dangerous" disabled={busy} onClick={remove}>
          {t(busy ? 'info.deleting' : 'info.delete')}
        </button>
      </p>
    </Dialog>
  );
}
