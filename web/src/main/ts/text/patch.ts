// Unified patches, cut into files and into runs of lines of one kind.

export type LineKind = 'add' | 'del' | 'hunk' | 'head' | 'same';

export interface Run {
  kind: LineKind;
  lines: string[];
}

export interface FilePatch {
  path: string;
  lines: { kind: LineKind; text: string }[];
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** The counts of each hunk decide what is a line of it: a removed line may look like the head of the next file. */
export function filesOf(patch: string): FilePatch[] {
  const files: FilePatch[] = [];
  let file: FilePatch | null = null;
  let old = 0;
  let fresh = 0;
  const put = (kind: LineKind, text: string) => file?.lines.push({ kind, text });
  const begin = () => files.push((file = { path: '', lines: [] }));
  for (const text of patch.replace(/\n$/, '').split('\n')) {
    if (old > 0 || fresh > 0) {
      const kind = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'del' : text.startsWith('\\') ? 'head' : 'same';
      if (kind === 'add' || kind === 'same') fresh--;
      if (kind === 'del' || kind === 'same') old--;
      put(kind, text);
      continue;
    }
    const hunk = HUNK.exec(text);
    if (hunk) {
      old = Number(hunk[1] ?? 1);
      fresh = Number(hunk[2] ?? 1);
      if (!file) begin();
      put('hunk', text);
      continue;
    }
    const last: FilePatch | null = file;
    const headed = last !== null && (last as FilePatch).lines.some((l) => l.kind === 'hunk');
    if (text.startsWith('diff ') || (text.startsWith('--- ') && (last === null || headed))) begin();
    const name = /^(?:---|\+\+\+) (.*)$/.exec(text)?.[1]?.split('\t')[0];
    if (name !== undefined && name !== '/dev/null' && file) (file as FilePatch).path = plainPath(name);
    if (!file && text !== '') begin();
    put('head', text);
  }
  return files;
}

/** Without the a/ or b/ of a patch and without a slash before it. */
export const plainPath = (path: string) => path.replace(/^[ab]\/+/, '').replace(/^\/+/, '');

/** Lines one after another of one kind are one element. */
export function runsOf(lines: FilePatch['lines']): Run[] {
  const runs: Run[] = [];
  for (const { kind, text } of lines) {
    const last = runs[runs.length - 1];
    if (last?.kind === kind) last.lines.push(text);
    else runs.push({ kind, lines: [text] });
  }
  return runs;
}
