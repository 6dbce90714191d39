/** Stored outcomes as runs again: the splits follow from study, pool, design and index. */
import { findDataSet } from '../../src/data/load.ts';
import type { Run } from '../../src/evidence/types.ts';
import type { Design, Draw } from './experiments.ts';
import type { Kept } from './outcomes.ts';
import type { Pool } from './pool.ts';
import { drawOf, judgedOnMany, MOST_SEEDS, type StudyName } from './studies.ts';

/** A line of a worker's file. */
export interface Line extends Kept {
  /** Study, pool, design and index. */
  readonly key: string;
}

export interface Experiment extends Pick<Kept, 'elsewhere'> {
  readonly study: StudyName;
  readonly pool: string;
  readonly design: Design;
  readonly index: number;
  readonly drawn: Pick<Draw, 'splitOf' | 'validation'>;
  /** By arm. */
  readonly runs: Readonly<Record<string, readonly Run[]>>;
}

/** @param pools folders of class folders, by name */
export async function labelsOf(pools: Readonly<Record<string, string>>): Promise<Map<string, Pick<Pool, 'name' | 'labels'>>> {
  const found = await Promise.all(
    Object.entries(pools).map(async ([name, folder]) => {
      const { strata } = await findDataSet({ path: { written: name, absolute: folder }, validation: { kind: 'folds', folds: 6 } });
      return [name, { name, labels: strata }] as const;
    }),
  );
  return new Map(found);
}

export function restore({ key, outcomes, elsewhere }: Line, pools: ReadonlyMap<string, Pick<Pool, 'name' | 'labels'>>): Experiment {
  const [study, name, design, index] = key.split('/') as [StudyName, string, Design, string];
  const pool = pools.get(name)!;
  const isTruth = study.endsWith('truth');
  const drawn = isTruth ? { ...judgedOnMany(pool, design, Number(index)), validation: () => { throw new RangeError('The truth has no interval.'); } } : drawOf(study, pool, design, Number(index));
  // Fresh seeds follow on the most that are planned.
  const runs = Object.fromEntries(Object.entries(outcomes).map(([arm, seeds]) => [arm, seeds.map((bits, seed) => runOf(drawn, bits, arm.endsWith('again') ? seed + MOST_SEEDS : seed))]));
  return { study, pool: name, design, index: Number(index), drawn, runs, ...(elsewhere && { elsewhere }) };
}

function runOf({ splitOf }: Pick<Draw, 'splitOf'>, bits: string, seed: number): Run {
  const scores = Array.from(bits, Number);
  return { seed, outcomes: { examples: splitOf(seed).validation, scores } } as unknown as Run;
}
