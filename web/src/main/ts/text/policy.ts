// Network policies in words, and the lines that people write into allow-lists.

import type { Policy } from '../model/types';
import { line } from './format';
import { t } from './i18n';

/** Characters of an allow-list in one line of the transcript. */
const LISTED = 200;

export interface Entry {
  text: string;
  /** Where it begins in what was written. */
  at: number;
  /** Counted from 1. */
  line: number;
}

/** The entries of a list as a person writes it: one per line, or with commas or blanks, which no entry can have, between. */
export function entriesOf(written: string): Entry[] {
  return [...written.matchAll(/[^\s,]+/g)].map((match) => ({
    text: match[0],
    at: match.index,
    line: written.slice(0, match.index).split('\n').length,
  }));
}

/** Index of the entry that a refusal of the server names; -1 when it is about none of them. */
export function entryNamed(detail: string, entries: readonly string[]): number {
  const quoted = [...detail.matchAll(/["“]([^"”]+)["”]/g)].map((match) => bare(match[1] ?? ''));
  const exact = entries.findIndex((entry) => quoted.includes(bare(entry)));
  if (exact >= 0) return exact;
  const words = detail.split(/[\s,;:"“”()]+/).map(bare);
  return entries.findIndex((entry) => words.includes(bare(entry)));
}

/** Without what a server may leave out when it quotes: case, the star, dots at the ends. */
const bare = (entry: string) => entry.trim().toLowerCase().replace(/^\*?\.+|\.+$/g, '');

/** What a guest may reach, as one sentence. */
export function egressWords({ policy, allow }: { policy: Policy['policy']; allow: readonly string[] }): string {
  switch (policy) {
    case 'internet':
      return t('egress.internet');
    case 'allowlist':
      return allow.length === 0 ? t('egress.none') : t('egress.allowlist', { allow: line(allow.join(', '), LISTED) });
    case 'none':
      return t('egress.none');
  }
}
