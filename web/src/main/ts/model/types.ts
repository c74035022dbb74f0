// The JSON of /api/v1 as the server's records write it.

export type MachineState = 'creating' | 'booting' | 'running' | 'paused' | 'stopping' | 'stopped' | 'failed';
export type AgentState = 'starting' | 'idle' | 'working' | 'waiting' | 'failed';

export interface Problem {
  code: string;
  detail: string;
  next: string;
}

export interface Step {
  step: string;
  ms: number;
  detail: string;
}

export interface Queued {
  id: string;
  text: string;
}

/** What a guest may reach beside its gateway. */
export type PolicyKind = 'internet' | 'allowlist' | 'none';

export interface Policy {
  policy: PolicyKind;
  /** Names, names with `*.` before them, addresses, networks; only an allow-list uses them. */
  allow: string[];
}

export interface SessionNetwork extends Policy {
  /** `tap`: a network card of its own. `user`: the VMM hands on what the guest asks of its gateway, nothing else. */
  mode: 'tap' | 'user';
  guest: string;
  gateway: string;
  /** What holds, whatever the policy is. */
  effective: PolicyKind;
  isolation: string;
}

/** Counted at the machine's slot, seen from its guest. */
export interface Traffic {
  sentBytes: number;
  sentPackets: number;
  receivedBytes: number;
  receivedPackets: number;
  droppedPackets: number;
  droppedBytes: number;
}

export interface NetworkState extends SessionNetwork {
  /** Null without a machine, and in user mode, where nothing counts. */
  traffic: Traffic | null;
}

/** What a session may spend in all, and how fast; null for no limit. */
export interface Limits {
  tokens: number | null;
  /** US dollars. */
  usd: number | null;
  requests: number | null;
  /** That turns take, tools included. */
  minutes: number | null;
  requestsPerMin: number | null;
  tokensPerMin: number | null;
}

export const NO_LIMITS: Limits = { tokens: null, usd: null, requests: null, minutes: null, requestsPerMin: null, tokensPerMin: null };

/** What a session spent, as far as its last change of state. */
export interface Spend {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cost: number;
  /** Requests whose price is not known. */
  unpriced: number;
  estimated: number;
  turnMs: number;
}

/** How a session's model is asked; null leaves it as the agent has it. */
export interface ModelSettings {
  temperature: number | null;
  maxTokens: number | null;
  reasoningEffort: string | null;
  systemPrompt: string | null;
}

export interface Session {
  id: string;
  name: string;
  state: MachineState;
  agentState: AgentState;
  provider: string;
  model: string;
  agent: string;
  agentVersion?: string | null;
  driver: string;
  isolation: string;
  /** Null while the session has no slot; absent in events from before there were policies. */
  network?: SessionNetwork | null;
  vcpus: number;
  memoryMiB: number;
  createdAt: string;
  lastActivityAt: string;
  boot: Step[];
  queue: Queued[];
  error: Problem | null;
  /** Session and position that this one was forked from. */
  origin?: Origin | null;
  /** Absent, as what was spent, in events from before there were budgets. */
  policy?: Limits;
  usage?: Spend;
  /** Noted by this page, not sent: the machine that starts goes on where it was. */
  waking?: boolean;
}

export interface Origin {
  session: string;
  seq: number;
}

/** A state of machine and conversation that one can go back to; it holds all events up to `seq`. */
export interface Checkpoint {
  seq: number;
  time: string;
  name: string | null;
  kind: string;
  diskBytes: number;
  memoryBytes: number;
  /** Whether it lies on a branch that was undone; only the server's list says so. */
  abandoned?: boolean;
}

export interface FileChange {
  path: string;
  change: 'added' | 'removed' | 'modified' | 'type' | 'metadata';
  oldSize: number | null;
  newSize: number | null;
  oldMode: string | number | null;
  newMode: string | number | null;
}

export interface Diff {
  files: FileChange[];
  patch: string;
  truncated: boolean;
}

/** What is said of a budget; its name is that of a limit. */
export interface BudgetWord {
  budget: string;
  used: number;
  limit: number;
  text: string;
}

/** Payload of each event type; an event of a type that is not here is kept out of the transcript, never an error. */
export interface Payloads {
  session: { session: Session };
  session_deleted: Record<string, never>;
  boot_step: Step;
  user_message: { id: string; text: string };
  message_removed: { id: string };
  turn_started: { message: string };
  message: { text: string; part: string };
  thinking: { text: string; part: string };
  tool_call: { id: string; name: string; arguments: unknown };
  permission_request: { id: string; title: string; arguments: unknown; options: { id: string; name: string; kind: string }[] };
  /** Without an option: the turn ended before. */
  permission_answer: { id: string; option: string | null };
  tool_call_delta: { id: string; name: string; text: string };
  tool_call_withdrawn: { id: string };
  /** `wholeChars`: length of the whole output where this is only its beginning. */
  tool_result: { id: string; output: string; status: string; exitCode: number | null; wholeChars?: number | null };
  side_call: { id: string; kind: string; title: string; call: string | null };
  /** An event of type `event` that belongs to the side call `of`. */
  side_event: { of: string; event: string; payload: unknown };
  side_call_finished: { id: string; reason: string };
  usage: {
    model: string;
    inputTokens: number;
    outputTokens: number;
    cachedInputTokens?: number | null;
    reasoningTokens?: number | null;
    /** US dollars; null where the price is not known. */
    cost?: number | null;
    provider?: string | null;
    /** Guessed from the text: the provider did not come to count. */
    estimated?: boolean | null;
  };
  turn_finished: { reason: string; detail: string };
  budget_warning: BudgetWord;
  budget_reached: BudgetWord;
  policy: { policy: Limits };
  model_changed: { provider: string; model: string };
  model_settings: { settings: ModelSettings };
  notice: { text: string };
  network: Policy;
  error: { problem: Problem };
  checkpoint: { seq: number; kind: string; name: string | null; diskBytes: number; memoryBytes: number; ms: number };
  checkpoint_dropped: { seq: number };
  paused: { reason: string; ms: number; diskBytes: number };
  resumed: { reason: string; ms: number };
  /** The events `from` to `through`, which came after `to`, are undone. */
  rewound: { to: number; from: number; through: number };
  forked: { session: string; seq: number };
  /** In a fork, in the place of what told of its source's machine. */
  omitted: Record<string, never>;
  fork_made: { sessions: string[]; seq: number };
}

export type EventType = keyof Payloads;

/** One event of a session's log; seq counts from 1 without gaps. */
export type LogEvent = {
  [T in EventType]: { session: string; seq: number; time: string; type: T; payload: Payloads[T] };
}[EventType];

export interface ModelChoice {
  id: string;
  name: string;
}

export interface Provider {
  id: string;
  name: string;
  needsKey: boolean;
  keyPresent: boolean;
  models: (string | ModelChoice)[];
}

/** A model that a provider offers; what is not known is null. */
export interface ModelOffer {
  id: string;
  name: string;
  /** Tokens. */
  contextLength: number | null;
  /** US dollars. */
  inputPricePerMillion: number | null;
  outputPricePerMillion: number | null;
  free: boolean;
  /** A session that names no model gets this one. */
  default: boolean;
}

export interface ModelListing {
  models: ModelOffer[];
  /** Said by the provider just now, said once by one that does not answer now, documented once, or just configured. */
  from: 'live' | 'kept' | 'documented' | 'configured';
  asOf: string | null;
}

/** What one day's requests to one model took; see Spend. */
export interface UsageLine extends Omit<Spend, 'turnMs'> {
  /** UTC. */
  day: string;
  provider: string;
  model: string;
}

export interface UsageReport {
  lines: UsageLine[];
}

/** A provider's key as it may be shown. */
export interface ProviderKey {
  provider: string;
  lastFour: string;
  createdAt: string | null;
  source: 'stored' | 'environment';
}

export interface KeyTrial {
  provider: string;
  outcome: 'ok' | 'refused' | 'unknown';
  detail: string;
}

/** Where the provider's key is: on the server, or in the session's machine. */
export type KeyMode = 'gateway' | 'direct';

export interface SystemInfo {
  version: string;
  driver: string;
  driverReason: string;
  gaps: string[];
  accelerator: { kind: string; reason: string };
  network: { mode: 'tap' | 'user'; reason: string; prefix: string; obstacles: string[] };
  isolation: string;
  host: { cpus: number; memoryTotalMiB: number; memoryAvailableMiB: number; diskFreeMiB: number; load1: number };
  capacity: { memoryMiB: number; reservedMiB: number };
  images: { id: string; recipe: string; agent: { kind: string; version: string } | null }[];
  providers: Provider[];
  agents: (string | ModelChoice)[];
  /** Where the key of a session may be. */
  keyModes: KeyMode[];
  defaults: { provider: string; model: string | null; agent: string; vcpus: number; memoryMiB: number };
  /** How often guests were refused something by the gateway, by the code of the refusal. */
  refusals?: Record<string, number>;
  uptimeSeconds: number;
}

export interface CreateSession {
  name?: string;
  provider: string;
  model?: string;
  agent?: string;
  apiKey?: string;
  keyMode?: KeyMode;
  vcpus?: number;
  memoryMiB?: number;
  systemPrompt?: string;
  temperature?: number;
  maxTokens?: number;
  idleTimeoutMin?: number;
  network?: Policy;
  reasoningEffort?: string;
  policy?: Partial<Limits>;
}

export interface ForkSession {
  /** Position of a checkpoint; absent: now. */
  seq?: number;
  count: number;
  /** One for each; absent: that of the source. */
  models?: string[];
}

export function choice(value: string | ModelChoice): ModelChoice {
  return typeof value === 'string' ? { id: value, name: value } : value;
}
