// Which events a session stands on: its log only grows, but a rewind goes on from an earlier event.

import type { Checkpoint } from './types';

/** The event `at` went back to `to`: what stands on `at` stands on the events up to `to`, not on those between. */
export interface Jump {
  at: number;
  to: number;
}

/** Both ends are in it. */
export interface Range {
  from: number;
  to: number;
}

/** The events that the event `seq` stands on, itself included; newest range first. */
export function pathTo(jumps: readonly Jump[], seq: number): Range[] {
  const path: Range[] = [];
  let end = seq;
  for (let i = jumps.length - 1; i >= 0; i--) {
    const jump = jumps[i];
    if (!jump || jump.at > end) continue;
    path.push({ from: jump.at, to: end });
    end = jump.to;
  }
  path.push({ from: 1, to: end });
  return path;
}

export const within = (ranges: readonly Range[], seq: number) => ranges.some((r) => seq >= r.from && seq <= r.to);

/** The newest checkpoint from which the event `seq` can be reached anew: one of another branch never is. */
export function checkpointBefore(
  checkpoints: readonly Checkpoint[],
  jumps: readonly Jump[],
  seq: number,
): Checkpoint | null {
  const path = pathTo(jumps, seq);
  return checkpoints.findLast((c) => c.seq < seq && within(path, c.seq)) ?? null;
}

/**
 * The newest checkpoint of what the rewind `at` left, if it holds the event `first` at least: what was done after the
 * last checkpoint before a rewind cannot be brought back.
 */
export function checkpointLeft(
  checkpoints: readonly Checkpoint[],
  jumps: readonly Jump[],
  at: number,
  first: number,
): Checkpoint | null {
  const newest = checkpointBefore(checkpoints, jumps.filter((j) => j.at < at), at);
  return newest && newest.seq >= first ? newest : null;
}
