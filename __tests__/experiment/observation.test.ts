import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import type { Mode, Observation } from '../../src/evidence/types.ts';
import { observe } from '../../src/experiment/observation.ts';
import { chain as drawn, through } from './network.ts';

beforeAll(() => startBackend('wasm'));

/** The same weights each time: of others, all units may be dead. */
const chain: typeof drawn = (...given) => withSeed(1, 'observation-test', () => drawn(...given));

function look(model: tf.LayersModel, x: tf.Tensor, mode: Mode = 'inference', callsBefore: ReadonlyMap<string, number> = new Map()): Observation[] {
  const training = mode === 'training';
  const pass = () => tf.mean(tf.square(model.apply(x, { training }) as tf.Tensor));
  return observe(model, { step: 3, mode, callsBefore }, () => (training ? tf.variableGrads(() => pass() as tf.Scalar, trainableVariables(model)) : pass()));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Plain two-pass statistics in double precision. */
function plain(tensor: tf.Tensor) {
  const values = [...tensor.dataSync()];
  const examples = tensor.shape[0];
  const positions = values.length / examples;
  const average = mean(values);
  const variances = Array.from({ length: positions }, (_, p) => {
    const column = Array.from({ length: examples }, (__, e) => values[e * positions + p]!);
    const center = mean(column);
    return mean(column.map((value) => (value - center) ** 2));
  });
  return {
    n: values.length,
    mean: average,
    std: Math.sqrt(mean(values.map((value) => (value - average) ** 2))),
    rms: Math.sqrt(mean(values.map((value) => value ** 2))),
    min: Math.min(...values),
    max: Math.max(...values),
    zeros: values.filter((value) => value === 0).length / values.length,
    signal: Math.sqrt(mean(variances)),
  };
}

function outputOf(model: tf.LayersModel, layer: tf.layers.Layer, x: tf.Tensor): tf.Tensor {
  return tf.model({ inputs: model.inputs, outputs: layer.output }).predict(x) as tf.Tensor;
}

const FIGURES = ['n', 'mean', 'std', 'rms', 'min', 'max', 'zeros', 'signal'] as const;

describe('observe', () => {
  const layers = () => [
    tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 2, activation: 'relu', biasInitializer: { className: 'RandomNormal', config: { stddev: 2 } } as never }),
    tf.layers.batchNormalization({ name: 'norm', trainable: false }),
    tf.layers.flatten({ name: 'flat' }),
    tf.layers.dense({ name: 'out', units: 2, biasInitializer: 'ones' }),
  ];

  test('takes the statistics of what each layer gives', () => {
    const made = layers();
    const model = chain([4, 4, 2], ...made);
    const x = tf.randomNormal([5, 4, 4, 2], 3, 1, 'float32', 1);
    const observations = look(model, x);
    expect(observations.map(({ site }) => site)).toEqual(['conv', 'norm', 'flat', 'out']);
    observations.forEach((observation, index) => {
      expect(observation).toMatchObject({ step: 3, mode: 'inference', gradient: null });
      const output = outputOf(model, made[index]!, x);
      const input = plain(index === 0 ? x : outputOf(model, made[index - 1]!, x));
      for (const figure of FIGURES) expect(observation.y[figure]).toBeCloseTo(plain(output)[figure], 5);
      expect(observation.x.std).toBeCloseTo(input.std, 5);
      expect(observation.x.rms).toBeCloseTo(input.rms, 5);
    });
  });

  test('the gain is std(kernel times input) / rms(input), without bias and activation', () => {
    const [conv, , , dense] = layers();
    const model = chain([4, 4, 2], conv!, tf.layers.flatten(), dense!);
    const x = tf.randomNormal([5, 4, 4, 2], 1, 1, 'float32', 1);
    const [seenConv, flat, seenDense] = look(model, x);
    const product = tf.conv2d(x as tf.Tensor4D, conv!.getWeights()[0] as tf.Tensor4D, 1, 'valid');
    expect(seenConv!.gain).toBeCloseTo(plain(product).std / plain(x).rms, 5);
    const features = outputOf(model, conv!, x).reshape([5, 27]);
    const matrix = tf.matMul(features, dense!.getWeights()[0]!);
    expect(seenDense!.gain).toBeCloseTo(plain(matrix).std / plain(features).rms, 5);
    expect(seenDense!.kernelStd).toBeCloseTo(plain(dense!.getWeights()[0]!).std, 5);
    expect(flat).toMatchObject({ gain: null, kernelStd: null });
  });

  test.each<['relu' | 'relu6' | 'tanh' | 'sigmoid', number, number]>([
    ['relu', 0, Infinity],
    ['relu6', 0, 6],
    ['tanh', -0.97, 0.97],
    ['sigmoid', 0.015, 0.985],
  ])('counts what is at the rails of %s, fused or a layer of its own', (activation, low, high) => {
    const x = tf.randomNormal([4, 50], 0, 100, 'float32', 1);
    const fused = tf.layers.dense({ units: 50, activation, kernelInitializer: 'identity' });
    for (const layer of [fused, tf.layers.activation({ activation })]) {
      const model = chain([50], layer);
      const values = [...(model.predict(x) as tf.Tensor).dataSync()];
      const share = (at: (value: number) => boolean) => values.filter(at).length / values.length;
      const [seen] = look(model, x);
      expect(seen!.y.rails[0]).toBe(share((value) => value <= low));
      expect(seen!.y.rails[0]).toBeGreaterThan(0);
      expect(seen!.y.rails[1]).toBe(share((value) => value >= high));
    }
  });

  test('in training mode, gradients are seen where they flow', () => {
    const made = [tf.layers.dense({ name: 'frozen', units: 3, trainable: false }), tf.layers.dense({ name: 'hidden', units: 3, activation: 'tanh' }), tf.layers.dense({ name: 'out', units: 2 })];
    const model = chain([3], ...made);
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
    const [frozen, hidden, out] = look(model, x, 'training');
    expect(frozen!.gradient).toBeNull();
    // d mean(y^2) / dy = 2 y / n, and through the last layer's kernel.
    const y = model.predict(x) as tf.Tensor;
    const gradient = tf.mul(y, 2 / y.size);
    expect(out!.gradient!.rms).toBeCloseTo(plain(gradient).rms, 6);
    expect(hidden!.gradient!.rms).toBeCloseTo(plain(tf.matMul(gradient, made[2]!.getWeights()[0]!, false, true)).rms, 6);
  });

  test('training and inference mode differ where the layers do', () => {
    const model = chain([3], tf.layers.dense({ units: 3 }), tf.layers.batchNormalization({ name: 'norm' }));
    const x = tf.randomNormal([16, 3], 5, 10, 'float32', 1);
    const [inference, training] = (['inference', 'training'] as const).map((mode) => look(model, x, mode)[1]!);
    expect(training!.y.std).toBeCloseTo(1, 2);
    expect(inference!.y.std).toBeGreaterThan(2);
  });

  test('the numbering of shared layers goes on from what was called before', () => {
    const shared = tf.layers.dense({ name: 'shared', units: 2 });
    const input = tf.input({ shape: [2] });
    const model = tf.model({ inputs: input, outputs: through(input, shared, tf.layers.dense({ name: 'other', units: 2 }), shared) });
    expect(look(model, tf.ones([1, 2]), 'inference', new Map([['shared', 1]])).map(({ site }) => site)).toEqual(['shared#2', 'other', 'shared#3']);
  });

  test('an input of zeros has gain 0', () => {
    expect(look(chain([3], tf.layers.dense({ units: 2 })), tf.zeros([4, 3]))[0]!.gain).toBe(0);
  });

  test('counts what is not finite', () => {
    const [seen] = look(chain([2], tf.layers.dense({ units: 2, kernelInitializer: 'identity' })), tf.tensor2d([[1, NaN], [2, 3]]));
    expect(seen!.y.nonFinite).toBe(2);
  });
});
