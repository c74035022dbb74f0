// The questions that come before something happens to a machine as a whole.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { pathTo, within } from '../model/branch';
import type { View } from '../model/fold';
import { choice, type Session } from '../model/types';
import { api, ApiError } from '../net/api';
import { go, pathOf } from '../state/router';
import { learn, noteRefusal, open, recipients, system } from '../state/store';
import { line } from '../text/format';
import { plural, t } from '../text/i18n';
import { Dialog } from '../ui/Dialog';
import { toast } from '../ui/notify';
import { ask, pause, type Ask } from './ask';
import { ErrorCard } from './ErrorCard';
import { LimitsQuestion, ModelQuestion } from './Steering';

const MOST_FORKS = 10;
const close = () => (ask.value = null);

export function Asking() {
  const asked = ask.value;
  switch (asked?.what) {
    case undefined:
      return null;
    case 'rewind':
      return <Rewind ask={asked as Ask & { what: 'rewind' }} />;
    case 'fork':
      return <Fork ask={asked as Ask & { what: 'fork' }} />;
    case 'limits':
      return <LimitsQuestion session={(asked as Ask).session} />;
    case 'model':
      return <ModelQuestion session={(asked as Ask).session} />;
    case 'checkpoint':
      return <Named session={(asked as Ask).session} />;
    case 'email':
      return <Email session={(asked as Ask).session} />;
    case 'pause':
      return <Force ask={asked as Ask & { what: 'pause' }} />;
  }
}

/** A form in a dialog: closes when what it does is done; where it is refused, stays and says why. */
export function Question(props: { title: string; go: string; run: () => Promise<void>; children: ComponentChildren }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const submit = (e: Event) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailed(null);
    props.run().then(close, (error: unknown) => {
      setBusy(false);
      if (!(error instanceof ApiError)) throw error;
      noteRefusal(error);
      setFailed(error);
    });
  };
  return (
    <Dialog title={props.title} onClose={close}>
      <form class="question" onSubmit={submit}>
        {props.children}
        {failed && (
          <div role="alert">
            <ErrorCard problem={failed.problem} />
          </div>
        )}
        <p class="actions end">
          <button type="button" onClick={close}>
            {t('dialog.cancel')}
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {props.go}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** The user's messages that a rewind takes away, and those that it brings back. */
function effect(view: View, seq: number): { undone: number; restored: number } {
  const now = pathTo(view.jumps, view.seq);
  const then = pathTo(view.jumps, seq);
  const messages = view.items.filter((i) => i.kind === 'user');
  return {
    undone: messages.filter((i) => within(now, i.seq) && !within(then, i.seq)).length,
    restored: messages.filter((i) => !within(now, i.seq) && within(then, i.seq)).length,
  };
}

function Rewind({ ask: { session, seq, message } }: { ask: Ask & { what: 'rewind' } }) {
  const { undone, restored } = effect(open(session.id).view.value, seq);
  const run = async () => {
    await api.rewind(session.id, seq);
    if (message) dispatchEvent(new CustomEvent('execlaw:draft', { detail: message.text }));
    // What was pressed may be among what is undone; the dialog gives the focus back to it first.
    requestAnimationFrame(() => document.getElementById('composer')?.focus());
  };
  return (
    <Question title={t(restored > 0 ? 'rewind.ask.restore' : 'rewind.ask')} go={t(restored > 0 ? 'rewind.restore' : 'rewind.go')} run={run}>
      {message && <p>{t('rewind.before', { text: line(message.text, 80) })}</p>}
      {restored > 0 && <p>{plural('rewind.restored', restored)}</p>}
      {undone > 0 && <p>{plural('rewind.undone', undone)}</p>}
      <p class="muted">{t('rewind.kept')}</p>
    </Question>
  );
}

function Fork({ ask: { session, seq } }: { ask: Ask & { what: 'fork' } }) {
  const [models, setModels] = useState<readonly string[]>([session.model]);
  const known = (system.value?.providers.find((p) => p.id === session.provider)?.models ?? []).map(choice);
  const choices = known.some((m) => m.id === session.model) ? known : [{ id: session.model, name: session.model }, ...known];
  const resize = (n: number) => setModels(Array.from({ length: n }, (_, i) => models[i] ?? session.model));
  const run = async () => {
    const other = models.some((m) => m !== session.model);
    const made = await api.fork(session.id, { ...(seq !== null && { seq }), count: models.length, ...(other && { models: [...models] }) });
    for (const each of made) learn(each);
    toast(plural('fork.made', made.length));
    const first = made[0];
    if (first) go(made.length === 1 ? pathOf(first.id) : pathOf(session.id, 'history'));
  };
  return (
    <Question title={t('fork.ask', { name: session.name })} go={t('fork.go')} run={run}>
      <p>{t(seq === null ? 'fork.now' : 'fork.then')}</p>
      <div class="field">
        <label for="fork-count">{t('fork.count')}</label>
        <select id="fork-count" value={models.length} onChange={(e) => resize(Number(e.currentTarget.value))}>
          {Array.from({ length: MOST_FORKS }, (_, i) => (
            <option key={i}>{i + 1}</option>
          ))}
        </select>
      </div>
      <fieldset class="models">
        <legend>{t('new.model')}</legend>
        {models.map((model, i) => (
          <select
            key={i}
            aria-label={t('fork.model', { n: i + 1 })}
            value={model}
            onChange={(e) => setModels(models.map((m, at) => (at === i ? e.currentTarget.value : m)))}
          >
            {choices.map((m) => (
              <option key={m.id} value={m.id}>
                {m.name}
              </option>
            ))}
          </select>
        ))}
      </fieldset>
    </Question>
  );
}

function Email({ session }: { session: Session }) {
  const allowed = recipients.value ?? [];
  const [to, setTo] = useState(allowed.find((each) => !each.startsWith('*')) ?? '');
  const run = async () => {
    const sent = await api.email(session.id, to.trim());
    toast(t('email.sent', { to: sent.to }));
  };
  return (
    <Question title={t('email.ask')} go={t('email.go')} run={run}>
      <p>{t('email.text', { allowed: allowed.join(', ') })}</p>
      <div class="field">
        <label for="email-to">{t('email.to')}</label>
        <input id="email-to" type="email" required value={to} onInput={(e) => setTo(e.currentTarget.value)} />
      </div>
    </Question>
  );
}

function Named({ session }: { session: Session }) {
  const [name, setName] = useState('');
  const run = async () => {
    await api.checkpoint(session.id, name.trim());
    toast(t('checkpoint.made'));
  };
  return (
    <Question title={t('checkpoint.ask')} go={t('checkpoint.go')} run={run}>
      <p>{t('checkpoint.text')}</p>
      <div class="field">
        <label for="checkpoint-name">{t('new.name')}</label>
        <input id="checkpoint-name" type="text" maxLength={80} autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />
      </div>
    </Question>
  );
}

function Force({ ask: { session, problem } }: { ask: Ask & { what: 'pause' } }) {
  return (
    <Question title={t('pause.ask')} go={t('pause.go')} run={() => pause(session, true)}>
      <p>{problem.detail}</p>
      <p>{t('pause.text')}</p>
    </Question>
  );
}
