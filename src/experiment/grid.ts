import { UserError } from '../errors.ts';
import type { Plan } from '../evidence/types.ts';

/** One run of the plan. */
export interface Cell {
  readonly arm: string;
  readonly seed: number;
}

/** One of several equal parts of a plan. */
export interface Share {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** @throws UserError for anything but `i/n` with i from 1 to n */
export function shareCalled(text: string): Share {
  const [, index, of] = /^\s*(\d{1,4})\s*\/\s*(\d{1,4})\s*$/.exec(text) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(of)) return { index: Number(index), of: Number(of) };
  throw new UserError('bad-share', `A shard cannot be ${JSON.stringify(text)}.`, 'Write i/n, such as 2/4: the second of four.');
}

/** Every arm with every seed. */
export function gridOf(arms: readonly string[], seeds: readonly number[]): readonly Cell[] {
  return seeds.flatMap((seed) => arms.map((arm) => ({ arm, seed })));
}

/** All runs of a plan in the order in which they stand in evidence: seed by seed, under one mode of BatchNorm after the other. */
export function cellsOf({ arms, seeds }: Pick<Plan, 'arms' | 'seeds'>): readonly Cell[] {
  const modes = [...new Set(arms.map(({ batchnorm }) => batchnorm))];
  return modes.flatMap((mode) => gridOf(arms.filter(({ batchnorm }) => batchnorm === mode).map(({ name }) => name), seeds));
}

/**
 * The runs of a share, in their order: a block of the plan arm by arm, so that few arms have to go through the frozen part.
 * Sizes differ by one at most.
 */
export function shareOf(cells: readonly Cell[], { index, of }: Share): readonly Cell[] {
  const arms = [...new Set(cells.map(({ arm }) => arm))];
  const byArm = arms.flatMap((name) => cells.filter(({ arm }) => arm === name));
  const start = (part: number) => Math.floor((part * byArm.length) / of);
  const mine = new Set(byArm.slice(start(index - 1), start(index)));
  return cells.filter((cell) => mine.has(cell));
}

/** Whether a part of the plan has the first run of an arm: what is measured once per arm goes with it. */
export function hasFirst(cells: readonly Cell[], arm: string): boolean {
  return cells.some((cell) => cell.arm === arm && cell.seed === 0);
}
