// Network policies in words, and the lines that people write into allow-lists.

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
