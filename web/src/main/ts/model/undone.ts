// The items of a session as they are shown: those that were undone stand together, under the rewind that undid them.

import { pathTo, within } from './branch';
import type { Item, RewoundItem, View } from './fold';

export interface UndoneItem {
  kind: 'undone';
  /** Those of the rewind. */
  seq: number;
  at: number;
  items: readonly Item[];
  /** How many of the user's messages are among the items. */
  messages: number;
}

export type Shown = Item | UndoneItem;

const made = new WeakMap<RewoundItem, UndoneItem>();

/** Keeps the identity of what did not change, as the fold does. */
export function shown(view: View): readonly Shown[] {
  if (view.jumps.length === 0) return view.items;
  const live = pathTo(view.jumps, view.seq);
  const out: Shown[] = [];
  let undone: Item[] = [];
  for (const item of view.items) {
    if (item.kind === 'rewound') {
      const messages = undone.filter((i) => i.kind === 'user').length;
      if (messages > 0) out.push(together(item, undone, messages));
      else if (within(live, item.seq)) out.push(item);
      undone = [];
    } else if (within(live, item.seq)) {
      out.push(item);
    } else {
      undone.push(item);
    }
  }
  return out;
}

function together(rewound: RewoundItem, items: readonly Item[], messages: number): UndoneItem {
  const before = made.get(rewound);
  if (before && before.items.length === items.length && before.items.every((item, i) => item === items[i])) return before;
  const { seq, at } = rewound;
  const fresh: UndoneItem = { kind: 'undone', seq, at, items, messages };
  made.set(rewound, fresh);
  return fresh;
}
