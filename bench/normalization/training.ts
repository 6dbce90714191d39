/** One cell: its network, its images, and the runs that it asks for. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Treatment, treatments } from '../../src/config/treatments.ts';
import { areasOf } from '../../src/data/answers.ts';
import { probeBatch } from '../../src/data/probe.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import type { TrivialScore } from '../../src/evidence/types.ts';
import { rotatingFolds } from '../../src/experiment/design.ts';
import { Laboratory } from '../../src/experiment/laboratory.ts';
import type { Recipe } from '../../src/experiment/training.ts';
import { overlapSpread, type ScoreSpread } from '../../src/stats/precision.ts';
import { type Cell, FOLDS, nameOf, SEEDS } from './cells.ts';
import { type Images, imagesOf } from './data.ts';

const PROBE_IMAGES = 32;
/** Rates are chosen on images of their own, in three folds: each image is judged once. */
const CHOICE_FOLDS = 3;
const FACTORS = [1, 1 / 3, 3];
/** Seeds of the choice are none of the experiment's. */
const CHOICE_SEED = 1000;

/** Does the work, unless its result is kept under the key. */
export type Once = (key: string, work: () => unknown) => unknown;

export interface Look {
  /** Std of what the first convolution puts out. */
  readonly firstStd: number;
  /** Share of the values at 6 after the first ReLU6; null where there is none. */
  readonly saturated: number | null;
  /** Std of the boundary's output, and the share of it that differs between images. */
  readonly lastStd: number;
  readonly lastSignal: number;
}

export interface Trained {
  readonly rate: number;
  readonly fold: number | null;
  readonly examples: readonly number[];
  /** Of each held-out image at the end: right or wrong, or its part of the mean IoU. */
  readonly scores: readonly number[];
  /** The metric on held-out images before the first update and after each epoch. */
  readonly curve: readonly number[];
  readonly trainMetric: number;
}

/** Of a cell's images. */
export interface Facts {
  /** What the best answer that never looks at an image gets. */
  readonly trivial: TrivialScore;
  /** What the plan assumes of masks; null for labels. */
  readonly spread: ScoreSpread | null;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class Bench {
  private readonly features = new Map<string, Float32Array>();

  private constructor(
    private readonly cell: Cell,
    private readonly arms: readonly Treatment[],
    private readonly laboratory: Laboratory,
    private readonly images: Images,
    private readonly recipe: Writable<Recipe>,
    private readonly content: string,
  ) {}

  static async open(cell: Cell, folder: string, model: string | null): Promise<Bench> {
    const { size, recipe: given } = cell;
    const found = await imagesOf(cell, folder);
    const { files, answers, strata } = found;
    const images = roomForImages(files.length, [size, size]);
    readImages(files, [size, size], images);
    const recipe = { ...given, learningRate: cell.rate };
    const laboratory = await Laboratory.open({
      backend: 'wasm',
      network: {
        path: model === null ? null : { written: model, absolute: model },
        boundary: cell.boundary,
        head: cell.head,
        train: cell.train,
        ...(model === null || cell.batchNorm === 'none' ? {} : { batchNorm: cell.batchNorm }),
      },
      size: [size, size],
      images,
      answers,
      loss: 'cross-entropy',
      strata,
      probe: [],
      recipe,
      kernels: 'exact',
    });
    const arms = treatments({ input: { normalization: cell.normalization, arms: ['normalized', ...cell.others] } });
    const content = createHash('sha256').update(JSON.stringify({ cell, files: files.map(({ file }) => file), model: model === null ? null : createHash('sha256').update(readFileSync(model)).digest('hex') }));
    return new Bench(cell, arms, laboratory, found, recipe, content.digest('hex').slice(0, 12));
  }

  perform(once: Once): void {
    const { cell, arms, laboratory, images: { answers, strata } } = this;
    const half = strata.length / 2;
    const key = (...parts: readonly (string | number)[]) => [nameOf(cell), this.content, ...parts].join('/');
    const choiceSplit = offset(rotatingFolds(strata.slice(half), CHOICE_FOLDS), half);
    const split = rotatingFolds(strata.slice(0, half), FOLDS);
    once(key('facts'), (): Facts => ({ trivial: laboratory.survey().task.trivial, spread: answers.kind === 'masks' ? overlapSpread(areasOf(answers).slice(0, half)) : null }));
    for (const arm of arms) {
      if (cell.train === 'head' && cell.batchNorm === 'inference') once(key(arm.name, 'look'), () => lookAt(laboratory, arm, probeBatch(strata.slice(0, half), PROBE_IMAGES)));
      const train = (rate: number, seed: number, { fold, train: learned, validation }: ReturnType<typeof split>): Trained => {
        this.recipe.learningRate = rate;
        const run = laboratory.run({ arm: arm.name, seed, fold, train: learned, validation, probe: [], observedSteps: [] }, this.featuresOf(arm));
        const { examples, scores } = run.outcomes;
        return { rate, fold, examples, scores, curve: run.epochs.map((epoch) => epoch.validation.metric), trainMetric: run.epochs.at(-1)!.train.metric };
      };
      const scored = FACTORS.map((factor) => {
        const rate = cell.rate * factor;
        const metrics = Array.from({ length: CHOICE_FOLDS }, (_, seed) => (once(key(arm.name, 'choice', rate, seed), () => train(rate, CHOICE_SEED + seed, choiceSplit(seed))) as Trained).curve.at(-1)!);
        return { rate, sum: metrics.reduce((sum, metric) => sum + metric, 0) };
      });
      const { rate } = scored.reduce((best, one) => (one.sum > best.sum ? one : best));
      for (let seed = 0; seed < SEEDS; seed++) once(key(arm.name, 'run', seed), () => train(rate, seed, split(seed)));
    }
  }

  close(): void {
    this.laboratory.close();
  }

  private featuresOf(arm: Treatment): Float32Array {
    const known = this.features.get(arm.name);
    if (known) return known;
    const images = this.images.strata.length;
    const features = new Float32Array(images * this.laboratory.featureSize);
    for (let from = 0; from < images; from += 48) this.laboratory.features(arm, from, Math.min(from + 48, images), features);
    // One arm after the other: what is behind is not needed again.
    this.features.clear();
    this.features.set(arm.name, features);
    return features;
  }
}

function offset(splitOf: ReturnType<typeof rotatingFolds>, by: number): ReturnType<typeof rotatingFolds> {
  return (seed) => {
    const { fold, train, validation } = splitOf(seed);
    const moved = (indices: readonly number[]) => indices.map((index) => index + by);
    return { fold, train: moved(train), validation: moved(validation) };
  };
}

function lookAt(laboratory: Laboratory, arm: Treatment, probe: readonly number[]): Look {
  const { sites } = laboratory.survey();
  const observations = laboratory.observeTrunk(arm, probe);
  const of = (id: string | undefined) => observations.find(({ site }) => site === id);
  const first = sites.find(({ kind }) => kind === 'weighted')!;
  const relu6 = sites.find(({ className }) => className === 'ReLU');
  const boundary = of(sites.find((site) => site.boundary)?.id)!.y;
  return { firstStd: of(first.id)!.y.std, saturated: of(relu6?.id)?.y.rails[1] ?? null, lastStd: boundary.std, lastSignal: boundary.signal };
}
