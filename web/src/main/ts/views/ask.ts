// Sleep, checkpoints, rewinds and forks: what is being asked of whom, and what is under way.

import { signal } from '@preact/signals';
import type { UserItem } from '../model/fold';
import type { Problem, Session } from '../model/types';
import { api, ApiError } from '../net/api';
import { report } from '../ui/report';
import { waking } from '../ui/Status';

/** What a dialog asks about. */
export type Ask =
  | { what: 'rewind'; session: Session; seq: number; message: UserItem | null }
  | { what: 'fork'; session: Session; seq: number | null }
  | { what: 'checkpoint'; session: Session }
  | { what: 'limits'; session: Session }
  | { what: 'model'; session: Session }
  | { what: 'email'; session: Session }
  | { what: 'pause'; session: Session; problem: Problem };

export const ask = signal<Ask | null>(null);

function setWaking(id: string, yes: boolean): void {
  const next = new Set(waking.value);
  if (yes) next.add(id);
  else next.delete(id);
  waking.value = next;
}

/** Puts the machine to sleep; when it is busy, asks whether to do it all the same. Its events tell of the rest. */
export async function pause(session: Session, force = false): Promise<void> {
  try {
    await api.pause(session.id, force);
  } catch (e) {
    if (!force && e instanceof ApiError && e.status === 409) ask.value = { what: 'pause', session, problem: e.problem };
    else report(e);
  }
}

export async function resume(id: string): Promise<void> {
  setWaking(id, true);
  try {
    await api.resume(id);
  } catch (e) {
    report(e);
  } finally {
    setWaking(id, false);
  }
}
