import { createHash } from 'node:crypto';
import type { EpochScore, Observation, Run } from '../evidence/types.ts';
import { randomOf, shuffled } from '../engine/seeding.ts';
import { inScope } from '../engine/scope.ts';
import * as tf from '../engine/tf.ts';
import { seedChance } from './chance.ts';
import { evaluate, type Evaluation } from './evaluation.ts';
import { batchOf, type Examples, oneHotOf } from './examples.ts';
import { observe } from './observation.ts';

/** How every run of a check trains. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Updates after which the layers are looked at. */
  readonly observedSteps: readonly number[];
  /** Examples that go through the network at once where no gradient is needed. */
  readonly chunk: number;
}

const OPTIMIZERS = {
  sgd: (rate: number) => tf.train.sgd(rate),
  momentum: (rate: number) => tf.train.momentum(rate, 0.9),
  adam: (rate: number) => tf.train.adam(rate),
  rmsprop: (rate: number) => tf.train.rmsprop(rate),
  adagrad: (rate: number) => tf.train.adagrad(rate),
  adamax: (rate: number) => tf.train.adamax(rate),
};

export type OptimizerName = keyof typeof OPTIMIZERS;

/** What one run trains on. */
export interface Lesson {
  readonly arm: string;
  readonly seed: number;
  readonly fold: number | null;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** The fixed batch on which layers are observed. */
  readonly probe: readonly number[];
}

/**
 * One run: trains `model` from the weights it has, and watches it.
 *
 * Everything that is drawn depends on the seed and on what it is drawn for, never on the arm:
 * the runs of one seed differ by their input alone.
 */
export function trainRun(model: tf.LayersModel, examples: Examples, lesson: Lesson, recipe: Recipe, callsBefore: ReadonlyMap<string, number>): Run {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = OPTIMIZERS[recipe.optimizer](recipe.learningRate);
  const observedSteps = new Set(recipe.observedSteps);
  const observations: Observation[] = [];
  const epochs: EpochScore[] = [];
  let nonFinite: Run['nonFinite'] = null;
  let step = 0;
  let moment = '';
  const unseed = seedChance(model, lesson.seed, () => moment);

  const lossOf = (batch: tf.Tensor, targets: tf.Tensor2D) => () => {
    const logits = model.apply(batch, { training: true }) as tf.Tensor2D;
    const loss = tf.losses.softmaxCrossEntropy(targets, logits);
    return model.calculateLosses().reduce<tf.Scalar>((sum, penalty) => sum.add(penalty), loss as tf.Scalar);
  };

  const look = () => {
    if (!observedSteps.has(step)) return;
    moment = `probe/${step}`;
    inScope(() => {
      const batch = batchOf(examples, lesson.probe);
      const targets = oneHotOf(examples, lesson.probe);
      observations.push(...observe(model, { step, mode: 'inference', callsBefore }, () => model.apply(batch, { training: false })));
      keepingMovingStatistics(model, () => {
        observations.push(...observe(model, { step, mode: 'training', callsBefore }, () => tf.variableGrads(lossOf(batch, targets), variables)));
      });
    });
  };

  const update = (indices: readonly number[]) => {
    moment = `training/${step}`;
    tf.tidy(() => {
      const batch = batchOf(examples, indices);
      const { value, grads } = tf.variableGrads(lossOf(batch, oneHotOf(examples, indices)), variables);
      if (Number.isFinite(value.dataSync()[0])) {
        optimizer.applyGradients(grads as Record<string, tf.Variable>);
      } else {
        nonFinite = { step, where: firstNonFinite(observe(model, { step, mode: 'training', callsBefore }, () => model.apply(batch, { training: true }))) };
      }
    });
    if (!nonFinite) step++;
  };

  const score = (epoch: number): Evaluation => {
    const { loss, accuracy } = evaluate(model, examples, lesson.train, recipe.chunk);
    const validation = evaluate(model, examples, lesson.validation, recipe.chunk);
    epochs.push({ epoch, step, train: { loss, accuracy }, validation: { loss: validation.loss, accuracy: validation.accuracy } });
    return validation;
  };

  try {
    let outcome = score(0);
    look();
    for (let epoch = 1; epoch <= recipe.epochs && !nonFinite; epoch++) {
      const order = shuffled(lesson.train.length, randomOf(lesson.seed, `order/${epoch}`));
      for (let start = 0; start < order.length && !nonFinite; start += recipe.batchSize) {
        update(Array.from(order.slice(start, start + recipe.batchSize), (position) => lesson.train[position]!));
        if (!nonFinite) look();
      }
      outcome = score(epoch);
    }
    return {
      arm: lesson.arm,
      seed: lesson.seed,
      fold: lesson.fold,
      epochs,
      outcomes: { examples: lesson.validation, correct: outcome.correct },
      observations,
      nonFinite,
      weights: hashOf(model),
    };
  } finally {
    unseed();
    optimizer.dispose();
  }
}

/** Updates after which a run is looked at: 0, 1, 2, 4, 8, ... and the last of each epoch. */
export function stepsToObserve(stepsPerEpoch: number, epochs: number): number[] {
  const last = stepsPerEpoch * epochs;
  const steps = new Set([0]);
  for (let step = 1; step < last; step *= 2) steps.add(step);
  for (let epoch = 1; epoch <= epochs; epoch++) steps.add(epoch * stepsPerEpoch);
  return [...steps].sort((a, b) => a - b);
}

/** A look in training mode must not move what BatchNorm remembers. */
function keepingMovingStatistics(model: tf.LayersModel, run: () => void): void {
  const weights = model.nonTrainableWeights;
  const before = weights.map((weight) => weight.read().clone());
  run();
  weights.forEach((weight, index) => {
    weight.write(before[index]!);
  });
}

function firstNonFinite(observations: readonly Observation[]): string {
  return observations.find(({ y }) => y.nonFinite > 0)?.site ?? 'loss';
}

function hashOf(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const weight of model.weights) {
    const values = weight.read().dataSync();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
