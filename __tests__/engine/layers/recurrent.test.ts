import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';

type Cell = Parameters<typeof tf.layers.rnn>[0]['cell'];

beforeAll(async () => {
  await startBackend('wasm');
});

const outputOf = (layer: tf.layers.Layer, seed: number, training: boolean) =>
  withSeed(seed, 'dropout', () => tf.tidy(() => (layer.apply(tf.ones([2, 3, 4]), { training }) as tf.Tensor).dataSync().join()));

describe('cells in a plain RNN', () => {
  const gru = () => tf.layers.gruCell({ units: 3, dropout: 0.5, recurrentDropout: 0.5 });

  test.each([
    ['alone', () => gru() as Cell],
    ['stacked', () => tf.layers.stackedRNNCells({ cells: [gru(), tf.layers.lstmCell({ units: 2, dropout: 0.5 })] as never }) as Cell],
  ])('%s: dropout is drawn anew for each sequence, and none in inference', (_, make) => {
    const layer = tf.layers.rnn({ cell: make() }) as tf.layers.Layer;
    const inference = outputOf(layer, 1, false);
    const first = outputOf(layer, 1, true);
    expect(first).not.toBe(inference);
    expect(outputOf(layer, 2, true)).not.toBe(first);
    expect(outputOf(layer, 1, true)).toBe(first);
    expect(outputOf(layer, 2, false)).toBe(inference);
  });

  test('batches of another size can follow', () => {
    const layer = tf.layers.rnn({ cell: gru() }) as tf.layers.Layer;
    const shapes = [2, 5].map((batch) => (layer.apply(tf.ones([batch, 3, 4]), { training: true }) as tf.Tensor).shape);
    expect(shapes).toEqual([[2, 3], [5, 3]]);
  });
});

describe('stacked cells', () => {
  test('take their weights in the order in which they give them', () => {
    const make = () => tf.layers.stackedRNNCells({ cells: [tf.layers.lstmCell({ units: 3 }), tf.layers.gruCell({ units: 2 })] as never }) as tf.layers.Layer;
    const [source, target] = [make(), make()];
    for (const layer of [source, target]) layer.build([null, 4]);
    const weights = source.getWeights().map((weight, i) => tf.fill(weight.shape, i + 1));
    target.setWeights(weights);
    expect(target.getWeights().map((weight) => weight.dataSync()[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('TimeDistributed', () => {
  test('normalizes over samples and steps together', () => {
    const model = tf.sequential({ layers: [tf.layers.timeDistributed({ layer: tf.layers.batchNormalization({ momentum: 0.5 }), inputShape: [2, 1] })] });
    const x = tf.tensor3d([1, 2, 3, 6], [2, 2, 1]);
    const y = (model.apply(x, { training: true }) as tf.Tensor).dataSync();
    const deviation = Math.sqrt(3.5 + 1e-3);
    [-2, -1, 0, 3].forEach((distance, i) => {
      expect(y[i]).toBeCloseTo(distance / deviation, 5);
    });
    // One update of the moving mean: half of 3.
    expect(model.getWeights()[2]!.dataSync()[0]).toBeCloseTo(1.5, 6);
  });

  test('gives each step what the layer gives it alone', () => {
    const inner = tf.layers.conv2d({ filters: 2, kernelSize: 2 });
    const model = tf.sequential({ layers: [tf.layers.timeDistributed({ layer: inner, inputShape: [3, 4, 4, 1] })] });
    const x = withSeed(1, 'x', () => tf.randomNormal([2, 3, 4, 4, 1]));
    const y = model.predict(x) as tf.Tensor;
    const alone = tf.stack(tf.unstack(x, 1).map((step) => inner.call(step, {}) as tf.Tensor), 1);
    expect(tf.max(tf.abs(tf.sub(y, alone))).dataSync()[0]).toBeLessThan(1e-6);
  });
});
