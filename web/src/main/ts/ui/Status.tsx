// The two statuses, never merged: glyph and word for the machine, glyph and word for the agent.

import { signal } from '@preact/signals';
import type { Session } from '../model/types';
import { t, type Key } from '../text/i18n';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export function machineTone(s: Session): Tone {
  if (isWaking(s)) return 'busy';
  switch (s.state) {
    case 'creating':
    case 'booting':
    case 'stopping':
      return 'busy';
    case 'running':
      return 'good';
    case 'paused':
    case 'stopped':
      return 'off';
    case 'failed':
      return 'bad';
  }
}

export function agentTone(s: Session): Tone {
  switch (s.agentState) {
    case 'starting':
    case 'working':
      return 'busy';
    case 'idle':
      return 'good';
    case 'waiting':
      return 'warn';
    case 'failed':
      return 'bad';
  }
}

/** Without a machine there is no agent whose status could be told. */
export const hasAgent = (s: Session) => s.state === 'running' || s.state === 'booting' || s.state === 'creating';

/** A sleeping machine with a message waiting is on its way up. */
export const isWaking = (s: Session) => s.waking === true || (s.state === 'paused' && (s.queue.length > 0 || waking.value.has(s.id)));
/** Sessions whose machine is being woken because someone here asked for it. */
export const waking = signal<ReadonlySet<string>>(new Set());

export const machineWord = (s: Session) => t(isWaking(s) ? 'machine.waking' : (`machine.${s.state}` as Key));
export const agentWord = (s: Session) =>
  t(s.state === 'paused' ? (isWaking(s) ? 'agent.starting' : 'agent.asleep') : hasAgent(s) ? (`agent.${s.agentState}` as Key) : 'status.none');

/** The word that matters most, for titles. */
export function headline(s: Session): string {
  return s.state === 'running' ? agentWord(s) : machineWord(s);
}

/** A different shape for each tone, so that colour is never alone. */
export function Glyph({ tone }: { tone: Tone }) {
  return (
    <svg class={`glyph ${tone}`} viewBox="0 0 10 10" aria-hidden="true" focusable="false">
      {tone === 'good' && <circle cx="5" cy="5" r="3.500" class="fill" />}
      {tone === 'busy' && <path d="M5 1.500a3.500 3.500 0 1 1-3.500 3.500" class="line" />}
      {tone === 'warn' && <path d="M5 1l4 4-4 4-4-4z" class="fill" />}
      {tone === 'bad' && <path d="M2 2l6 6M8 2l-6 6" class="line" />}
      {tone === 'off' && <circle cx="5" cy="5" r="3" class="line" />}
    </svg>
  );
}

/** In a list, the agent of a machine that sleeps is not told of: it sleeps with it. */
export function Statuses({ session, brief }: { session: Session; brief?: boolean }) {
  return (
    <span class="statuses">
      <span class="status">
        <span class="offscreen">{t('status.machine')}: </span>
        <Glyph tone={machineTone(session)} />
        {machineWord(session)}
      </span>
      {!(brief && session.state === 'paused') && (
        <span class="status">
          <span class="offscreen">{t('status.agent')}: </span>
          <Glyph tone={hasAgent(session) ? agentTone(session) : 'off'} />
          {agentWord(session)}
        </span>
      )}
    </span>
  );
}
