// What went through a machine's network, renewed while someone looks.

import { useEffect, useState } from 'preact/hooks';
import type { Traffic } from '../model/types';
import { api, ApiError } from '../net/api';
import { noteRefusal } from '../state/store';
import { plural, t } from '../text/i18n';
import { bytes } from '../text/format';
import { say } from '../ui/notify';
import { Glyph } from '../ui/Status';

const EVERY_MS = 2_000;
/** After a failure: the server may be busy or may have said that it is asked too often. */
const LATER_MS = 10_000;

interface Reading {
  now: Traffic;
  before: Traffic | null;
  /** Between the two. */
  ms: number;
}

export function Counters({ id }: { id: string }) {
  const { reading, failed } = useReadings(id);
  if (!reading) return failed ? <p class="muted">{failed.problem.detail}</p> : null;
  const { now, before, ms } = reading;
  const rate = (part: 'sentBytes' | 'receivedBytes') => {
    const more = before ? now[part] - before[part] : 0;
    return more > 0 ? t('net.rate', { rate: bytes(Math.round((more * 1000) / ms)) }) : '';
  };
  const fresh = newlyHeld(reading);
  return (
    <>
      <h3 id="traffic">{t('net.counters')}</h3>
      <dl class="facts counters" aria-labelledby="traffic">
        <div>
          <dt>{t('net.sent')}</dt>
          <dd>
            {bytes(now.sentBytes)} <span class="muted">{plural('net.packets', now.sentPackets)} {rate('sentBytes')}</span>
          </dd>
        </div>
        <div>
          <dt>{t('net.received')}</dt>
          <dd>
            {bytes(now.receivedBytes)}{' '}
            <span class="muted">{plural('net.packets', now.receivedPackets)} {rate('receivedBytes')}</span>
          </dd>
        </div>
        <div class={now.droppedPackets > 0 ? 'held' : ''}>
          <dt>{t('net.held')}</dt>
          <dd>
            <Glyph tone={now.droppedPackets > 0 ? 'warn' : 'good'} />{' '}
            {now.droppedPackets === 0 ? t('net.held.none') : plural('net.packets', now.droppedPackets)}
            {now.droppedPackets > 0 && <span class="muted"> {bytes(now.droppedBytes)}</span>}
            {fresh > 0 && <strong> {t('net.held.now', { n: fresh })}</strong>}
            {now.droppedPackets > 0 && <span class="field-note">{t('net.held.hint')}</span>}
          </dd>
        </div>
      </dl>
      {failed && <p class="muted">{t('net.stale', { detail: failed.problem.detail })}</p>}
    </>
  );
}

/** A machine that started anew counts from zero again; that is no negative number of packets. */
const newlyHeld = ({ now, before }: Reading) => (before ? Math.max(0, now.droppedPackets - before.droppedPackets) : 0);

function useReadings(id: string): { reading: Reading | null; failed: ApiError | null } {
  const [reading, setReading] = useState<Reading | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  useEffect(() => {
    let closed = false;
    let timer = 0;
    let before: Traffic | null = null;
    let at = 0;
    let rising = false;
    const take = (now: Traffic | null) => {
      const time = performance.now();
      const next = now && { now, before, ms: Math.max(1, time - at) };
      before = now;
      at = time;
      setReading(next);
      setFailed(null);
      const fresh = next ? newlyHeld(next) : 0;
      if (fresh > 0 && !rising) say(plural('net.held.live', fresh));
      rising = fresh > 0;
    };
    const look = async () => {
      let wait = EVERY_MS;
      try {
        const state = await api.network(id);
        if (!closed) take(state.traffic);
      } catch (e) {
        if (!(e instanceof ApiError)) throw e;
        noteRefusal(e);
        if (!closed) setFailed(e);
        wait = LATER_MS;
      }
      if (!closed) timer = window.setTimeout(tick, wait);
    };
    // Asks nothing while nobody can see it; becoming visible asks at once.
    let resting = false;
    const tick = () => {
      resting = document.visibilityState !== 'visible';
      if (!resting) void look();
    };
    const onVisible = () => resting && tick();
    document.addEventListener('visibilitychange', onVisible);
    tick();
    return () => {
      closed = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [id]);
  return { reading, failed };
}
