import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon';

export interface Entry {
  label: string;
  run: () => void;
}

/** A button with a menu below it: arrows move, Escape and leaving close, and the button has the focus again. */
export function Menu({ label, entries }: { label: string; entries: readonly Entry[] }) {
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  // With its first appearance: a key pressed before it has the focus would go to the button and close it.
  useLayoutEffect(() => {
    if (open) list.current?.querySelector('button')?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[e.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (e.key === 'Escape') close();
    else return;
    e.preventDefault();
  };
  return (
    <div class="menu" onFocusOut={(e) => !e.currentTarget.contains(e.relatedTarget as Node | null) && setOpen(false)}>
      <button
        ref={button}
        type="button"
        class="quiet square"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div class="menu-list" role="menu" aria-label={label} ref={list} onKeyDown={onKeyDown}>
          {entries.map((entry) => (
            <button type="button" class="quiet" role="menuitem" tabIndex={-1} key={entry.label} onClick={() => (close(), entry.run())}>
              {entry.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
