// A session's network: how it is isolated, what its guest may reach, what went through.

import { useEffect, useState } from 'preact/hooks';
import type { Session, SessionNetwork } from '../model/types';
import { api, ApiError } from '../net/api';
import { noteRefusal } from '../state/store';
import { t, type Key } from '../text/i18n';
import { toast } from '../ui/notify';
import { draftOf, policyOf, PolicyField, wrongEntry, type Draft, type WrongEntry } from './Policy';
import { Counters } from './Counters';
import { ErrorCard } from './ErrorCard';

export function Network({ session }: { session: Session }) {
  const network = session.network ?? null;
  if (!network) {
    return (
      <>
        <p class="muted">{t('net.absent')}</p>
        <Facts rows={[[t('info.isolation'), session.isolation]]} />
      </>
    );
  }
  return (
    <>
      {network.mode === 'user' && (
        <p class="net-note">
          {t('net.user')} <a href="/host">{t('net.why')}</a>
        </p>
      )}
      <Facts
        rows={[
          [t('info.isolation'), network.isolation],
          [t('net.mode'), t(network.mode === 'tap' ? 'net.mode.tap' : 'net.mode.user')],
          [t('net.effective'), t(`policy.${network.effective}` as Key)],
          [t('net.guest'), network.guest],
          [t('net.gateway'), network.gateway],
        ]}
      />
      {network.mode === 'tap' && <PolicyForm id={session.id} network={network} />}
      {network.mode === 'tap' && session.state !== 'stopped' && session.state !== 'failed' && <Counters id={session.id} />}
    </>
  );
}

/** Names and values; a third part, where there is one, says why it is so. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: string, why?: string])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value, why]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} {why && <span class="field-note">{why}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const same = (a: Draft, b: Draft) => JSON.stringify(policyOf(a)) === JSON.stringify(policyOf(b));

/** The policy as it is, until someone edits it: then what others change does not disturb what is being written. */
function PolicyForm({ id, network }: { id: string; network: SessionNetwork }) {
  const [edited, edit] = useState<Draft | null>(null);
  // What the server answered, until its event brings the same.
  const [applied, setApplied] = useState<Draft | null>(null);
  const [wrong, setWrong] = useState<WrongEntry | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => setApplied(null), [network]);
  const known = applied ?? draftOf(network);
  const draft = edited ?? known;
  const changed = !same(draft, known);
  const forget = () => {
    setWrong(null);
    setFailed(null);
  };
  const apply = async () => {
    if (busy || !changed) return;
    setBusy(true);
    forget();
    try {
      setApplied(draftOf(await api.setNetwork(id, policyOf(draft))));
      // What was written meanwhile is still to be applied.
      edit((latest) => (latest === edited ? null : latest));
      toast(t('policy.applied'));
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      noteRefusal(e);
      const entry = wrongEntry(draft, e.problem);
      if (entry) setWrong(entry);
      else setFailed(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="form policy-form"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void apply();
      }}
    >
      <PolicyField
        draft={draft}
        wrong={wrong}
        onChange={(next) => {
          edit(next);
          forget();
        }}
      />
      {failed && <ErrorCard problem={failed.problem} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={busy || !changed}>
          {t(busy ? 'policy.applying' : 'policy.apply')}
        </button>
        {changed && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              edit(null);
              forget();
            }}
          >
            {t('policy.discard')}
          </button>
        )}
      </p>
    </form>
  );
}
