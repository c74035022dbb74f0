// Messages on their way. Each keeps its key until the server has it, so that a repeat is never a second message.

import { signal } from '@preact/signals';
import type { Problem } from '../model/types';
import { api, ApiError, newKey } from '../net/api';
import { connection, noteRefusal, serverNow } from './store';

export interface Outgoing {
  key: string;
  session: string;
  text: string;
  /** When it was written, by the server's clock. */
  at: number;
  state: 'sending' | 'waiting' | 'refused' | 'sent';
  /** Known once sent; the entry goes when the message is seen in the session's events. */
  messageId: string | null;
  problem: Problem | null;
}

export const outbox = signal<readonly Outgoing[]>([]);

function change(key: string, to: Partial<Outgoing>): void {
  outbox.value = outbox.value.map((o) => (o.key === key ? { ...o, ...to } : o));
}

export function send(session: string, text: string): void {
  const entry: Outgoing = { key: newKey(), session, text, at: serverNow(), state: 'sending', messageId: null, problem: null };
  outbox.value = [...outbox.value, entry];
  void deliver(entry);
}

async function deliver({ key, session, text }: Outgoing): Promise<void> {
  change(key, { state: 'sending', problem: null });
  try {
    const { messageId } = await api.send(session, text, key);
    change(key, { state: 'sent', messageId });
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    noteRefusal(e);
    change(key, e.offline ? { state: 'waiting' } : { state: 'refused', problem: e.problem });
  }
}

export function again(key: string): void {
  const entry = outbox.value.find((o) => o.key === key);
  if (entry) void deliver(entry);
}

export function discard(key: string): void {
  outbox.value = outbox.value.filter((o) => o.key !== key);
}

/** Forgets what the session's events show by now. */
export function settle(session: string, seen: (messageId: string) => boolean): void {
  const rest = outbox.value.filter((o) => o.session !== session || o.messageId === null || !seen(o.messageId));
  if (rest.length !== outbox.value.length) outbox.value = rest;
}

/** Sends what waited, in order, whenever the connection is back. */
export function startOutbox(): void {
  connection.subscribe(({ up }) => {
    if (!up) return;
    void outbox.value
      .filter((o) => o.state === 'waiting')
      .reduce((before, o) => before.then(() => deliver(o)), Promise.resolve());
  });
}
