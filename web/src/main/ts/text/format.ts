// Durations, sizes and times for people.

import { language, number } from './i18n';

/** 0.4 s, 12 s, 1:05, 2:03:09; tenths only below ten seconds. */
export function duration(ms: number): string {
  const safe = Math.max(0, ms);
  if (safe < 9_950) return `${(safe / 1000).toFixed(1)} s`;
  const s = Math.round(safe / 1000);
  if (s < 60) return `${s} s`;
  return clock(safe);
}

/** Milliseconds below a second, else {@link duration}: for lists of steps. */
export function stepTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : duration(ms);
}

/** 0:42, 12:03, 1:02:03. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const rest = `${h ? two(Math.floor(s / 60) % 60) : Math.floor(s / 60)}:${two(s % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${number(Math.round(n / 1024))} KiB`;
  if (n < 1024 ** 3) return `${(n / 1024 ** 2).toFixed(1)} MiB`;
  return `${(n / 1024 ** 3).toFixed(1)} GiB`;
}

export function mebibytes(n: number): string {
  return n >= 1024 && n % 1024 === 0 ? `${n / 1024} GiB` : n >= 10_240 ? `${(n / 1024).toFixed(1)} GiB` : `${number(n)} MiB`;
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'narrow' });

/** "now" or "5 min. ago", from the milliseconds that passed. */
export function ago(ms: number): string {
  const s = Math.max(0, ms / 1000);
  if (s < 60) return relative.format(0, 'second');
  if (s < 3600) return relative.format(-Math.floor(s / 60), 'minute');
  if (s < 86_400) return relative.format(-Math.floor(s / 3600), 'hour');
  return relative.format(-Math.floor(s / 86_400), 'day');
}

const full = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const dateOnly = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
const short = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });

export const dateTime = (iso: string): string => full.format(new Date(iso));
/** A day of UTC, as the server writes it. */
export const day = (iso: string): string => dateOnly.format(new Date(iso));
export const timeOfDay = (ms: number): string => short.format(new Date(ms));

/** $12.50, and four places below a dollar, where models cost something. */
export const money = (usd: number): string => `$${usd > 0 && usd < 1 ? usd.toFixed(4) : usd.toFixed(2)}`;

/** 950, 12.4k, 3.1M. */
export function tokens(n: number): string {
  if (n < 1000) return String(n);
  return n < 1_000_000 ? `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)}k` : `${(n / 1_000_000).toFixed(1)}M`;
}

/** One line of at most n characters. */
export function line(text: string, n: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= n ? flat : `${flat.slice(0, n - 1)}…`;
}
