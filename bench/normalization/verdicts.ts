/** What the product says of the stored runs of each cell. */
import { PRESETS } from '../../src/config/presets.ts';
import type { EpochScore, Evidence, Run } from '../../src/evidence/types.ts';
import { compareArms } from '../../src/rules/comparisons.ts';
import { finalMetric, runsOf } from '../../src/rules/learning.ts';
import type { Interval } from '../../src/rules/types.ts';
import { defaultMargin, plannedMargin } from '../../src/stats/precision.ts';
import { type Cell, CELLS, FOLDS, nameOf, SEEDS } from './cells.ts';
import type { Facts, Look, Trained } from './training.ts';

export interface Line {
  /** Cell, content, arm where it is of one, and which of its results. */
  readonly key: string;
  readonly result: Facts | Look | Trained;
}

/** A cell that is done. */
export interface Row extends Pick<Cell, 'network' | 'data' | 'train' | 'batchNorm' | 'size' | 'images'> {
  readonly epochs: number;
  readonly metric: 'accuracy' | 'mIoU';
  /** Points of the metric. */
  readonly margin: number;
  readonly arms: readonly ArmRow[];
}

export interface ArmRow {
  readonly arm: string;
  readonly formula: string;
  /** Means over the seeds, as shares. */
  readonly heldOut: number;
  readonly training: number;
  /** Chosen on other images. */
  readonly rate: number;
  /** The metric on held-out images after each epoch, mean over the seeds. */
  readonly curve: readonly number[];
  readonly look: Look | null;
  /** Of the right input against this one; null for the right one itself. */
  readonly benefit: (Interval & { readonly p: number; readonly verdict: string; readonly time: (Interval & { readonly bound: boolean }) | null }) | null;
}

export const cellNames = CELLS.map(nameOf);

/**
 * Cells with all their runs, in the order of the study, and the others.
 *
 * @param published rows of the page as it is: they stay where the runs are kept elsewhere
 */
export function verdicts(lines: readonly Line[], published: readonly Row[]): { readonly rows: readonly Row[]; readonly missing: readonly Cell[] } {
  const found = CELLS.map((cell) => {
    const own = lines.filter(({ key }) => key.startsWith(`${nameOf(cell)}/`));
    const facts = own.find(({ key }) => key.endsWith('/facts'))?.result as Facts | undefined;
    const isDone = armsOf(cell).every((arm) => runsIn(own, arm).length === SEEDS);
    return { cell, row: facts && isDone ? rowOf(cell, facts, own) : publishedRow(cell, published) };
  });
  return { rows: found.flatMap(({ row }) => row ?? []), missing: found.filter(({ row }) => !row).map(({ cell }) => cell) };
}

/** The published row of a cell that has not changed since. */
function publishedRow(cell: Cell, published: readonly Row[]): Row | undefined {
  const { size, recipe } = cell;
  return published.find((row) => nameOf(row) === nameOf(cell) && row.size === size && row.epochs === recipe.epochs && row.arms.map(({ arm }) => arm).join() === armsOf(cell).join());
}

function armsOf({ others }: Cell): readonly string[] {
  return ['normalized', ...others];
}

function resultsOf(lines: readonly Line[], arm: string, kind: string): readonly Line['result'][] {
  return lines.filter(({ key }) => new RegExp(`/${arm}/${kind}(/|$)`).test(key)).map(({ result }) => result);
}

function runsIn(lines: readonly Line[], arm: string): readonly Trained[] {
  return resultsOf(lines, arm, 'run') as readonly Trained[];
}

function rowOf(cell: Cell, facts: Facts, lines: readonly Line[]): Row {
  const { network, data, train, batchNorm, size, recipe } = cell;
  const runs = armsOf(cell).flatMap((arm) => runsIn(lines, arm).map((trained, seed) => runOf(arm, seed, trained)));
  const images = new Set(runs.flatMap(({ outcomes }) => outcomes.examples)).size;
  const evidence = evidenceOf(cell, facts, images, runs);
  const comparisons = compareArms(evidence, runs);
  const arms = armsOf(cell).map((arm): ArmRow => {
    const own = runsOf(runs, arm);
    const trained = runsIn(lines, arm);
    const compared = comparisons.find((comparison) => comparison.arm === arm);
    const { ratio, censored } = compared?.time ?? {};
    return {
      arm,
      formula: PRESETS[arm === 'normalized' ? cell.normalization : (arm as keyof typeof PRESETS)].formula,
      heldOut: mean(own.map(finalMetric)),
      training: mean(trained.map(({ trainMetric }) => trainMetric)),
      rate: trained[0]!.rate,
      curve: trained[0]!.curve.map((_, epoch) => mean(trained.map(({ curve }) => curve[epoch]!))),
      look: (resultsOf(lines, arm, 'look')[0] as Look | undefined) ?? null,
      benefit: compared ? { ...compared.benefit, p: compared.p, verdict: compared.verdict, time: ratio && censored ? { ...ratio, bound: censored.normalized + censored.other > 0 } : null } : null,
    };
  });
  return { network, data, train, batchNorm, size, images, epochs: recipe.epochs, metric: facts.spread ? 'mIoU' : 'accuracy', margin: evidence.plan.margin.points, arms };
}

/** As much of an evidence as the comparisons read. */
function evidenceOf(cell: Cell, { trivial, spread }: Facts, images: number, runs: readonly Run[]): Evidence {
  const validation = { kind: 'folds', folds: FOLDS, trainImages: images - Math.ceil(images / FOLDS), validationImages: Math.ceil(images / FOLDS) } as const;
  const planned = plannedMargin(spread ? { ...validation, spread } : validation, SEEDS);
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
  return {
    data: { images, validation },
    task: { trivial },
    plan: { arms: armsOf(cell).map((name) => ({ name, preset: 'custom', formula: '' })), seeds, looks: [SEEDS], epochs: cell.recipe.epochs, margin: { points: defaultMargin(planned), planned, chosen: false } },
    runs,
  } as unknown as Evidence;
}

function runOf(arm: string, seed: number, { fold, examples, scores, curve, trainMetric }: Trained): Run {
  // The loss was not kept: whether a run has learned is judged by its metric.
  const score = (metric: number) => ({ metric, loss: Infinity });
  const epochs = curve.map((metric, epoch): EpochScore => ({ epoch, step: epoch, train: score(trainMetric), validation: score(metric) }));
  return { arm, seed, fold, epochs, outcomes: { examples, scores }, observations: [], nonFinite: null, weights: '' };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
