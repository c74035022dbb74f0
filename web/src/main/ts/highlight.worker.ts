// Colours code off the page's thread.

import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import markdown from 'highlight.js/lib/languages/markdown';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  ...{ bash, c, cpp, css, diff, dockerfile, go, ini, java, javascript },
  ...{ json, markdown, python, rust, sql, typescript, xml, yaml },
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

export interface Request {
  id: number;
  language: string;
  code: string;
}
export interface Response {
  id: number;
  /** Null where the language is not known. */
  html: string | null;
}

const scope = self as unknown as { onmessage: unknown; postMessage(response: Response): void };
scope.onmessage = ({ data }: MessageEvent<Request>) => {
  const known = hljs.getLanguage(data.language);
  const html = known ? hljs.highlight(data.code, { language: data.language, ignoreIllegals: true }).value : null;
  scope.postMessage({ id: data.id, html });
};
