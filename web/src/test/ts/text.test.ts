import { ansi } from '../../main/ts/text/ansi';
import { bytes, clock, duration, line, mebibytes } from '../../main/ts/text/format';
import { pseudoText, t } from '../../main/ts/text/i18n';
import { MarkdownStream, type Block } from '../../main/ts/text/md';
import { sanitize, workerUrl } from '../../main/ts/text/trusted';
import { equal, test, that } from './harness';

const shown = (blocks: readonly Block[]) => blocks.map((b) => ('plain' in b ? b.plain : String(b.html))).join('\n');

function streamed(text: string, step: number): readonly Block[] {
  const stream = new MarkdownStream();
  for (let i = step; i < text.length; i += step) stream.update(text.slice(0, i), false);
  return stream.update(text, true);
}

const SAMPLE = `# Title

Some *text* with \`code\` and a [link](https://example.org/a).

1. one
2. two

   \`\`\`sh
   ls -l
   \`\`\`

- [x] done

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
const x = 1;

const y = 2;
\`\`\`

> quoted

The end.`;

test('Markdown that grows ends as Markdown that came at once', () => {
  const once = shown(new MarkdownStream().update(SAMPLE, true));
  for (const step of [1, 3, 7, 50]) equal(shown(streamed(SAMPLE, step)), once);
});

test('finished blocks are not made anew', () => {
  const stream = new MarkdownStream();
  const first = stream.update('one\n\ntwo\n\nth', false);
  const second = stream.update('one\n\ntwo\n\nthree', false);
  that(first[0] === second[0] && first[1] === second[1], 'a finished block was replaced');
});

test('a block beyond the cap is plain until it ends, and no text is lost', () => {
  const stream = new MarkdownStream();
  const long = 'word '.repeat(8_000);
  for (let i = 1_000; i <= long.length; i += 1_000) stream.update(long.slice(0, i), false);
  const blocks = stream.update(long, false);
  that(blocks.every((b) => 'plain' in b), 'parsed at every change');
  equal(blocks.map((b) => ('plain' in b ? b.plain : '')).join(''), long);
  const done = stream.update(`${long}\n\nafter`, true);
  that(done.every((b) => 'html' in b) && shown(done).includes('after'), shown(done).slice(-100));
});

test('hostile Markdown is disarmed', () => {
  const attack = [
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<iframe srcdoc="x"></iframe>',
    '[x](javascript:alert(1))', '<style>*{display:none}</style>', '<form action=/login><input name=token></form>',
    '<svg onload=alert(1)>', '<a href="data:text/html,x">d</a>', '<button onclick=alert(1)>b</button>', '<p style="x">p</p>',
    '![pixel](https://tracker.example/p.png)',
  ].join('\n\n');
  const html = shown(new MarkdownStream().update(attack, true)).replace(/&lt;.*?&gt;/g, '');
  for (const bad of ['<script', 'onerror', '<iframe', 'javascript:', '<style', '<form', 'name=', '<svg', 'data:text', 'onclick', 'style=', '<img src="http']) {
    that(!html.toLowerCase().includes(bad), `${bad} in ${html}`);
  }
});

test('links open elsewhere and tell nothing', () => {
  const html = String(sanitize('<a href="https://example.org">x</a>'));
  that(html.includes('rel="noopener noreferrer"') && html.includes('target="_blank"'), html);
});

test('only the highlighter may become a script', () => {
  equal(String(workerUrl('/assets/highlight.worker-ABCDEFGH.js')), '/assets/highlight.worker-ABCDEFGH.js');
  if (!('trustedTypes' in globalThis)) return;
  try {
    workerUrl('https://elsewhere.example/x.js');
  } catch {
    return;
  }
  throw new Error('a foreign script was trusted');
});

test('terminal output', () => {
  equal(ansi('a\x1b[1;31mred\x1b[0m b'), [
    { text: 'a', cls: '' }, { text: 'red', cls: 'fg1 bold' }, { text: ' b', cls: '' },
  ]);
  equal(ansi('\x1b]0;title\x07x\x1b[2Ky').map((r) => r.text).join(''), 'xy');
  equal(ansi('10%\r50%\r100%\ndone\r\n').map((r) => r.text).join(''), '100%\ndone\n');
  equal(ansi('\x1b[38;5;12mi\x1b[38;2;1;2;3mt').map((r) => r.cls), ['fg12', 'fg12']);
});

test('numbers for people', () => {
  equal([duration(420), duration(12_300), duration(65_000)], ['0.4 s', '12 s', '1:05']);
  equal([clock(0), clock(62_000), clock(3_723_000)], ['0:00', '1:02', '1:02:03']);
  equal([bytes(12), bytes(2048), bytes(3_355_443), bytes(5 * 2 ** 30)], ['12 B', '2 KiB', '3.2 MiB', '5.0 GiB']);
  equal([mebibytes(512), mebibytes(2048), mebibytes(15_000)], ['512 MiB', '2 GiB', '14.6 GiB']);
  equal(line('a\n  b   c', 4), 'a b…');
});

test('the pseudo language keeps what is filled in', () => {
  const text = pseudoText('Read {name} now');
  that(text.includes('{name}') && text.startsWith('⟦') && !text.includes('Read'), text);
  equal(t('chat.image', { name: 'x' }).includes('x'), true);
});

test('a line that is written over shows what was written last, however long it is', () => {
  const text = (s: string) => ansi(s).map((run) => run.text).join('');
  equal(text('10 %\r20 %\r30 %'), '30 %');
  equal(text('10 %\rdone\r\r\nnext\r\n\r\nold\r'), 'done\nnext\n\n');
  const long = 'x'.repeat(1 << 20);
  equal(text(`${long}\r${long}`) === long, true);
  equal(text('\r'.repeat(1 << 20)), '');
});

test('text that is nested too deep is shown all the same', () => {
  const text = (blocks: readonly Block[]) => shown(blocks).replace(/<[^>]*>/g, '');
  const lists = '1. '.repeat(50_000) + 'core';
  that(text(new MarkdownStream().update(lists, true)).includes('1. 1. core'), 'the core of many lists is not shown');
  const marks = '*a _b '.repeat(5_000) + 'core' + '_*'.repeat(5_000);
  const seen = text(new MarkdownStream().update(marks, true));
  equal([seen.split('a').length, seen.split('b').length, seen.includes('core')], [5_001, 5_001, true]);
});
