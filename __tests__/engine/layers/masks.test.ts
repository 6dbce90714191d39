import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

/** What a model of layers one after the other puts out. */
function output(layers: tf.layers.Layer[], x: tf.Tensor): number[] {
  return [...(tf.sequential({ layers }).predict(x) as tf.Tensor).dataSync()];
}

const sequences = () => tf.tensor3d([[[1, 2], [0, 0], [5, 4]], [[7, 8], [0, 0], [0, 0]]]);

describe('masks', () => {
  test('the average over steps counts those that count', () => {
    const layers = [tf.layers.masking({ inputShape: [3, 2] }), tf.layers.globalAveragePooling1d()];
    expect(output(layers, sequences())).toEqual([3, 3, 7, 8]);
    expect(output([tf.layers.globalAveragePooling1d({ inputShape: [3, 2] })], sequences())[0]).toBeCloseTo(2, 6);
  });

  test('a layer that knows none drops it', () => {
    expect(output([tf.layers.masking({ inputShape: [3, 2] }), tf.layers.flatten()], sequences())).toEqual([...sequences().dataSync()]);
  });

  test.each([
    ['LeakyReLU', () => tf.layers.leakyReLU()],
    ['ELU', () => tf.layers.elu()],
    ['ThresholdedReLU', () => tf.layers.thresholdedReLU({ theta: 0.5 })],
    ['ReLU', () => tf.layers.reLU()],
  ])('%s hands one on', (_, make) => {
    const layers = [tf.layers.masking({ inputShape: [3, 2] }), make(), tf.layers.globalAveragePooling1d()];
    expect(output(layers, sequences())).toEqual([3, 3, 7, 8]);
  });

  test.each([
    ['Add', () => tf.layers.add()],
    ['Multiply', () => tf.layers.multiply()],
    ['Average', () => tf.layers.average()],
    ['Maximum', () => tf.layers.maximum()],
    ['Minimum', () => tf.layers.minimum()],
  ])('%s counts a step where it counts in every masked input', (_, make) => {
    const inputs = [0, 1, 2].map(() => tf.input({ shape: [3, 2] }));
    const masked = inputs.map((input, i) => (i < 2 ? (tf.layers.masking().apply(input) as tf.SymbolicTensor) : input));
    const layer = make();
    const merged = layer.apply(masked) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: tf.layers.globalAveragePooling1d().apply(merged) as tf.SymbolicTensor });
    const steps = (...counts: number[]) => tf.tensor3d([counts.map((count) => [count, count])]);
    const [first, second, third] = [steps(0, 5, 2), steps(4, 0, 3), steps(1, 1, 1)];
    const kept = layer.call([first, second, third], {}) as tf.Tensor;
    // The third step alone counts in both masked inputs.
    expect([...(model.predict([first, second, third]) as tf.Tensor).dataSync()]).toEqual([...tf.slice(kept, [0, 2, 0], [1, 1, 2]).dataSync()]);
  });

  test('a layer gets the mask of what it reads, and no other', () => {
    const [a, b] = [tf.input({ shape: [3, 2] }), tf.input({ shape: [3, 2] })];
    const average = (x: tf.SymbolicTensor) => tf.layers.globalAveragePooling1d().apply(x) as tf.SymbolicTensor;
    const masked = average(tf.layers.masking().apply(a) as tf.SymbolicTensor);
    const outputs = [masked, average(b), average(tf.layers.repeatVector({ n: 3 }).apply(masked) as tf.SymbolicTensor)];
    const model = tf.model({ inputs: [a, b], outputs });
    for (const run of [() => model.predict([sequences(), sequences()]), () => model.apply([sequences(), sequences()])]) {
      const [first, second, third] = (run() as tf.Tensor[]).map((output) => [...output.dataSync()]);
      expect(first).toEqual([3, 3, 7, 8]);
      expect(second).toEqual([2, 2, Math.fround(7 / 3), Math.fround(8 / 3)]);
      expect(third).toEqual(first);
    }
  });

  test('a tensor carries its mask into nested models and out of them', () => {
    const inner = tf.sequential({ layers: [tf.layers.dense({ units: 2, kernelInitializer: 'identity', inputShape: [3, 2] }), tf.layers.dropout({ rate: 0.5 })] });
    expect(output([tf.layers.masking({ inputShape: [3, 2] }), inner, tf.layers.globalAveragePooling1d()], sequences())).toEqual([3, 3, 7, 8]);
    const masking = tf.sequential({ layers: [tf.layers.masking({ inputShape: [3, 2] })] });
    expect(output([masking, tf.layers.globalAveragePooling1d()], sequences())).toEqual([3, 3, 7, 8]);
  });

  test('one given with a call counts', () => {
    const mask = tf.tensor2d([[1, 0, 1], [1, 0, 0]], [2, 3], 'bool');
    expect([...(tf.layers.globalAveragePooling1d().apply(sequences(), { mask }) as tf.Tensor).dataSync()]).toEqual([3, 3, 7, 8]);
  });

  test('none is left over when the tensors are gone, after a prediction and after training', async () => {
    const model = tf.sequential({ layers: [tf.layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true, inputLength: 4 }), tf.layers.lstm({ units: 2, returnSequences: true }), tf.layers.globalAveragePooling1d()] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [tf.tensor2d([[1, 2, 0, 0], [3, 4, 1, 0]]), tf.zeros([2, 2])];
    const run = async () => {
      tf.dispose(model.predict(x));
      await model.fit(x, y, { epochs: 1 });
      return tf.memory().numTensors;
    };
    const after = await run();
    await run();
    expect(await run()).toBe(after);
  });
});
