// Asks the worker to colour code blocks; it is started with the first one.

import type { Request, Response } from '../highlight.worker';
import { asset } from '../state/assets';
import { sanitize, workerUrl, type SafeHtml } from './trusted';

const LONGEST = 65_536;
const KEPT = 200;

let worker: Worker | null = null;
let next = 0;
const waiting = new Map<number, (html: string | null) => void>();
const cache = new Map<string, SafeHtml>();

function ask(language: string, code: string): Promise<string | null> {
  if (!worker) {
    worker = new Worker(workerUrl(asset('worker')));
    worker.onmessage = ({ data }: MessageEvent<Response>) => {
      waiting.get(data.id)?.(data.html);
      waiting.delete(data.id);
    };
  }
  const id = next++;
  worker.postMessage({ id, language, code } satisfies Request);
  return new Promise((done) => waiting.set(id, done));
}

/** Colours every code block under the element; the text stays as it is where the language is not known. */
export function highlight(root: Element): void {
  for (const code of root.querySelectorAll('pre > code[class^="language-"]')) {
    const language = code.className.slice('language-'.length);
    const text = code.textContent ?? '';
    if (language === '' || text.length > LONGEST || code.childElementCount > 0) continue;
    const key = `${language}\n${text}`;
    const known = cache.get(key);
    if (known) {
      code.innerHTML = known;
      continue;
    }
    void ask(language, text).then((html) => {
      if (html === null) return;
      const safe = sanitize(html);
      if (cache.size >= KEPT) cache.delete(cache.keys().next().value as string);
      cache.set(key, safe);
      if (code.textContent === text) code.innerHTML = safe;
    });
  }
}
