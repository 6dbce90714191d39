import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Masks, UNLABELLED } from '../../src/data/answers.ts';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import type { Loss } from '../../src/evidence/types.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { taskFacts } from '../../src/experiment/learning-tasks/task-facts.ts';
import { mean } from '../../src/stats/summary.ts';
import { normal } from '../engine/arbitrary.ts';
import { engineGradients } from '../engine/engine-gradients.ts';
import { filled, relativeError, type Values } from '../engine/reference/array.ts';
import { numericGradient } from '../engine/reference/finite-differences.ts';

interface Trivial {
  readonly meanIou: number;
  readonly crossEntropy: number;
  readonly dice: number;
  readonly sum: number;
}

/** Written by scripts/reference/segmentation.py with scikit-learn. */
interface Case {
  readonly size: readonly [number, number];
  readonly classes: number;
  readonly masks: readonly number[];
  readonly logits: readonly number[];
  readonly accuracy: number;
  readonly iou: readonly (number | null)[];
  readonly meanIou: number;
  readonly crossEntropy: number;
  readonly dice: number;
  readonly trivial: Trivial;
}

const cases = JSON.parse(readFileSync(new URL('reference/segmentation.json', import.meta.url), 'utf8')) as readonly Case[];

const LOSSES = ['cross-entropy', 'dice', 'cross-entropy-and-dice'] as const satisfies readonly Loss[];

function answersOf({ masks, size, classes }: Pick<Case, 'masks' | 'size' | 'classes'>): Masks {
  return { kind: 'masks', pixels: Uint8Array.from(masks), size, classes };
}

function outputsOf({ logits, size, classes }: Case): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(logits), [logits.length / (size[0] * size[1] * classes), ...size, classes]);
}

function lossOf({ crossEntropy, dice }: Pick<Case, 'crossEntropy' | 'dice'>, loss: (typeof LOSSES)[number]): number {
  return { 'cross-entropy': crossEntropy, dice, 'cross-entropy-and-dice': crossEntropy + dice }[loss];
}

beforeAll(() => startBackend('wasm'));

describe.each(cases.map((one, index) => ({ ...one, index })))('case $index against scikit-learn and NumPy', (one) => {
  const outputs = () => outputsOf(one);
  const all = Array.from({ length: one.masks.length / (one.size[0] * one.size[1]) }, (_, index) => index);

  test('mean IoU, IoU of each class and pixel accuracy', () => {
    const grading = learningTask(answersOf(one), 'cross-entropy').grading();
    // In two parts, the second one first.
    grading.add(tf.slice(outputs(), [1, 0, 0, 0]), all.slice(1));
    grading.add(tf.slice(outputs(), [0, 0, 0, 0], [1, -1, -1, -1]), [0]);
    const { metric, scores, pixels } = grading.result();
    expect(metric).toBeCloseTo(one.meanIou, 12);
    expect(mean(scores)).toBeCloseTo(one.meanIou, 12);
    expect(pixels!.accuracy).toBeCloseTo(one.accuracy, 12);
    expect(pixels!.iou).toHaveLength(one.classes);
    one.iou.forEach((iou, label) => {
      if (iou === null) expect(pixels!.iou[label]).toBeNull();
      else expect(pixels!.iou[label]).toBeCloseTo(iou, 12);
    });
  });

  test.each(LOSSES)('%s, in training and in grading', (kind) => {
    const task = learningTask(answersOf(one), kind);
    const grading = task.grading();
    grading.add(outputs(), all);
    expect(grading.result().loss).toBeCloseTo(lossOf(one, kind), 8);
    expect(task.loss(outputs(), all, all).dataSync()[0]).toBeCloseTo(lossOf(one, kind), 4);
  });

  test('what the best answer scores that never looks at an image', () => {
    const { trivial } = one;
    const facts = LOSSES.map((kind) => taskFacts(learningTask(answersOf(one), kind), all.length));
    for (const { kind, metric, trivial: found, heldOutTrivial } of facts) {
      expect(heldOutTrivial).toBeUndefined();
      expect([kind, metric]).toEqual(['segmentation', 'mIoU']);
      expect(found.metric).toBeCloseTo(trivial.meanIou, 12);
    }
    expect(facts[0]!.trivial.loss).toBeCloseTo(trivial.crossEntropy, 12);
    expect(facts[1]!.trivial.loss).toBeCloseTo(trivial.dice, 12);
    expect(facts[2]!.trivial.loss).toBeCloseTo(trivial.sum, 12);
  });
});

describe('what the trivial answer scores with a validation set behind the training set', () => {
  test('is that of each set by itself: masks', () => {
    // Three pixels of four in the first image, one of four in the two others.
    const task = learningTask(answersOf({ masks: [0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1], size: [2, 2], classes: 2 }), 'cross-entropy');
    const { trivial, heldOutTrivial } = taskFacts(task, 3, 2);
    const entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
    expect([trivial.metric, trivial.loss]).toEqual([0.75 / 2, expect.closeTo(entropy, 12)]);
    expect([heldOutTrivial!.metric, heldOutTrivial!.loss]).toEqual([0.75 / 2, expect.closeTo(entropy, 12)]);
    expect(taskFacts(task, 3).trivial.metric).toBeCloseTo(7 / 12 / 2, 12);
  });

  test('is that of each set by itself: classes', () => {
    const { trivial, heldOutTrivial } = taskFacts(learningTask({ kind: 'labels', labels: Int32Array.of(0, 0, 1, 1, 1, 1, 1, 0), classes: 2 }, 'cross-entropy'), 8, 4);
    expect(trivial).toEqual({ metric: 0.5, std: 0.5, loss: expect.closeTo(Math.LN2, 12) as number });
    expect(heldOutTrivial).toMatchObject({ metric: 0.75, std: Math.sqrt(3) / 4 });
  });

  test('is that of each set by itself: numbers', () => {
    const { trivial, heldOutTrivial } = taskFacts(learningTask({ kind: 'targets', values: Float32Array.of(1, 3, 10, 14), width: 1 }, 'mean-squared-error'), 4, 2);
    expect([trivial, heldOutTrivial]).toMatchObject([{ metric: 0, loss: 1 }, { metric: 0, loss: 4 }]);
  });
});

describe('the losses of segmentation', () => {
  const random = normal(5);
  const [size, classes] = [[2, 3], 3] as const;
  const masks = [0, 1, 2, 1, UNLABELLED, 0, 2, 2, UNLABELLED, UNLABELLED, 1, 1, 0, 0, 0, 0, 0, 0];
  const answers = answersOf({ masks, size, classes });
  const logits = filled([3, ...size, classes], random);

  /** In double precision: value as a function of the logits. */
  const reference = (kind: Loss) => ({ data }: Values): Values => {
    const rows = Array.from({ length: masks.length }, (_, pixel) => [...data].slice(pixel * classes, (pixel + 1) * classes));
    const shares = rows.map((row) => {
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      return row.map((logit) => Math.exp(logit) / total);
    });
    const labelled = [...masks.keys()].filter((pixel) => masks[pixel] !== UNLABELLED);
    const entropy = mean(labelled.map((pixel) => -Math.log(shares[pixel]![masks[pixel]!]!)));
    const dice = mean(
      [0, 1, 2].flatMap((image) =>
        [0, 1, 2].map((label) => {
          const own = labelled.filter((pixel) => Math.floor(pixel / 6) === image);
          const overlap = own.reduce((sum, pixel) => sum + (masks[pixel] === label ? shares[pixel]![label]! : 0), 0);
          const both = own.reduce((sum, pixel) => sum + shares[pixel]![label]! + Number(masks[pixel] === label), 0);
          return 1 - (2 * overlap + 1e-5) / (both + 1e-5);
        }),
      ),
    );
    return { shape: [], data: Float64Array.of((kind === 'dice' ? 0 : entropy) + (kind === 'cross-entropy' ? 0 : dice)) };
  };

  test.each(LOSSES)('%s: its gradient is that of finite differences', (kind) => {
    const task = learningTask(answers, kind);
    const weights = { shape: [], data: Float64Array.of(1) };
    const { value, gradients } = engineGradients((outputs) => task.loss(outputs, [0, 1, 2], [0, 1, 2]), [logits], weights);
    expect(relativeError(value, reference(kind)(logits).data)).toBeLessThan(1e-5);
    // Largest gradients are a tenth.
    expect(relativeError(gradients[0]!, numericGradient(reference(kind), logits, weights))).toBeLessThan(1e-6);
  });

  test.each(LOSSES)('%s of the parts of a batch sums up to that of the whole', (kind) => {
    const task = learningTask(answers, kind);
    const outputs = tf.tensor4d(Float32Array.from(logits.data), [3, ...size, classes]);
    const whole = task.loss(outputs, [0, 1, 2], [0, 1, 2]).dataSync()[0]!;
    const parts = [[0], [1, 2]].map((part) => task.loss(tf.slice(outputs, [part[0]!, 0, 0, 0], [part.length, -1, -1, -1]), part, [0, 1, 2]).dataSync()[0]!);
    expect(parts[0]! + parts[1]!).toBeCloseTo(whole, 5);
  });

  test('leave images without any label alone', () => {
    const task = learningTask(answersOf({ masks: [...new Array<number>(6).fill(UNLABELLED), ...new Array<number>(6).fill(1)], size, classes: 2 }), 'cross-entropy');
    const outputs = tf.randomNormal([1, 2, 3, 2], 0, 1, 'float32', 3);
    const [value, gradient] = [task.loss(outputs, [0], [0]), tf.grad((x) => task.loss(x, [0], [0]))(outputs)];
    expect(value.dataSync()[0]).toBe(0);
    expect([...gradient.dataSync()].every((slope) => Math.abs(slope) === 0)).toBe(true);
  });
});

describe('grading', () => {
  const grade = (logits: readonly number[], masks: readonly number[]) => {
    const grading = learningTask({ kind: 'masks', pixels: Uint8Array.from(masks), size: [1, masks.length], classes: 2 }, 'cross-entropy').grading();
    grading.add(tf.tensor4d(Float32Array.from(logits), [1, 1, masks.length, 2]), [0]);
    return grading.result();
  };

  test('a tie is no answer, and neither is what is not a number', () => {
    const { pixels, loss } = grade([1, 1, 2, 1, NaN, 3, 1, NaN], [0, 0, 1, 0]);
    expect(pixels).toEqual({ accuracy: 0.25, iou: [1 / 3, 0] });
    expect(loss).toBeNaN();
  });

  test('sums logarithms of many pixels without leaving the range of doubles', () => {
    const [pixels, gap] = [3000, 0.5];
    const { loss } = grade(Array.from({ length: pixels }, () => [0, gap]).flat(), new Array<number>(pixels).fill(0));
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(gap)), 12);
  });
});
