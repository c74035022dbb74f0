// Typed calls of /api/v1. Every call has a deadline; every refusal is an ApiError with code, detail and next step.

import type { Checkpoint, CreateSession, Diff, ForkSession, Limits, LogEvent, ModelSettings, NetworkState, Policy, Problem, Session, SystemInfo } from '../model/types';

const BASE = '/api/v1';
const DEADLINE_MS = 30_000;

export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** HTTP status; 0 when there was no answer at all. */
    readonly status: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }

  /** No answer came: the request may or may not have arrived, so only one with a key may be repeated. */
  get offline(): boolean {
    return this.status === 0;
  }
}

/** A key that makes a POST safe to repeat. Works outside secure contexts, where randomUUID does not exist. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export async function call<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key !== undefined) headers['Idempotency-Key'] = key;
  let response: Response;
  let text: string;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    text = await response.text();
  } catch (e) {
    throw new ApiError({ code: 'OFFLINE', detail: String(e), next: '' }, 0);
  }
  if (!response.ok) {
    const problem = problemOf(text, response);
    // A proxy that finds no server answers in the server's place.
    const absent = problem.code === `HTTP_${response.status}` && response.status >= 502 && response.status <= 504;
    throw new ApiError(absent ? { ...problem, code: 'OFFLINE' } : problem, absent ? 0 : response.status);
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function problemOf(text: string, response: Response): Problem {
  try {
    const p = JSON.parse(text) as Partial<Problem>;
    if (typeof p.code === 'string') return { code: p.code, detail: p.detail ?? '', next: p.next ?? '' };
  } catch {
    // Not one of ours, for instance a proxy's page; its status line says what there is to say.
  }
  return { code: `HTTP_${response.status}`, detail: `${response.status} ${response.statusText}`, next: '' };
}

const session = (id: string) => `/sessions/${encodeURIComponent(id)}`;

export interface Page {
  events: LogEvent[];
  next: number;
}

export const api = {
  system: () => call<SystemInfo>('GET', '/system'),
  emails: () => call<{ available: boolean; recipients: string[] }>('GET', '/email'),
  email: (id: string, to: string) => call<{ to: string }>('POST', `${session(id)}/email`, { to }, newKey()),
  sessions: async () => (await call<{ sessions: Session[] }>('GET', '/sessions')).sessions,
  session: (id: string) => call<Session>('GET', session(id)),
  create: (body: CreateSession, key: string) => call<Session>('POST', '/sessions', body, key),
  rename: (id: string, name: string) => call<Session>('PATCH', session(id), { name }),
  remove: (id: string) => call<void>('DELETE', session(id)),
  send: (id: string, text: string, key: string) =>
    call<{ messageId: string; state: 'queued' | 'running' }>('POST', `${session(id)}/messages`, { text }, key),
  unqueue: (id: string, message: string) =>
    call<void>('DELETE', `${session(id)}/messages/${encodeURIComponent(message)}`),
  stop: (id: string) => call<Session>('POST', `${session(id)}/stop`, undefined, newKey()),
  start: (id: string) => call<Session>('POST', `${session(id)}/start`, undefined, newKey()),
  network: (id: string) => call<NetworkState>('GET', `${session(id)}/network`),
  setNetwork: (id: string, to: Policy) => call<NetworkState>('PUT', `${session(id)}/network`, to),
  setPolicy: (id: string, to: Limits) => call<Session>('PUT', `${session(id)}/policy`, to),
  setModel: (id: string, to: { provider: string; model: string; apiKey?: string }) =>
    call<Session>('PUT', `${session(id)}/model`, to),
  modelSettings: (id: string) => call<ModelSettings>('GET', `${session(id)}/model-settings`),
  setModelSettings: (id: string, to: ModelSettings) => call<Session>('PUT', `${session(id)}/model-settings`, to),
  pause: (id: string, force: boolean) => call<Session>('POST', `${session(id)}/pause`, { force }, newKey()),
  resume: (id: string) => call<Session>('POST', `${session(id)}/resume`, undefined, newKey()),
  checkpoints: async (id: string) =>
    (await call<{ checkpoints: Checkpoint[] }>('GET', `${session(id)}/checkpoints`)).checkpoints,
  checkpoint: (id: string, name: string) =>
    call<Checkpoint>('POST', `${session(id)}/checkpoints`, name === '' ? {} : { name }, newKey()),
  rewind: (id: string, seq: number) => call<Session>('POST', `${session(id)}/rewind`, { seq }, newKey()),
  fork: async (id: string, body: ForkSession) =>
    (await call<{ sessions: Session[] }>('POST', `${session(id)}/fork`, body, newKey())).sessions,
  diff: (id: string, from: number | null, to: number | null) => {
    const range = new URLSearchParams();
    if (from !== null) range.set('from', String(from));
    if (to !== null) range.set('to', String(to));
    return call<Diff>('GET', `${session(id)}/diff?${range}`);
  },
  interrupt: (id: string) => call<Session>('POST', `${session(id)}/interrupt`, undefined, newKey()),
  output: async (id: string, tool: string) =>
    (await call<{ output: string }>('GET', `${session(id)}/outputs/${encodeURIComponent(tool)}`)).output,
  events: (id: string, after: number, limit: number) =>
    call<Page>('GET', `${session(id)}/events?after=${after}&limit=${limit}`),
};

/** Answers the agent's question for leave. Not among those above: only a page that comes later needs it. */
export const answerPermission = (id: string, request: string, option: string) =>
  call<Session>('POST', `${session(id)}/permissions/${encodeURIComponent(request)}`, { option }, newKey());
