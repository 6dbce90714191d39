import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { batchDependentLayer, runFrozenBatchNormInInference, setBatchNormMode } from '../../src/engine/batch-norm.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import { relativeError } from './reference/array.ts';

/** mean 1, variance 5, far from the moving statistics 0 and 1 that a new layer has. */
const BATCH = [[-2], [0], [2], [4]];

describe('frozen batch normalization', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('stays in inference mode and keeps its moving statistics while the model trains', () => {
    const model = modelOf(normalization({ trainable: false }));
    runFrozenBatchNormInInference(model);
    expect(outputs(model, { training: true })).toEqual(inferred());
    expect(movingMean(model.layers[0]!)).toBe(0);
  });

  test('is not frozen in tfjs-layers as it comes', () => {
    const model = modelOf(normalization({ trainable: false }));
    expect(outputs(model, { training: true })).not.toEqual(inferred());
    expect(movingMean(model.layers[0]!)).not.toBe(0);
  });

  test('a trainable one uses the statistics of the batch and updates the moving ones, as in Keras', () => {
    const model = modelOf(normalization({ momentum: 0.9 }));
    runFrozenBatchNormInInference(model);
    const standardized = BATCH.map(([x]) => (x! - 1) / Math.sqrt(5 + 1e-3));
    outputs(model, { training: true }).forEach((y, i) => {
      expect(y).toBeCloseTo(standardized[i]!, 5);
    });
    expect(movingMean(model.layers[0]!)).toBeCloseTo(0.1, 6);
  });

  test('runs in the mode that is set for it, frozen or not', () => {
    const frozen = modelOf(normalization({ trainable: false, momentum: 0.9 }));
    runFrozenBatchNormInInference(frozen);
    setBatchNormMode(frozen, 'training');
    outputs(frozen, { training: true }).forEach((y, i) => {
      expect(y).toBeCloseTo((BATCH[i]![0]! - 1) / Math.sqrt(5 + 1e-3), 5);
    });
    expect(movingMean(frozen.layers[0]!)).toBeCloseTo(0.1, 6);
    expect(batchDependentLayer(frozen)).toBe(frozen.layers[0]!.name);

    const learning = modelOf(normalization({}));
    runFrozenBatchNormInInference(learning);
    setBatchNormMode(learning, 'inference');
    expect(outputs(learning, { training: true })).toEqual(inferred());
    expect(movingMean(learning.layers[0]!)).toBe(0);
    expect(batchDependentLayer(learning)).toBeNull();
    expect(trainableVariables(learning)).toHaveLength(2);
  });

  test('follows `trainable` as it changes', () => {
    const model = modelOf(normalization({}));
    runFrozenBatchNormInInference(model);
    model.layers[0]!.trainable = false;
    expect(outputs(model, { training: true })).toEqual(inferred());
    model.layers[0]!.trainable = true;
    expect(outputs(model, { training: true })).not.toEqual(inferred());
  });

  test('is frozen by a frozen model around it, and inside nested models and wrappers', () => {
    const inner = modelOf(normalization({}));
    inner.trainable = false;
    const nested = tf.sequential({ layers: [inner] });
    runFrozenBatchNormInInference(nested);
    expect(outputs(nested, { training: true })).toEqual(inferred());

    const wrapped = tf.sequential({
      layers: [tf.layers.timeDistributed({ inputShape: [1, 1], layer: normalization({ trainable: false }) })],
    });
    runFrozenBatchNormInInference(wrapped);
    const steps = tf.tensor(BATCH.map((row) => [row]));
    expect([...(wrapped.apply(steps, { training: true }) as tf.Tensor).dataSync()]).toEqual(inferred());
  });

  test('mends a layer once however often it is asked', () => {
    const model = modelOf(normalization({ trainable: false }));
    runFrozenBatchNormInInference(model);
    const before = Object.getOwnPropertyDescriptor(model.layers[0], 'call');
    runFrozenBatchNormInInference(tf.sequential({ layers: [model] }));
    expect(Object.getOwnPropertyDescriptor(model.layers[0], 'call')).toEqual(before);
  });

  test.each([
    { scale: false, center: true },
    { scale: true, center: false },
    { scale: false, center: false },
  ])('with %o trains as with a scale of 1 and a center of 0, in both modes', (config) => {
    for (const trainable of [true, false]) {
      expect(relativeError(denseGradient({ ...config, trainable }), denseGradient({ trainable }))).toBeLessThan(1e-6);
    }
    expect(denseGradient(config).some((value) => Math.abs(value) > 0.1)).toBe(true);
  });
});

/** Gradient by the kernel of a Dense layer before the normalization. */
function denseGradient(config: { scale?: boolean; center?: boolean; trainable?: boolean }): Float32Array {
  return tf.tidy(() => {
    const dense = tf.layers.dense({ inputShape: [2], units: 2, kernelInitializer: 'identity' });
    const model = tf.sequential({ layers: [dense, tf.layers.batchNormalization(config)] });
    runFrozenBatchNormInInference(model);
    const kernel = trainableVariables(model)[0]!;
    const x = tf.tensor2d([[1, 2], [3, -1], [0, 5], [7, 7]]);
    const loss = () => tf.sum<tf.Scalar>(tf.pow(model.apply(x, { training: true }) as tf.Tensor, 3));
    return tf.variableGrads(loss, [kernel]).grads[kernel.name]!.dataSync<'float32'>();
  });
}

function normalization(config: { trainable?: boolean; momentum?: number }): tf.layers.Layer {
  return tf.layers.batchNormalization({ inputShape: [1], ...config });
}

function modelOf(layer: tf.layers.Layer): tf.Sequential {
  return tf.sequential({ layers: [layer] });
}

function outputs(model: tf.LayersModel, mode: { training: boolean }): number[] {
  return tf.tidy(() => [...(model.apply(tf.tensor2d(BATCH), mode) as tf.Tensor).dataSync()]);
}

/** What a new layer answers in inference mode. */
function inferred(): number[] {
  return outputs(modelOf(normalization({})), { training: false });
}

function movingMean(layer: tf.layers.Layer): number {
  return (layer as unknown as { movingMean: tf.LayerVariable }).movingMean.read().dataSync()[0]!;
}
