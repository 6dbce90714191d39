/**
 * wasm beside the native backend: every layer, loss, optimizer and two whole networks, from the same weights on the same
 * inputs. Usage: node oracle.mjs CONFIG RESULT, the config being that of a network in which everything trains.
 */
import { writeFileSync } from 'node:fs';
import { cases } from '../../__tests__/engine/layers/cases/all.ts';
import type { LayerCase } from '../../__tests__/engine/layers/layer-case.ts';
import { directionalDerivative, type Objective, objectiveOf } from '../../__tests__/engine/layers/objective.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import { normalizeBatch } from '../../src/engine/batch-statistics.ts';
import { softmaxCrossEntropy } from '../../src/engine/loss.ts';
import { normalizeBatchNatively } from '../../src/engine/native/batch-statistics.ts';
import { createOptimizer } from '../../src/engine/optimizers.ts';
import { randomOf, withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import type { OptimizerName } from '../../src/engine/update-rule.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { treat } from '../../src/experiment/treat.ts';
import { buildNetwork } from '../../src/model/network.ts';
import { readDesign } from './design.ts';

/** A difference above it is explained by finite differences. */
const ROUNDING = 1e-4;
const BACKENDS = ['wasm', 'native'] as const;
type Name = (typeof BACKENDS)[number];

/** What was compared, and the largest difference relative to the largest value of the same tensor. */
interface Row {
  readonly what: string;
  readonly cases: number;
  readonly outputs: number;
  readonly gradients: number;
  readonly explained?: string;
}

const LOSSES = ['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'meanSquaredLogarithmicError', 'squaredHinge', 'hinge', 'categoricalHinge', 'logcosh', 'categoricalCrossentropy', 'binaryCrossentropy', 'kullbackLeiblerDivergence', 'poisson', 'cosineProximity'];
const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'momentum', 'adam', 'adamax', 'rmsprop', 'adagrad'];
const STEPS = 5;
const EPSILON = 1e-3;

const [configPath, resultPath] = process.argv.slice(2) as [string, string];
// First: its own core would put the stock gradients back.
const { native } = await startBackend('native');
const result = { native, layers: await layerRows(), losses: await lossRows(), optimizers: await optimizerRows(), networks: await networkRows(), batchNorm: await batchNormRows() };
writeFileSync(resultPath, JSON.stringify(result));

async function onBoth<T>(compute: () => T | Promise<T>): Promise<Record<Name, T>> {
  const results = {} as Record<Name, T>;
  for (const name of BACKENDS) {
    await startBackend(name);
    results[name] = await compute();
  }
  return results;
}

function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference === 0 ? 0 : difference / largest;
}

function worst(pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): number {
  return Math.max(0, ...pairs.map(([a, b]) => relative(a, b)));
}

async function layerRows(): Promise<Row[]> {
  const rows = new Map<string, Row>();
  for (const layerCase of cases) {
    const found = await compareLayer(layerCase);
    const row = rows.get(layerCase.layer) ?? { what: layerCase.layer, cases: 0, outputs: 0, gradients: 0 };
    const explained = [row.explained, found.explained].filter(Boolean).join('; ');
    rows.set(layerCase.layer, { what: row.what, cases: row.cases + 1, outputs: Math.max(row.outputs, found.outputs), gradients: Math.max(row.gradients, found.gradients), ...(explained ? { explained } : {}) });
  }
  return [...rows.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
}

async function compareLayer(layerCase: LayerCase): Promise<Omit<Row, 'what' | 'cases'>> {
  const { wasm, native: other } = await onBoth(() => {
    const objective = objectiveOf(layerCase);
    return { objective, outputs: objective.evaluate().outputs, slopes: objective.gradients() };
  });
  const outputs = worst(wasm.outputs.map((output, i) => [output, other.outputs[i]!]));
  const errors = wasm.slopes.map((slope, i) => relative(slope, other.slopes[i]!));
  const gradients = Math.max(0, ...errors);
  const at = errors.indexOf(gradients);
  const explained = gradients > ROUNDING ? await referee(layerCase, wasm.objective, at, wasm.slopes[at]!, other.slopes[at]!) : undefined;
  await onBoth(() => undefined);
  return { outputs, gradients, ...(explained ? { explained } : {}) };
}

/** Which of two gradients central differences along the signs of their difference agree with. */
async function referee({ variant, kinked }: LayerCase, { variables, evaluate }: Objective, at: number, ours: Float32Array, theirs: Float32Array): Promise<string> {
  await startBackend('wasm');
  const variable = variables[at]!;
  const direction = ours.map((slope, i) => Math.sign(slope - theirs[i]!));
  const along = (gradient: Float32Array) => gradient.reduce((sum, slope, i) => sum + slope * direction[i]!, 0);
  const expected = directionalDerivative(variable, direction, () => evaluate().value, kinked);
  return `${variant}: finite differences ${expected.toPrecision(6)}, wasm ${along(ours).toPrecision(6)}, native ${along(theirs).toPrecision(6)}`;
}

/** A small dense network whose outputs are a distribution, which every loss takes. */
function denseNetwork(): tf.LayersModel {
  return withSeed(1, 'dense network', () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [6], units: 8, activation: 'tanh' }), tf.layers.dense({ units: 4, activation: 'softmax' })] }));
}

function uniform(shape: number[], role: string): tf.Tensor {
  const random = randomOf(2, role);
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, random), shape);
}

function weightsOf(model: tf.LayersModel): Float32Array[] {
  return model.getWeights().map((weight) => weight.dataSync<'float32'>().slice());
}

async function lossRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const loss of LOSSES) {
    const { wasm, native: other } = await onBoth(async () => {
      const model = denseNetwork();
      const before = weightsOf(model);
      // At rate 1, what a step takes from the weights is the gradient.
      model.compile({ optimizer: tf.train.sgd(1), loss });
      const value = await model.trainOnBatch(uniform([16, 6], 'inputs'), tf.softmax(tf.mul(uniform([16, 4], 'targets'), 3)));
      return { value: [Number(value)], change: weightsOf(model).map((after, i) => after.map((weight, j) => before[i]![j]! - weight)) };
    });
    rows.push({ what: loss, cases: 1, outputs: relative(wasm.value, other.value), gradients: worst(wasm.change.map((change, i) => [change, other.change[i]!])) });
  }
  const own = await onBoth(() => {
    const logits = tf.sub<tf.Tensor2D>(tf.mul(uniform([16, 4], 'logits'), 8), 4);
    const targets = targetsOf(Array.from({ length: 16 }, (_, i) => i % 4), 4);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) => softmaxCrossEntropy(targets, x))(logits);
    return { value: [value.dataSync()[0]!], gradient: grad.dataSync<'float32'>().slice() };
  });
  return [{ what: 'softmax cross-entropy of the check', cases: 1, outputs: relative(own.wasm.value, own.native.value), gradients: relative(own.wasm.gradient, own.native.gradient) }, ...rows];
}

async function optimizerRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of OPTIMIZERS) {
    const { wasm, native: other } = await onBoth(() => {
      const model = denseNetwork();
      train(model, uniform([16, 6], 'inputs'), Array.from({ length: 16 }, (_, i) => i % 4), 4, name, 0.01);
      return weightsOf(model);
    });
    rows.push({ what: name, cases: 1, outputs: worst(wasm.map((weights, i) => [weights, other[i]!])), gradients: Number.NaN });
  }
  return rows;
}

function train(model: tf.LayersModel, images: tf.Tensor, labels: readonly number[], classes: number, name: OptimizerName, rate: number): void {
  const variables = trainableVariables(model);
  const optimizer = createOptimizer(name, rate, variables);
  for (let step = 0; step < STEPS; step++) {
    tf.tidy(() => { optimizer.apply(gradientsOf(model, images, labels, classes, variables).grads); });
  }
  optimizer.dispose();
}

function gradientsOf(model: tf.LayersModel, images: tf.Tensor, labels: readonly number[], classes: number, variables: tf.Variable[]) {
  const targets = targetsOf(labels, classes);
  return tf.variableGrads(() => softmaxCrossEntropy(targets, model.apply(images, { training: true }) as tf.Tensor2D), variables);
}

function targetsOf(labels: readonly number[], classes: number): tf.Tensor2D {
  return tf.cast(tf.oneHot(tf.tensor1d([...labels], 'int32'), classes) as tf.Tensor2D, 'float32');
}

async function networkRows(): Promise<Row[]> {
  const { design } = await readDesign(configPath);
  const { setup, treatments } = design;
  const { answers } = setup;
  if (answers.kind !== 'labels') throw new Error('Compared on a classification.');
  const { labels: allLabels, classes } = answers;
  const head = [
    ...[16, 32, 64].flatMap((filters) => [
      { layer: 'conv-2d', filters, 'kernel-size': 3, padding: 'same', 'use-bias': false } as const,
      { layer: 'batch-normalization' } as const,
      { layer: 're-lu' } as const,
      { layer: 'max-pooling-2d', 'pool-size': 2 } as const,
    ]),
    { layer: 'global-average-pooling-2d' } as const,
    { layer: 'dense', units: classes } as const,
  ];
  const networks = [
    { what: 'EfficientNet-Lite0 with a new head, 96 px, all of it trained, 16 images', spec: setup.network },
    { what: 'CNN 16-32-64 with batch normalization, 96 px, 16 images', spec: { path: null, boundary: null, head, train: 'all' } },
  ];
  const rows: Row[] = [];
  for (const { what, spec } of networks) {
    const { wasm, native: other } = await onBoth(async () => {
      const { model, newLayers } = await buildNetwork(spec, setup.size, [classes]);
      runFrozenBatchNormInInference(model);
      initialize(newLayers, 0);
      const indices = Array.from({ length: 16 }, (_, i) => Math.floor((i * allLabels.length) / 16));
      const images = treat(treatments[0]!, setup.images, indices, ...setup.size);
      const labels = indices.map((index) => allLabels[index]!);
      const variables = trainableVariables(model);
      const { value, grads } = gradientsOf(model, images, labels, classes, variables);
      return { loss: [value.dataSync()[0]!], gradients: variables.map(({ name }) => grads[name]!.dataSync<'float32'>().slice()) };
    });
    // Of the whole gradient: single weights whose own gradient cancels to almost nothing say nothing.
    const length = (gradients: readonly Float32Array[]) => Math.sqrt(gradients.reduce((sum, gradient) => sum + gradient.reduce((s, slope) => s + slope * slope, 0), 0));
    const apart = wasm.gradients.map((gradient, i) => gradient.map((slope, j) => slope - other.gradients[i]![j]!));
    rows.push({ what: `${what}: ${wasm.gradients.length} trainable tensors`, cases: 1, outputs: relative(wasm.loss, other.loss), gradients: length(apart) / length(other.gradients) });
  }
  return rows;
}

/** Batch normalization in training beside float64: where whole networks differ by more than a layer, it is this. */
async function batchNormRows() {
  const rows = [];
  for (const values of [1024, 16_384, 147_456]) {
    const [x, dy] = ['x', 'dy'].map((role) => normals(values, role)) as [Float32Array, Float32Array];
    const expected = normalizedInDouble(x, dy);
    const errors = await onBoth(() => {
      const normalize = tf.getBackend() === 'wasm' ? normalizeBatch : normalizeBatchNatively;
      const statistics = { mean: new Float32Array(1), variance: new Float32Array(1) };
      const dx = tf.tidy(() =>
        tf.grad((batch) => {
          const { y, mean, variance } = normalize(batch, null, null, EPSILON);
          statistics.mean.set(mean.dataSync());
          statistics.variance.set(variance.dataSync());
          return y;
        })(tf.tensor(x, [values, 1]), tf.tensor(dy, [values, 1])).dataSync<'float32'>(),
      );
      const { mean, variance } = expected;
      return { mean: Math.abs(statistics.mean[0]! - mean) / Math.sqrt(variance), variance: Math.abs(statistics.variance[0]! / variance - 1), dx: relative(dx, expected.dx) };
    });
    rows.push({ values, ...errors });
  }
  return rows;
}

function normals(count: number, role: string): Float32Array {
  const random = randomOf(3, role);
  return Float32Array.from({ length: count }, () => 1 + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

/** One channel, after Ioffe and Szegedy (2015, arXiv:1502.03167). */
function normalizedInDouble(x: Float32Array, dy: Float32Array) {
  const average = (term: (i: number) => number) => x.reduce((sum, _, i) => sum + term(i), 0) / x.length;
  const mean = average((i) => x[i]!);
  const variance = average((i) => (x[i]! - mean) ** 2);
  const inverse = 1 / Math.sqrt(variance + EPSILON);
  const [slope, product] = [average((i) => dy[i]!), average((i) => dy[i]! * (x[i]! - mean) * inverse)];
  return { mean, variance, dx: Float64Array.from(x, (value, i) => inverse * (dy[i]! - slope - (value - mean) * inverse * product)) };
}
