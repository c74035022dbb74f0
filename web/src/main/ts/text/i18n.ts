// Every visible string comes from i18n/*.json through here; their keys are types. later.json comes with pages.ts,
// reports.json with reports.ts, asides.json with what most chats have none of, and only they may use them.

import en from '../i18n/en.json';
import type asides from '../i18n/asides.json';
import type later from '../i18n/later.json';
import type reports from '../i18n/reports.json';

export type Key = keyof typeof en | keyof typeof later | keyof typeof asides | keyof typeof reports;

const strings: Partial<Record<Key, string>> = { ...en };

/** Adds the strings that came later. */
export function add(more: typeof later | typeof asides | typeof reports): void {
  Object.assign(strings, more);
}

type Params = Record<string, string | number>;

/** Set by the test that proves that no visible string is written into the code: all of them get longer and accented. */
const pseudo = storage()?.getItem('execlaw.pseudo') === '1';
const ACCENTS = 'áƀćďéƒǵĥíĵķĺḿńóṕɋŕśťúṽẃẋýź';

function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // Blocked by the browser's privacy settings: nothing is remembered then.
  }
}

/** The string for a key; {name} is replaced by params.name. */
export function t(key: Key, params?: Params): string {
  const plain = strings[key] ?? key;
  const text = pseudo ? pseudoText(plain) : plain;
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

/** The string for a key and a count, by the language's plural rules. */
export function plural(stem: string, n: number): string {
  const key = `${stem}.${new Intl.PluralRules(language).select(n)}` as Key;
  return t(key in strings ? key : (`${stem}.other` as Key), { n: number(n) });
}

/** The string for a key made of a stem and a code from the server, or the other one where the code is not known. */
export function coded(stem: string, code: string, otherwise: string): string {
  const key = `${stem}.${code}`;
  return key in strings ? t(key as Key) : otherwise;
}

export const language = 'en';

const numbers = new Intl.NumberFormat(language);
export const number = (n: number): string => numbers.format(n);

export function pseudoText(text: string): string {
  const accented = text
    .split(/(\{\w+\})/)
    .map((piece) =>
      piece.startsWith('{') ? piece : piece.replace(/[a-z]/g, (c) => ACCENTS[c.charCodeAt(0) - 97] ?? c),
    )
    .join('');
  return `⟦${accented}${'·'.repeat(Math.ceil(text.length * 0.4))}⟧`;
}
