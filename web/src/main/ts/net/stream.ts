// The one event stream of this browser. Among the tabs of one origin, whoever holds a Web Lock owns the EventSource and
// passes every frame on over a BroadcastChannel: browsers open only six HTTP/1.1 connections per origin, and one stream
// per tab would use them up. Where there are no Web Locks (plain HTTP on a LAN), every tab streams for itself.

import type { LogEvent } from '../model/types';

const SILENCE_MS = 40_000; // The server beats every 15 s: this is more than two missed beats.
const STALE_MS = 20_000;
const ANSWER_MS = 3_000;
const STEADY_MS = 30_000;
const STEPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const LOCK = 'execlaw-stream';

type Frame =
  | { kind: 'log'; cursor: number; event: LogEvent }
  | { kind: 'beat'; cursor: number | null; time: string }
  | { kind: 'resync'; cursor: number }
  | { kind: 'down' }
  | { kind: 'ask' };

/** Who is told. Called on the page's thread, in the order of the log. */
export interface Listener {
  log(event: LogEvent): void;
  /** The stream stands, for the first time or again; what was missed will come by itself unless resync follows. */
  up(): void;
  down(): void;
  /** Events were lost for good: read everything again. */
  resync(): void;
  /** Server's clock, ISO-8601. */
  beat(time: string): void;
  /** The stream was refused: the reason may be a missing login. */
  refused(): void;
}

/** How long to wait before attempt n (from 0), with a fifth of jitter so that a restarted server is not stormed. */
export function backoff(attempt: number, random: () => number): number {
  const step = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] ?? 30_000;
  return step * (0.8 + 0.4 * random());
}

export class Stream {
  private readonly channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(LOCK) : null;
  private source: EventSource | null = null;
  private cursor: number | null = null;
  private leading = false;
  private connected = false;
  private attempt = 0;
  private connectedAt = 0;
  private retry = 0;
  /** When something was heard last, by this page's monotonic clock. */
  lastFrame = performance.now();

  constructor(private readonly listener: Listener) {}

  start(): void {
    if (this.channel) {
      this.channel.onmessage = (m: MessageEvent<Frame>) => this.fromLeader(m.data);
    }
    if (navigator.locks && this.channel) {
      this.compete(false);
      this.channel.postMessage({ kind: 'ask' } satisfies Frame);
    } else {
      this.lead();
    }
    setInterval(() => this.watch(SILENCE_MS), 5_000);
    const look = () => {
      if (document.visibilityState === 'visible') this.watch(STALE_MS);
    };
    document.addEventListener('visibilitychange', look);
    addEventListener('pageshow', look);
    addEventListener('online', () => this.now());
    addEventListener('offline', () => this.lost());
  }

  /** Tries again at once instead of waiting for the next attempt. */
  now(): void {
    if (this.leading) {
      this.connect();
    } else {
      this.askOrSteal();
    }
  }

  private watch(limit: number): void {
    if (performance.now() - this.lastFrame < limit) return;
    if (!this.leading) {
      this.askOrSteal();
    } else if (this.source) {
      this.lost();
    }
  }

  /** The leader may sit in a frozen tab: ask it, and take its place when it does not answer. */
  private askOrSteal(): void {
    const asked = performance.now();
    this.channel?.postMessage({ kind: 'ask' } satisfies Frame);
    setTimeout(() => {
      if (!this.leading && this.lastFrame < asked) this.compete(true);
    }, ANSWER_MS);
  }

  private compete(steal: boolean): void {
    navigator.locks
      .request(LOCK, { steal }, () => {
        this.lead();
        return new Promise<void>(() => {});
      })
      .catch((e: unknown) => {
        if (!(e instanceof DOMException && e.name === 'AbortError')) throw e;
        this.leading = false;
        this.source?.close();
        this.source = null;
        clearTimeout(this.retry);
        this.compete(false);
      });
  }

  private lead(): void {
    this.leading = true;
    this.connect();
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.lastFrame = performance.now();
    const source = new EventSource('/api/v1/events' + (this.cursor === null ? '' : `?after=${this.cursor}`));
    this.source = source;
    source.addEventListener('hb', (e) => {
      const beat = JSON.parse((e as MessageEvent<string>).data) as { time: string; head?: number };
      this.emit({ kind: 'beat', cursor: this.cursor ?? beat.head ?? null, time: beat.time });
    });
    source.addEventListener('log', (e) => {
      const message = e as MessageEvent<string>;
      this.emit({ kind: 'log', cursor: Number(message.lastEventId), event: JSON.parse(message.data) as LogEvent });
    });
    source.addEventListener('resync', (e) => {
      const { head } = JSON.parse((e as MessageEvent<string>).data) as { head: number };
      this.emit({ kind: 'resync', cursor: head });
    });
    source.onerror = () => {
      if (this.source !== source) return;
      if (source.readyState === EventSource.CLOSED) this.listener.refused();
      this.lost();
    };
  }

  private lost(): void {
    if (!this.leading) return;
    this.source?.close();
    this.source = null;
    if (this.connected && performance.now() - this.connectedAt > STEADY_MS) this.attempt = 0;
    this.emit({ kind: 'down' });
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.connect(), backoff(this.attempt++, Math.random));
  }

  private emit(frame: Frame): void {
    this.channel?.postMessage(frame);
    this.take(frame);
  }

  private fromLeader(frame: Frame): void {
    if (frame.kind === 'ask') {
      if (this.leading && this.connected) {
        this.channel?.postMessage({ kind: 'beat', cursor: this.cursor, time: this.serverTime } satisfies Frame);
      } else if (this.leading) {
        this.connect();
      }
    } else if (!this.leading) {
      this.take(frame);
    }
  }

  private serverTime = new Date().toISOString();

  private take(frame: Frame): void {
    if (frame.kind === 'down') {
      this.connected = false;
      this.listener.down();
      return;
    }
    if (frame.kind === 'ask') return;
    this.lastFrame = performance.now();
    if (frame.cursor !== null) this.cursor = frame.cursor;
    if (!this.connected) {
      this.connected = true;
      this.connectedAt = performance.now();
      this.listener.up();
    }
    switch (frame.kind) {
      case 'log':
        this.listener.log(frame.event);
        return;
      case 'resync':
        this.listener.resync();
        return;
      case 'beat':
        this.serverTime = frame.time;
        this.listener.beat(frame.time);
    }
  }
}
