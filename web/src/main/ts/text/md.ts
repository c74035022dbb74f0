// Markdown that grows while it is read. Finished blocks are parsed once and kept; only the last one is parsed again.

import { Lexer, Marked, type Token, type TokensList } from 'marked';
import { sanitize, type SafeHtml } from './trusted';
import { t } from './i18n';

/** Above this many characters without the end of a block, text is shown plain until its block ends. */
const CAP = 16_384;
const PLAIN_PIECE = 8_192;
/** Above this many characters in a paragraph or another text, its marks are not looked for. */
const LONGEST_INLINE = 65_536;
/** Lists and quotes within each other; no person reads more. */
const DEEPEST = 16;

/** A piece of the answer: HTML, or plain text where the block is too long to be parsed at every change. */
export type Block = { key: number } & ({ html: SafeHtml; final: boolean } | { plain: string });

/** A frame of box characters, or the edge of one of plain characters. */
const DRAWN = /[\u2500-\u257f]|^[ \t]*\+[-=+]{2,}\+/m;

const escape = (s: string) =>
  s.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    code({ text, lang }) {
      const language = (lang ?? '').match(/^[\w#+.-]+/)?.[0] ?? '';
      const label = escape(language || t('code.plain'));
      return (
        `<div class="code"><div class="code-head"><span>${label}</span>` +
        `<button type="button" data-copy="code">${escape(t('chat.copy'))}</button></div>` +
        `<pre tabindex="0" role="region" aria-label="${label}"><code class="language-${escape(language)}">${escape(text)}\n</code></pre></div>`
      );
    },
    // Drawn with lines and blanks, it must stay as it was drawn.
    paragraph({ tokens, text }) {
      return `<p${DRAWN.test(text) ? ' class="drawn"' : ''}>${this.parser.parseInline(tokens)}</p>\n`;
    },
    // The page has one h1, and the session's name is it.
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 1);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    image({ href, text }) {
      if (/^data:image\//i.test(href)) return `<img src="${escape(href)}" alt="${escape(text)}">`;
      return `<a href="${escape(href)}">${escape(t('chat.image', { name: text || href }))}</a>`;
    },
    table(token) {
      const cells = (row: typeof token.header, tag: string) =>
        row
          .map((c) => `<${tag}${c.align ? ` align="${c.align}"` : ''}>${this.parser.parseInline(c.tokens)}</${tag}>`)
          .join('');
      const body = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
      return `<div class="table" tabindex="0" role="region" aria-label="${escape(t('tool.output'))}"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
    },
  },
});

/** Takes as it is what would keep a reader of Markdown busy for seconds: very long texts, lists in lists in lists. */
class PatientLexer extends Lexer {
  private depth = 0;

  override blockTokens(src: string, tokens: Token[] = [], clipped?: boolean): TokensList {
    if (this.depth >= DEEPEST) {
      tokens.push({ type: 'text', raw: src, text: src, tokens: [{ type: 'text', raw: src, text: src, escaped: false }] });
      return tokens as TokensList;
    }
    this.depth++;
    try {
      return super.blockTokens(src, tokens, clipped) as TokensList;
    } finally {
      this.depth--;
    }
  }

  override inline(src: string, tokens: Token[] = []): Token[] {
    if (src.length <= LONGEST_INLINE) return super.inline(src, tokens);
    for (const [i, line] of src.split('\n').entries()) {
      if (i > 0) tokens.push({ type: 'br', raw: '\n' });
      tokens.push({ type: 'text', raw: line, text: line, escaped: false });
    }
    return tokens;
  }
}

function html(tokens: Token[]): SafeHtml {
  return sanitize(marked.parser(tokens));
}

export class MarkdownStream {
  private text = '';
  private done = false;
  private frozen: Block[] = [];
  /** Everything before this offset is in frozen blocks. */
  private start = 0;
  /** Length of the tail when it was parsed last; a long one is parsed again only when it grew by a quarter. */
  private parsed = 0;
  private blocks: Block[] = [];

  /** The blocks of a text that begins with the text of the last call. */
  update(text: string, done: boolean): readonly Block[] {
    if (text === this.text && done === this.done) return this.blocks;
    if (!text.startsWith(this.text)) this.reset();
    this.text = text;
    this.done = done;
    const tail = text.slice(this.start);
    const long = tail.length > CAP;
    if (long && !done && !(tail.length > this.parsed * 1.25 && tail.indexOf('\n\n', this.parsed - 2) >= 0)) {
      this.blocks = [...this.frozen, ...plain(tail, this.start)];
      return this.blocks;
    }
    const last = this.parse(tail, done);
    const rest = text.slice(this.start);
    if (done || rest.length <= CAP) this.blocks = last ? [...this.frozen, last] : this.frozen.slice();
    else this.blocks = [...this.frozen, ...plain(rest, this.start)];
    return this.blocks;
  }

  /** Freezes what is finished; returns the block that still grows. */
  private parse(tail: string, done: boolean): Block | null {
    try {
      return this.parseBlocks(tail, done);
    } catch (e) {
      // Marks in marks in marks, thousands deep: they stay as they were written.
      if (!(e instanceof RangeError)) throw e;
      this.frozen.push(...plain(tail, this.start));
      this.parsed = 0;
      this.start += tail.length;
      return null;
    }
  }

  private parseBlocks(tail: string, done: boolean): Block | null {
    const tokens = new PatientLexer(marked.defaults).lex(tail);
    this.parsed = tail.length;
    let end = tokens.length - 1;
    while (end > 0 && tokens[end]?.type === 'space') end--;
    const finished: Block[] = [];
    let offset = this.start;
    for (const [i, token] of tokens.entries()) {
      if (i === end && !done) {
        const growing: Block = { key: offset, html: html([token]), final: false };
        this.parsed -= offset - this.start;
        this.start = offset;
        this.frozen.push(...finished);
        return growing;
      }
      if (token.type !== 'space' && token.type !== 'def') {
        finished.push({ key: offset, html: html([token]), final: true });
      }
      offset += token.raw.length;
    }
    this.start = offset;
    this.frozen.push(...finished);
    return null;
  }

  private reset(): void {
    this.frozen = [];
    this.start = 0;
    this.parsed = 0;
  }
}

/** Pieces that end at a line end where there is one, so that only the last is laid out again as it grows. */
function plain(text: string, start: number): Block[] {
  const out: Block[] = [];
  let from = 0;
  while (text.length - from > PLAIN_PIECE) {
    const newline = text.lastIndexOf('\n', from + PLAIN_PIECE);
    const space = newline > from ? newline : text.lastIndexOf(' ', from + PLAIN_PIECE);
    const to = space > from ? space + 1 : from + PLAIN_PIECE;
    out.push({ key: start + from, plain: text.slice(from, to) });
    from = to;
  }
  out.push({ key: start + from, plain: text.slice(from) });
  return out;
}
