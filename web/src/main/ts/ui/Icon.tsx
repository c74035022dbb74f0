// The icons, drawn on a 20-unit grid with one stroke. Always next to a word or inside a control with a label.

const PATHS = {
  plus: 'M10 4v12M4 10h12',
  menu: 'M3 6h14M3 10h14M3 14h14',
  close: 'M5 5l10 10M15 5L5 15',
  send: 'M10 16V4M5 9l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  chevron: 'M7.500 5l5 5-5 5',
  down: 'M10 4v12M5 11l5 5 5-5',
  check: 'M4 10.500l4 4 8-9',
  cross: 'M6 6l8 8M14 6l-8 8',
  alert: 'M10 3.500L17.500 16.500H2.500zM10 8.500v3.500M10 14.300v.1',
  copy: 'M7.500 7.500h9v9h-9zM12.500 4.500v-1h-9v9h1',
  sun: 'M10 6.500a3.500 3.500 0 100 7 3.500 3.500 0 000-7zM10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600L16 16M4 16l1.400-1.400M14.600 5.400L16 4',
  keyboard: 'M2.500 5.500h15v9h-15zM5.500 8.500h.1M8.500 8.500h.1M11.500 8.500h.1M14.500 8.500h.1M6.500 11.500h7',
  search: 'M8.500 3.500a5 5 0 100 10 5 5 0 000-10zM12.200 12.200l4.300 4.300',
  lock: 'M5 9h10v7.500H5zM7 9V6.500a3 3 0 016 0V9',
  unlock: 'M5 9h10v7.500H5zM7 9V6.500a3 3 0 015.800-1',
  brain: 'M10 4.500c-3 0-5.500 2-5.500 5 0 2 1 3.200 2.500 4v2.500h6v-2.500c1.500-.8 2.500-2 2.500-4 0-3-2.500-5-5.500-5zM8 18.500h4',
  tool: 'M3.500 4.500h13v11h-13zM6.500 8l2.500 2-2.500 2M10.500 12.500h3',
  file: 'M5.500 2.500h6l3.500 3.500v11.500h-9.500zM11.500 2.500V6H15',
  box: 'M10 2.500l6.500 3.700v7.600L10 17.500l-6.500-3.700V6.200zM3.500 6.200L10 10l6.500-3.800M10 10v7.500',
  more: 'M5 10h.1M10 10h.1M15 10h.1',
  back: 'M8 5L4 9l4 4M4 9h7a4.500 4.500 0 010 9H9',
  fork: 'M10 17v-5c0-3-5-3-5-7M10 12c0-3 5-3 5-7M3 7l2-2 2 2M13 7l2-2 2 2',
  out: 'M8 3.500H3.500v13H8M8 10h9M13.500 6.500L17 10l-3.500 3.500',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the project: three strokes of a claw. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M5 20C3 14.500 5 8.500 11 5.500M11 20c-1.500-5 .5-9.500 5-12M17 20c-.5-3.500.8-7 3.500-9" />
    </svg>
  );
}
