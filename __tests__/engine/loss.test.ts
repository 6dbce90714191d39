import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { softmaxCrossEntropy } from '../../src/engine/loss.ts';
import * as tf from '../../src/engine/tf.ts';
import { normal } from './arbitrary.ts';
import { expectGradients } from './expect-gradients.ts';
import { filled, type Values } from './reference/array.ts';

describe('softmax cross-entropy', () => {
  beforeAll(() => startBackend('wasm'));

  test('value and gradient are those of the reference, for soft targets too', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 5, 33), fc.constantFrom(1, 2, 3, 7, 21), fc.constantFrom(0.1, 1, 30), fc.nat(), (rows, classes, scale, seed) => {
        const random = normal(seed);
        const logits = filled([rows, classes], () => scale * random());
        const targets = filled([rows, classes], () => Math.abs(random()));
        expectGradients((z) => softmaxCrossEntropy(toTensor2d(targets), z as tf.Tensor2D), (z) => reference(targets, z), [logits], random);
      }),
      { numRuns: 60 },
    );
  });

  test('large logits neither overflow nor lose the loss', () => {
    const loss = softmaxCrossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[1000, -1000]]));
    expect(loss.dataSync()[0]).toBe(2000);
    expect(softmaxCrossEntropy(tf.tensor2d([[1, 0]]), tf.tensor2d([[1e30, -1e30]])).dataSync()[0]).toBe(0);
  });

  test('what is not finite stays so', () => {
    expect(softmaxCrossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[NaN, 0]])).dataSync()[0]).toBeNaN();
    expect(softmaxCrossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[Infinity, 0]])).dataSync()[0]).not.toBe(0);
  });

  test('leaves no tensor behind', () => {
    const { numTensors } = tf.memory();
    const [targets, logits] = [tf.tensor2d([[0, 1]]), tf.tensor2d([[1, 2]])];
    tf.dispose(tf.grad((z) => softmaxCrossEntropy(targets, z as tf.Tensor2D))(logits));
    tf.dispose([targets, logits]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

function toTensor2d({ data, shape }: Values): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(data), shape as [number, number]);
}

/** mean over rows of sum over classes of -t log softmax(z), targets rounded to float32. */
function reference(targets: Values, logits: Values): Values {
  const [rows, classes] = logits.shape as [number, number];
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const z = [...logits.data].slice(row * classes, (row + 1) * classes);
    const largest = Math.max(...z);
    const level = largest + Math.log(z.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    z.forEach((value, i) => (loss += Math.fround(targets.data[row * classes + i]!) * (level - value)));
  }
  return { shape: [], data: Float64Array.of(loss / rows) };
}
