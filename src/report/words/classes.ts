import type { Outcomes } from '../../evidence/types.ts';
import { percent } from '../numbers.ts';
import type { Report } from '../types.ts';

/** How well each class of pixels is told, where pixels are classified. */
interface ClassTable {
  readonly arms: readonly string[];
  /** A class, and its IoU with each arm: mean over the seeds in which it is held out. */
  readonly rows: readonly ClassRow[];
  /** Share of all pixels that are told right, by arm. */
  readonly accuracy: readonly string[];
}

interface ClassRow {
  readonly name: string;
  readonly iou: readonly string[];
}

/** Null where the task is another one. */
export function classTable({ evidence: { data, plan, runs } }: Report): ClassTable | null {
  const arms = plan.arms.map(({ name }) => name);
  const pixels = arms.map((arm) => runs.flatMap((run): Pixels[] => (run.arm === arm && run.outcomes.pixels ? [run.outcomes.pixels] : [])));
  if (pixels.every((found) => found.length === 0)) return null;
  return {
    arms,
    rows: data.classes.map((name, label) => ({ name, iou: pixels.map((found) => meanOf(found.map(({ iou }) => iou[label] ?? null))) })),
    accuracy: pixels.map((found) => meanOf(found.map(({ accuracy }) => accuracy))),
  };
}

type Pixels = NonNullable<Outcomes['pixels']>;

function meanOf(shares: readonly (number | null)[]): string {
  const known = shares.filter((share) => share !== null);
  return percent(known.reduce((sum, share) => sum + share, 0) / known.length);
}
