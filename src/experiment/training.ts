import { createHash } from 'node:crypto';
import type { EpochScore, InitialWeights, Mode, Observation, Outcomes, Run, Score, Update } from '../evidence/types.ts';
import { batchDependentLayer } from '../engine/batch-norm.ts';
import { createOptimizer, type Optimizer } from '../engine/optimizers.ts';
import { randomOf, shuffled } from '../engine/seeding.ts';
import { inScope } from '../engine/scope.ts';
import { spreadOf } from '../engine/statistics.ts';
import * as tf from '../engine/tf.ts';
import type { OptimizerName } from '../engine/update-rule.ts';
import { trainableVariables } from '../engine/variables.ts';
import { isRandom } from '../model/random-layers.ts';
import { Chance } from './chance.ts';
import { evaluate } from './evaluation.ts';
import { batchOf, type Examples } from './examples.ts';
import type { Evaluation } from './learning-task.ts';
import { observe } from './observation.ts';
import { RecordedPasses } from './recorded-passes.ts';
import { initialWeights, UpdateMeter } from './weights.ts';

/** How every run of a check trains. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Examples that go through the network at once where no gradient is needed. */
  readonly chunk: number;
  /** Largest norm of the gradients over all weights; larger ones are scaled down. None by default. */
  readonly clipNorm?: number | undefined;
  /** Whether the penalties of regularizers count; by default they do. */
  readonly penalties?: boolean;
}

/** What one run trains on. */
export interface Lesson {
  readonly arm: string;
  readonly seed: number;
  readonly fold: number | null;
  readonly train: readonly number[];
  /** Most examples that go through the network at once in an update, all by default; gradients of parts are added up. */
  readonly microBatch?: number;
  readonly validation: readonly number[];
  /** The fixed batch on which layers are observed. */
  readonly probe: readonly number[];
  /** Updates after which they are. */
  readonly observedSteps: readonly number[];
}

/**
 * One run: trains `model` from the weights it has, and watches it.
 *
 * Everything that is drawn depends on the seed and on what it is drawn for, never on the arm:
 * the runs of one seed differ by their input alone.
 *
 * @param callsBefore how often each layer was called before this part of the network, by path
 */
export function trainRun(model: tf.LayersModel, examples: Examples, lesson: Lesson, recipe: Recipe, callsBefore: ReadonlyMap<string, number>): Run {
  const training = new Training(model, examples, lesson, recipe, callsBefore);
  try {
    return training.run();
  } finally {
    training.close();
  }
}

type Batch = ReturnType<typeof batchOf>;

class Training {
  private readonly variables: tf.Variable[];
  private readonly optimizer: Optimizer;
  private readonly observedSteps: ReadonlySet<number>;
  private readonly observations: Observation[] = [];
  private readonly epochs: EpochScore[] = [];
  private readonly chance: Chance;
  private readonly meter: UpdateMeter;
  private readonly initial: readonly InitialWeights[];
  private readonly updates: Update[] = [];
  private readonly recorded: RecordedPasses;
  /** Whether a pass in training mode differs from one in inference mode. */
  private readonly knowsModes: boolean;
  private nonFinite: Run['nonFinite'] = null;
  private step = 0;

  constructor(
    private readonly model: tf.LayersModel,
    private readonly examples: Examples,
    private readonly lesson: Lesson,
    private readonly recipe: Recipe,
    private readonly callsBefore: ReadonlyMap<string, number>,
  ) {
    this.variables = trainableVariables(model);
    this.optimizer = createOptimizer(recipe.optimizer, recipe.learningRate, this.variables);
    this.observedSteps = new Set(lesson.observedSteps);
    this.chance = new Chance(model, lesson.seed);
    this.meter = new UpdateMeter(model, this.variables);
    this.initial = lesson.observedSteps.length > 0 ? initialWeights(model) : [];
    this.recorded = new RecordedPasses(model);
    this.knowsModes = isRandom(model) || batchDependentLayer(model) !== null;
  }

  run(): Run {
    const { arm, seed, fold, validation } = this.lesson;
    let outcome = this.score(0);
    this.look();
    for (let epoch = 1; epoch <= this.recipe.epochs && !this.nonFinite; epoch++) {
      this.trainEpoch(epoch);
      outcome = this.score(epoch);
    }
    return {
      arm,
      seed,
      fold,
      epochs: this.epochs,
      outcomes: outcomesOf(validation, outcome),
      observations: this.observations,
      initial: this.initial,
      updates: this.updates,
      nonFinite: this.nonFinite,
      weights: hashOf(this.model),
    };
  }

  close(): void {
    this.chance.release();
    this.optimizer.dispose();
    this.recorded.dispose();
  }

  private trainEpoch(epoch: number): void {
    const { train, seed } = this.lesson;
    const order = Array.from(shuffled(train.length, randomOf(seed, `order/${epoch}`)), (position) => train[position]!);
    for (let start = 0; start < order.length; start += this.recipe.batchSize) {
      this.update(order.slice(start, start + this.recipe.batchSize));
      if (this.nonFinite) return;
      this.step++;
      this.look();
    }
  }

  private update(indices: readonly number[]): void {
    const { microBatch = indices.length } = this.lesson;
    tf.tidy(() => {
      let sum: tf.NamedTensorMap | undefined;
      for (let start = 0; start < indices.length; start += microBatch) {
        const part = indices.slice(start, start + microBatch);
        const gradients = this.gradientsOf(part, start, indices);
        if (!gradients) return;
        sum = sum ? added(sum, gradients) : gradients;
      }
      const gradients = clipped(sum!, this.recipe.clipNorm);
      const apply = () => {
        this.optimizer.apply(gradients);
      };
      if (this.observedSteps.has(this.step + 1)) this.updates.push(...this.meter.measure(gradients, this.step + 1, apply));
      else apply();
    });
  }

  /**
   * What a part of a batch adds to the gradient of the batch's loss. The first part has the penalties. None where the
   * loss is not finite, which ends the run.
   *
   * @param start place of the part in the batch
   */
  private gradientsOf(part: readonly number[], start: number, indices: readonly number[]): tf.NamedTensorMap | undefined {
    const moment = start === 0 ? `training/${this.step}` : `training/${this.step}/from ${start}`;
    this.chance.begin(moment);
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- how tfjs says that a scope may return nothing
    return tf.tidy<tf.NamedTensorMap | void>(() => {
      const batch = batchOf(this.examples, part);
      const targets = this.examples.task.targets?.(part, indices);
      const loss = start === 0 ? this.lossOf(batch, part, indices, targets) : () => this.taskLossOf(batch, part, indices, targets);
      const compute = () => tf.variableGrads(loss, this.variables);
      const what = `${start === 0 ? 'first' : 'other'} ${part.length} of ${indices.length}`;
      const { value, grads } = targets ? this.recorded.gradients(what, [batch, targets].flat(), compute) : compute();
      if (Number.isFinite(value.dataSync()[0])) return grads;
      // The same draws as in the pass that failed.
      this.chance.begin(moment);
      this.stopAt(batch, 'training');
      return undefined;
    }) as tf.NamedTensorMap | undefined;
  }

  /** What a part of a batch adds to the task's loss, with the penalties of regularizers. */
  private lossOf(batch: Batch, part: readonly number[], indices = part, targets?: tf.Tensor): () => tf.Scalar {
    return () => {
      const loss = this.taskLossOf(batch, part, indices, targets);
      const penalties = this.recipe.penalties === false ? [] : this.model.calculateLosses();
      return penalties.reduce((sum, penalty) => tf.add(sum, penalty), loss);
    };
  }

  private taskLossOf(batch: Batch, part: readonly number[], indices: readonly number[], targets?: tf.Tensor): tf.Scalar {
    return this.examples.task.loss(this.model.apply(batch, { training: true }) as tf.Tensor, part, indices, targets);
  }

  /** Observes every layer on the probe batch in both modes, where the plan says so. */
  private look(): void {
    if (!this.observedSteps.has(this.step)) return;
    this.chance.begin(`probe/${this.step}`);
    inScope(() => {
      const batch = batchOf(this.examples, this.lesson.probe);
      const inference = this.knowsModes ? this.observe('inference', batch) : null;
      const training = this.observe('training', batch);
      this.observations.push(...(inference ?? training.map((seen) => ({ ...seen, mode: 'inference' as const, gradient: null }))), ...training);
    });
  }

  private observe(mode: Mode, batch: Batch): Observation[] {
    const { model, step, callsBefore } = this;
    const look = { step, mode, callsBefore };
    if (mode === 'inference') return observe(model, look, () => model.apply(batch, { training: false }));
    return keepingMovingStatistics(model, () => observe(model, look, () => tf.variableGrads(this.lossOf(batch, this.lesson.probe), this.variables)));
  }

  private score(epoch: number): Evaluation {
    const { train, validation, probe } = this.lesson;
    const learned = evaluate(this.model, this.examples, train, this.recipe.chunk, this.recorded);
    const held = evaluate(this.model, this.examples, validation, this.recipe.chunk, this.recorded);
    this.epochs.push({ epoch, step: this.step, train: scoreOf(learned), validation: scoreOf(held), ...(learned.certainty === undefined ? {} : { certainty: learned.certainty }), ...this.penalty() });
    // What the last update of all did, no later one would notice.
    if (!this.nonFinite && !Number.isFinite(learned.loss + held.loss)) {
      inScope(() => {
        this.stopAt(batchOf(this.examples, probe), 'inference');
      });
    }
    return held;
  }

  /** What regularizers add to the loss, where there are any. */
  private penalty(): Pick<EpochScore, 'penalty'> {
    if (this.recipe.penalties === false) return {};
    const penalties = inScope(() => this.model.calculateLosses().map((penalty) => penalty.dataSync()[0]!));
    return penalties.length === 0 ? {} : { penalty: penalties.reduce((sum, penalty) => sum + penalty, 0) };
  }

  /** Ends the run, and finds the first layer in whose output there is a NaN or an infinity. */
  private stopAt(batch: Batch, mode: Mode): void {
    const { model, step, callsBefore } = this;
    const observations = observe(model, { step, mode, callsBefore }, () => model.apply(batch, { training: mode === 'training' }));
    this.nonFinite = { step, where: observations.find(({ y }) => y.nonFinite > 0)?.site ?? 'loss' };
  }
}

/** The sum, in place of what is added up. */
function added(sum: tf.NamedTensorMap, more: tf.NamedTensorMap): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(sum).map(([name, gradient]) => {
      const total = tf.add(gradient, more[name]!);
      tf.dispose([gradient, more[name]!]);
      return [name, total];
    }),
  );
}

/** Scaled so that their norm over all weights is at most `norm` (Pascanu et al. 2013, algorithm 1). */
function clipped(gradients: tf.NamedTensorMap, norm = Infinity): tf.NamedTensorMap {
  if (norm === Infinity) return gradients;
  const squares = Object.values(gradients).map((gradient) => gradient.size * spreadOf(gradient).rms ** 2);
  const length = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  if (length <= norm) return gradients;
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, norm / length)]));
}

function scoreOf({ loss, metric }: Evaluation): Score {
  return { loss, metric };
}

function outcomesOf(examples: readonly number[], { scores, pixels }: Evaluation): Outcomes {
  return { examples, scores, ...(pixels ? { pixels } : {}) };
}

/** A look in training mode must not move what BatchNorm remembers. */
function keepingMovingStatistics<T>(model: tf.LayersModel, run: () => T): T {
  const weights = model.nonTrainableWeights;
  const before = weights.map((weight) => weight.read().clone());
  try {
    return run();
  } finally {
    weights.forEach((weight, index) => {
      weight.write(before[index]!);
    });
  }
}

function hashOf(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const weight of model.weights) {
    const values = weight.read().dataSync();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
