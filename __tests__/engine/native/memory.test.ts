import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainRun } from '../../../src/experiment/training.ts';
import { easyExamples, lessonOf } from '../../experiment/examples.ts';
import { chain } from '../../experiment/network.ts';
import { nativeObstacle, onNative } from './native-here.ts';

const MEGABYTE = 2 ** 20;
const EXAMPLES = easyExamples(24, [16, 16, 3]);

describe.skipIf(nativeObstacle !== null)(onNative('memory on the native backend'), () => {
  beforeAll(async () => {
    await startBackend('native');
  });

  test('is the same after 200 steps as after 20', () => {
    const model = chain(
      [16, 16, 3],
      tf.layers.conv2d({ name: 'conv', filters: 32, kernelSize: 3, useBias: false }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.reLU({ name: 'relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ name: 'out', units: 2 }),
    );
    // 16 images train: two steps an epoch.
    const steps = (count: number) => {
      trainRun(model, EXAMPLES, lessonOf(EXAMPLES, { observedSteps: [0, 1, 2, 4, 8, 16] }), { epochs: count / 2, batchSize: 8, optimizer: 'adam', learningRate: 1e-3, chunk: 8 }, new Map());
      const { numTensors, numBytes } = tf.memory();
      return { numTensors, numBytes };
    };
    const few = steps(20);
    // V8 and the allocator grow when they like; what stays in memory after each step grows every time. One activation of a
    // batch would be 50 MB more after 200 steps.
    const growths = Array.from({ length: 4 }, () => {
      const before = process.memoryUsage.rss();
      expect(steps(200)).toEqual(few);
      return process.memoryUsage.rss() - before;
    });
    expect(Math.min(...growths)).toBeLessThan(24 * MEGABYTE);
  });
});
