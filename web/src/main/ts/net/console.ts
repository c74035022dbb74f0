// The serial console over a WebSocket: bytes with offsets, credit by acknowledgement, reconnect without duplicates.

import { backoff } from './stream';

const ACK_EVERY = 65_536;

export type LinkState = 'connecting' | 'open' | 'lost' | 'ended';

export interface ConsoleListener {
  /** More bytes; call done when they are shown, for only then more are asked for. */
  data(bytes: Uint8Array, done: () => void): void;
  /** What was shown is not what comes before the next bytes: start on an empty screen. */
  reset(): void;
  /** The server left bytes out because the reader was too slow, or they are no longer kept. */
  skipped(bytes: number): void;
  state(state: LinkState): void;
}

type Control =
  | { type: 'start'; offset: number; begin: number }
  | { type: 'skipped'; bytes: number; offset: number }
  | { type: 'end' };

export class ConsoleLink {
  private socket: WebSocket | null = null;
  /** Offset of the next byte expected. */
  private offset = 0;
  private shown = 0;
  private acked = 0;
  private attempt = 0;
  private retry = 0;
  private closed = false;
  private ended = false;
  /** Counts connections, so that what a former one still has in flight is not counted for the next. */
  private era = 0;

  constructor(
    private readonly session: string,
    private readonly listener: ConsoleListener,
  ) {}

  start(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    this.listener.state('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/api/v1/sessions/${encodeURIComponent(this.session)}/console?from=${this.offset}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`, 'execlaw-console');
    socket.binaryType = 'arraybuffer';
    const era = ++this.era;
    socket.onmessage = (m: MessageEvent<string | ArrayBuffer>) => {
      if (typeof m.data === 'string') this.control(JSON.parse(m.data) as Control);
      else this.bytes(new Uint8Array(m.data), era);
    };
    socket.onclose = () => {
      if (this.socket !== socket || this.closed) return;
      this.socket = null;
      if (this.ended) return;
      this.listener.state('lost');
      this.retry = window.setTimeout(() => this.start(), backoff(this.attempt++, Math.random));
    };
    this.socket = socket;
  }

  /** Sends what was typed; lost when the link is down, as on any terminal. */
  send(input: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(input);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }

  private control(message: Control): void {
    switch (message.type) {
      case 'start':
        this.attempt = 0;
        // A restarted machine begins at 0 again; an offset that is no longer kept moves on.
        if (message.offset < this.offset) this.listener.reset();
        else if (message.offset > this.offset) this.listener.skipped(message.offset - this.offset);
        this.offset = this.shown = this.acked = message.offset;
        this.listener.state('open');
        return;
      case 'skipped':
        this.offset = message.offset;
        this.listener.skipped(message.bytes);
        return;
      case 'end':
        this.ended = true;
        this.listener.state('ended');
    }
  }

  private bytes(data: Uint8Array, era: number): void {
    this.offset += data.length;
    const end = this.offset;
    this.listener.data(data, () => {
      if (era !== this.era) return;
      this.shown = end;
      if (this.shown - this.acked < ACK_EVERY || this.socket?.readyState !== WebSocket.OPEN) return;
      this.acked = this.shown;
      this.socket.send(JSON.stringify({ type: 'ack', offset: this.shown }));
    });
  }
}
