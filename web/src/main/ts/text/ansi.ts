// Terminal output as styled runs of text: colours and weight are kept, every other control sequence is dropped.

export interface Run {
  text: string;
  /** Class names, empty for plain text. */
  cls: string;
}

// CSI, OSC (ended by BEL or ST), and two-character escapes.
const SEQUENCE = /\x1b\[([0-9;:?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_ -/]?[0-9A-Za-z]?/g;

interface Style {
  fg: number | null;
  bg: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}
const PLAIN: Style = { fg: null, bg: null, bold: false, dim: false, italic: false, underline: false };

export function ansi(text: string): Run[] {
  const runs: Run[] = [];
  let style = { ...PLAIN };
  let from = 0;
  const push = (piece: string) => {
    const clean = overwrite(piece);
    if (clean) runs.push({ text: clean, cls: classes(style) });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') style = styled(style, match[1] ?? '');
  }
  push(text.slice(from));
  return runs;
}

/** A carriage return starts the line again, as progress bars use it; other control characters are not for eyes. */
function overwrite(piece: string): string {
  const lines = piece.split('\n');
  // Line by line, without a pattern: one that looks for a return from every character takes minutes for a long line.
  const seen = piece.includes('\r') ? lines.map((line, i) => lastWritten(line, i < lines.length - 1)).join('\n') : piece;
  return seen.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}

/** What a terminal shows of a line; the returns right before its end write nothing over. */
function lastWritten(line: string, ended: boolean): string {
  let end = line.length;
  while (ended && line[end - 1] === '\r') end--;
  const written = line.slice(0, end);
  return written.slice(written.lastIndexOf('\r') + 1);
}

function styled(old: Style, params: string): Style {
  const s = { ...old };
  const codes = params === '' ? [0] : params.split(/[;:]/).map(Number);
  for (let i = 0; i < codes.length; i++) {
    const c = codes[i] ?? 0;
    if (c === 0) Object.assign(s, PLAIN);
    else if (c === 1) s.bold = true;
    else if (c === 2) s.dim = true;
    else if (c === 3) s.italic = true;
    else if (c === 4) s.underline = true;
    else if (c === 22) s.bold = s.dim = false;
    else if (c === 23) s.italic = false;
    else if (c === 24) s.underline = false;
    else if (c >= 30 && c <= 37) s.fg = c - 30;
    else if (c >= 90 && c <= 97) s.fg = c - 90 + 8;
    else if (c === 39) s.fg = null;
    else if (c >= 40 && c <= 47) s.bg = c - 40;
    else if (c >= 100 && c <= 107) s.bg = c - 100 + 8;
    else if (c === 49) s.bg = null;
    else if (c === 38 || c === 48) {
      const indexed = codes[i + 1] === 5;
      const n = codes[i + 2] ?? 0;
      // Of the larger palettes only the first sixteen have a contrast that is known to be enough in both themes.
      if (indexed && n < 16) {
        if (c === 38) s.fg = n;
        else s.bg = n;
      }
      i += indexed ? 2 : 4;
    }
  }
  return s;
}

function classes(s: Style): string {
  const out: string[] = [];
  if (s.fg !== null) out.push(`fg${s.fg}`);
  if (s.bg !== null) out.push(`bg${s.bg}`);
  if (s.bold) out.push('bold');
  if (s.dim) out.push('dim');
  if (s.italic) out.push('italic');
  if (s.underline) out.push('underline');
  return out.join(' ');
}
