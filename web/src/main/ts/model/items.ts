// The items of a session's transcript as the page shows them.

import type { BudgetWord, Payloads, PolicyKind, Problem, Step } from './types';

export interface Base {
  /** Sequence number of the event that made this item; unique and stable, so it serves as key and anchor. */
  seq: number;
  /** When it began, milliseconds since the epoch by the server's clock. */
  at: number;
}

export interface BootItem extends Base {
  kind: 'boot';
  steps: Step[];
  /** Time of the newest finished step. */
  last: number;
  open: boolean;
  /** Why and in what time the machine went on where it was; null where it began anew. */
  woken: Payloads['resumed'] | null;
}
export interface UserItem extends Base {
  kind: 'user';
  id: string;
  text: string;
}
export interface AnswerItem extends Base {
  kind: 'answer';
  part: string;
  text: string;
  open: boolean;
}
export interface ThinkingItem extends Base {
  kind: 'thinking';
  part: string;
  text: string;
  last: number;
  open: boolean;
}
/** `whole`: characters of the whole output where this is only its beginning, else null. */
export interface Result {
  output: string;
  status: string;
  exitCode: number | null;
  whole: number | null;
  at: number;
}
export interface ToolItem extends Base {
  kind: 'tool';
  id: string;
  name: string;
  args: unknown;
  /** The model is not done with it yet: the arguments are text that ends anywhere. */
  writing: boolean;
  /** Null while it runs, and for ever where the turn ended before the tool did. */
  result: Result | null;
  open: boolean;
}
/** What the agent asked its model beside the user's turn. */
export interface SideItem extends Base {
  kind: 'side';
  id: string;
  what: string;
  title: string;
  items: readonly Item[];
  open: boolean;
  failed: boolean;
}
export interface EndItem extends Base {
  kind: 'end';
  reason: string;
  detail: string;
  /** What the turn used, side requests included. */
  used: Used;
}
/** The agent waits for leave. */
export interface LeaveItem extends Base {
  kind: 'leave';
  request: Payloads['permission_request'];
  /** Undefined while it waits, null where nobody answered. */
  option?: string | null;
}
/** A budget is used up: the turn ended for it. */
export interface BudgetItem extends Base {
  kind: 'budget';
  word: BudgetWord;
}
export interface NoticeItem extends Base {
  kind: 'notice';
  text: string;
}
/** From here on the guest may reach something else. */
export interface NetworkItem extends Base {
  kind: 'network';
  policy: PolicyKind;
  allow: readonly string[];
}
export interface ErrorItem extends Base {
  kind: 'error';
  problem: Problem;
}
export type MomentEvent =
  | 'checkpoint'
  | 'paused'
  | 'resumed'
  | 'forked'
  | 'fork_made'
  | 'budget_warning'
  | 'policy'
  | 'model_changed'
  | 'model_settings';
/** What happened to the session as a whole. */
export type MomentItem = {
  [T in MomentEvent]: Base & { kind: 'moment'; event: T; payload: Payloads[T] };
}[MomentEvent];
/** From here on the session stands on what it was at `to`. */
export interface RewoundItem extends Base {
  kind: 'rewound';
  to: number;
  /** Whether it went to what had been undone before. */
  restored: boolean;
}
export type Item =
  | BootItem
  | UserItem
  | AnswerItem
  | ThinkingItem
  | ToolItem
  | SideItem
  | EndItem
  | NoticeItem
  | NetworkItem
  | ErrorItem
  | BudgetItem
  | LeaveItem
  | MomentItem
  | RewoundItem;

/** Tokens, and US dollars as far as prices are known. */
export interface Used {
  input: number;
  output: number;
  cost: number;
  /** Requests whose price is not known. */
  unpriced: number;
}
