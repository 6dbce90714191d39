import { expect } from 'vitest';

import '@tensorflow/tfjs-backend-cpu';
import { runFrozenBatchNormInInference } from '../../../src/engine/batch-norm.ts';
import { randomOf, withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainableVariables } from '../../../src/engine/variables.ts';
import { normal } from '../arbitrary.ts';
import { relativeError } from '../reference/array.ts';
import type { LayerCase } from './layer-case.ts';

const SEED = 7;
const BATCH = 3;
/** Half the distance between two evaluations: exact in float32, and small against the distance to a kink. */
const STEP = 1 / 32;
const STEP_NEAR_KINK = 1 / 512;
const DIRECTIONS = 4;
/** What a directional derivative may be off, as a share of the gradient's length; and for gradients near 0. */
const TOLERANCE = { relative: 1e-3, absolute: 2e-4 };

/**
 * Expects a layer inside a network to train for two steps: everything stays finite, and every trainable weight of the
 * network changes.
 */
export async function expectToTrain(layerCase: LayerCase): Promise<void> {
  const model = network(layerCase);
  runFrozenBatchNormInInference(model);
  const inputs = drawInputs(layerCase);
  const targets = model.outputs.map(({ shape }) => tf.ones([batchOf(layerCase), ...(shape.slice(1) as number[])]));
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  const before = trainableVariables(model).map((variable) => variable.dataSync().slice());
  const history = await model.fit(inputs, targets, { epochs: 2, batchSize: batchOf(layerCase), shuffle: false });
  for (const loss of history.history.loss!) expect(loss).toSatisfy(Number.isFinite);
  trainableVariables(model).forEach((variable, index) => {
    const after = variable.dataSync();
    expect(after.every(Number.isFinite), `${variable.name} is finite`).toBe(true);
    expect(after.some((value, i) => value !== before[index]![i]), `${variable.name} changes`).toBe(true);
  });
}

/**
 * Expects the gradient of a random projection of the layer's outputs, by every trainable weight and every input, to
 * agree with central differences along random directions; and the outputs to be those of TensorFlow.js's plain cpu
 * backend, so that the differences are those of the right function.
 */
export async function expectRightGradients(layerCase: LayerCase): Promise<void> {
  const { model, variables, evaluate, gradients } = objectiveOf(layerCase);
  const [{ outputs }, slopes] = [evaluate(), gradients()];
  const random = randomOf(SEED, 'directions');
  variables.forEach((variable, index) => {
    const gradient = slopes[index]!;
    const length = Math.hypot(...gradient);
    expect(length, `${variable.name} has a gradient`).toBeGreaterThan(1e-3);
    for (let i = 0; i < DIRECTIONS; i++) {
      // Zeros stay: they mark gaps.
      const direction = Float32Array.from(variable.dataSync(), (value) => (value === 0 ? 0 : random() < 0.5 ? -1 : 1));
      const expected = directionalDerivative(variable, direction, () => evaluate().value, layerCase.kinked);
      const actual = gradient.reduce((sum, slope, j) => sum + slope * direction[j]!, 0);
      const allowed = TOLERANCE.relative * length + TOLERANCE.absolute;
      expect(Math.abs(actual - expected), `${variable.name}: ${actual} is ${expected}`).toBeLessThan(allowed);
    }
  });

  const tried = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const expected = evaluate().outputs;
    outputs.forEach((output, i) => {
      const error = relativeError(output, expected[i]!);
      // An upgrade that mends cpu is noticed, too.
      if (layerCase.wrongOnCpu) expect(error, `output ${i}`).toBeGreaterThan(1e-2);
      else expect(error, `output ${i}`).toBeLessThan(1e-5);
    });
  } finally {
    await tf.setBackend(tried);
  }
  model.dispose();
}

interface Objective {
  readonly model: tf.LayersModel;
  /** Trainable weights, then the inputs that have a gradient. */
  readonly variables: readonly tf.Variable[];
  /** Outputs in training mode, and the projection of them, with what regularizers add, in double precision. */
  readonly evaluate: () => { outputs: Float32Array[]; value: number };
  readonly gradients: () => Float32Array[];
}

/** The layer alone. */
export function modelOf(layerCase: LayerCase): tf.LayersModel {
  const inputs = symbolicInputs(layerCase);
  const model = tf.model({ inputs, outputs: [layerCase.apply(...inputs)].flat() });
  runFrozenBatchNormInInference(model);
  return model;
}

function objectiveOf(layerCase: LayerCase): Objective {
  const model = modelOf(layerCase);
  expect(classesIn(model), 'the case calls its layer').toContain(layerCase.layer);
  drawWeights(model);
  const fed = drawInputs(layerCase).map((input) => tf.variable(input));
  const variables = [...trainableVariables(model), ...(layerCase.categories ? [] : fed)];
  const run = () => {
    model.resetStates();
    return withSeed(SEED, 'noise', () => [model.apply(fed, { training: true }) as tf.Tensor | tf.Tensor[]].flat());
  };
  const projection = tf.tidy(() => run().map(({ shape }, index) => uniform(shape, `projection/${index}`)));

  const evaluate = () =>
    tf.tidy(() => {
      const values = run().map((output) => output.dataSync<'float32'>());
      const penalty = model.calculateLosses().reduce((sum, loss) => sum + loss.dataSync()[0]!, 0);
      const value = values.reduce((sum, output, k) => sum + output.reduce((s, y, i) => s + y * projection[k]![i]!, 0), penalty);
      return { outputs: values.map((output) => output.slice()), value };
    });
  const gradients = () =>
    tf.tidy(() => {
      const loss = () => {
        const terms = run().map((output, k) => tf.sum(tf.mul(output, tf.tensor(projection[k]!, output.shape))));
        return tf.addN([...terms, ...model.calculateLosses()]) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(loss, variables);
      return variables.map(({ name }) => grads[name]!.dataSync<'float32'>().slice());
    });
  return { model, variables, evaluate, gradients };
}

/** The layer between trainable ones: dense layers put in what it reads and read what it puts out. */
function network(layerCase: LayerCase): tf.LayersModel {
  const inputs = symbolicInputs(layerCase);
  const read = layerCase.categories
    ? inputs
    : inputs.map((input) => tf.layers.dense({ units: input.shape.at(-1)!, useBias: false, kernelInitializer: 'identity' }).apply(input) as tf.SymbolicTensor);
  const outputs = [layerCase.apply(...read)].flat().map((output) => {
    const flat = output.shape.length > 2 ? (tf.layers.flatten().apply(output) as tf.SymbolicTensor) : output;
    return tf.layers.dense({ units: 2 }).apply(flat) as tf.SymbolicTensor;
  });
  return tf.model({ inputs, outputs });
}

function symbolicInputs(layerCase: LayerCase): tf.SymbolicTensor[] {
  const { inputs, batch } = layerCase;
  return inputs.map((shape) => tf.input({ batchShape: [batch ?? null, ...shape] }));
}

export function drawInputs({ inputs, draw, batch = BATCH }: LayerCase): tf.Tensor[] {
  return inputs.map((shape, index) => {
    const whole = [batch, ...shape];
    const random = normal(SEED + index);
    return tf.tensor(draw ? draw(whole, SEED + index) : Array.from({ length: tf.util.sizeFromShape(whole) }, random), whole);
  });
}

/** Weights that no initializer leaves special: away from 0, where penalties have a kink, and positive variances. */
function drawWeights(model: tf.LayersModel): void {
  const random = normal(SEED);
  for (const weight of model.weights) {
    const variance = weight.originalName.includes('variance');
    const values = Float32Array.from({ length: tf.util.sizeFromShape(weight.shape as number[]) }, () => {
      const size = 0.1 + 0.4 * Math.abs(random());
      return variance || random() > 0 ? size : -size;
    });
    tf.tidy(() => { weight.write(tf.tensor(values, weight.shape as number[])); });
  }
}

/** The derivative along a direction from central differences, the error of second order taken off (Richardson). */
function directionalDerivative(variable: tf.Variable, direction: Float32Array, value: () => number, kinked = false): number {
  const start = variable.dataSync().slice();
  const difference = (step: number) => {
    const at = (sign: number) => {
      tf.tidy(() => { variable.assign(tf.tensor(start.map((x, i) => x + sign * step * direction[i]!), variable.shape)); });
      return value();
    };
    return (at(1) - at(-1)) / (2 * step);
  };
  const derivative = kinked ? difference(STEP_NEAR_KINK) : (4 * difference(STEP / 2) - difference(STEP)) / 3;
  tf.tidy(() => { variable.assign(tf.tensor(start, variable.shape)); });
  return derivative;
}

/** Classes of a model and of everything inside of it. */
function classesIn(layer: tf.layers.Layer): string[] {
  const parts = layer as Partial<Record<'layer' | 'cell' | 'forwardLayer', tf.layers.Layer> & Record<'layers' | 'cells', tf.layers.Layer[]>>;
  const inside = [parts.layer, parts.cell, parts.forwardLayer, parts.layers, parts.cells].flat();
  return [layer.getClassName(), ...inside.flatMap((part) => (part ? classesIn(part) : []))];
}

function uniform(shape: readonly number[], role: string): Float32Array {
  const random = randomOf(SEED, role);
  return Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => 2 * random() - 1);
}

function batchOf({ batch = BATCH }: LayerCase): number {
  return batch;
}
