// xterm, loaded when a console is opened first.

import { Terminal, type ITheme } from '@xterm/xterm';
import { FitAddon } from '@xterm/addon-fit';

const SCROLLBACK = 5_000;

/**
 * xterm puts its rules into style elements, which the page's content security policy refuses. While it opens, those it
 * makes are placeholders whose text becomes a constructed style sheet instead; it keeps them and writes to them again
 * when the theme changes.
 */
function openUnderPolicy(terminal: Terminal, parent: HTMLElement): () => void {
  const sheets: CSSStyleSheet[] = [];
  const create = document.createElement.bind(document);
  const placeholder = (): HTMLElement => {
    const sheet = new CSSStyleSheet();
    sheets.push(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const element = create('span');
    element.hidden = true;
    Object.defineProperty(element, 'textContent', {
      get: () => '',
      set: (css: string) => sheet.replaceSync(css),
    });
    return element;
  };
  document.createElement = ((name: string, options?: ElementCreationOptions) =>
    name === 'style' ? placeholder() : create(name, options)) as typeof document.createElement;
  try {
    terminal.open(parent);
  } finally {
    // The bound function sits on the prototype; what was put over it goes.
    delete (document as { createElement?: unknown }).createElement;
  }
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => !sheets.includes(s));
  };
}

function themeFromTokens(): ITheme {
  // Tokens are written as light-dark(); only a property that uses one has its value for the theme that is on.
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const theme: Record<string, string> = {
    background: token('term-bg'),
    foreground: token('term-fg'),
    cursor: token('accent'),
    cursorAccent: token('term-bg'),
    selectionBackground: token('term-selection'),
  };
  const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
  names.forEach((name, i) => {
    theme[name] = token(`ansi-${i}`);
    theme[`bright${name[0]?.toUpperCase()}${name.slice(1)}`] = token(`ansi-${i + 8}`);
  });
  probe.remove();
  return theme;
}

let styled: Promise<void> | null = null;

function styles(url: string): Promise<void> {
  styled ??= new Promise((done, fail) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = url;
    link.onload = () => done();
    link.onerror = () => fail(new Error(`Cannot load ${link.href}`));
    document.head.append(link);
  });
  return styled;
}

export interface Screen {
  write(data: Uint8Array | string, done?: () => void): void;
  reset(): void;
  focus(): void;
  retheme(): void;
  fontSize(pixels: number): void;
  /** Everything that is kept, as text. */
  text(): string;
  dispose(): void;
}

export async function openScreen(
  parent: HTMLElement,
  options: { styles: string; fontSize: number; label: string; input: (data: string) => void; leave: () => void },
): Promise<Screen> {
  await styles(options.styles);
  const terminal = new Terminal({
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
    fontSize: options.fontSize,
    lineHeight: 1.2,
    scrollback: SCROLLBACK,
    cursorBlink: false,
    minimumContrastRatio: 4.5,
    convertEol: false,
    theme: themeFromTokens(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  const release = openUnderPolicy(terminal, parent);
  terminal.textarea?.setAttribute('aria-label', options.label);
  fit.fit();
  const resized = new ResizeObserver(() => fit.fit());
  resized.observe(parent);
  terminal.onData(options.input);
  terminal.onBinary(options.input);
  terminal.attachCustomKeyEventHandler((e) => {
    if (e.type !== 'keydown') return true;
    if (e.ctrlKey && e.shiftKey && e.code === 'KeyL') {
      e.preventDefault();
      options.leave();
      return false;
    }
    if (e.ctrlKey && e.shiftKey && e.code === 'KeyC') {
      e.preventDefault();
      void navigator.clipboard?.writeText(terminal.getSelection());
      return false;
    }
    return true;
  });
  return {
    write: (data, done) => terminal.write(data, done),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    retheme: () => (terminal.options.theme = themeFromTokens()),
    fontSize(pixels) {
      terminal.options.fontSize = pixels;
      fit.fit();
    },
    text() {
      const buffer = terminal.buffer.active;
      const lines: string[] = [];
      for (let i = 0; i < buffer.length; i++) {
        const line = buffer.getLine(i);
        const next = line?.translateToString(true) ?? '';
        if (line?.isWrapped && lines.length > 0) lines[lines.length - 1] += next;
        else lines.push(next);
      }
      return lines.join('\n').trimEnd();
    },
    dispose() {
      resized.disconnect();
      terminal.dispose();
      release();
    },
  };
}
