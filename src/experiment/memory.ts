import { peakBytes } from '../engine/simd/module.ts';
import * as tf from '../engine/tf.ts';
import { trainableVariables } from '../engine/variables.ts';
import type { Site } from '../evidence/types.ts';
import type { LearningTask } from './learning-task.ts';

/** Bytes of a backend's heap, as measured on a few examples. */
export interface NetworkMemory {
  /** A pass without gradients and without any image: room for kernels. */
  readonly perPass: number;
  /** What each image adds to it. */
  readonly perImage: number;
  /** A training step without any example: gradients of the weights, room for kernels. */
  readonly perStep: number;
  /** What each example adds to it. */
  readonly perExample: number;
}

/** Two batches tell what a step costs. One example alone takes other ways: products with a vector need no room to pack. */
const [FEW, MORE] = [2, 3];
const BYTES = 4;
/** Values that training holds for each activation of a convolutional network, as measured. */
const HELD = 5;
/** Beyond these bytes of one example, not even the smallest batch would fit, and to try it might fail. */
const TOO_LARGE = 2 ** 32 / 6;

/**
 * Takes training steps of a few examples and looks at what they allocate, which grows in proportion to the batch.
 * Moves the statistics of BatchNormalization.
 *
 * @param activations values that one example makes
 */
export function measureTraining(model: tf.LayersModel, task: LearningTask, activations: number): Pick<NetworkMemory, 'perStep' | 'perExample'> {
  const expected = activations * HELD * BYTES;
  if (expected > TOO_LARGE) return { perStep: 0, perExample: expected };
  const [few, more] = [bytesOfStep(model, task, FEW), bytesOfStep(model, task, MORE)];
  const perExample = Math.max(0, more - few) / (MORE - FEW);
  return { perStep: Math.max(0, few - FEW * perExample), perExample };
}

/**
 * What observing without gradients takes: beside a layer's input, its values after an activation and, where the layer
 * applies that itself, before it. Everything else is freed by then.
 *
 * @param imageSize values of one image
 * @param measured bytes that one image took
 */
export function inferenceMemory(sites: readonly Site[], imageSize: number, measured: number): Pick<NetworkMemory, 'perPass' | 'perImage'> {
  const sizes = new Map(sites.map(({ id, shape }) => [id, tf.util.sizeFromShape([...shape])]));
  const values = sites.map(({ id, inputs }) => {
    const read = inputs.length === 0 ? imageSize : inputs.reduce((sum, input) => sum + sizes.get(input)!, 0);
    return read + 2 * sizes.get(id)!;
  });
  const perImage = Math.min(Math.max(...values) * BYTES, measured);
  return { perImage, perPass: measured - perImage };
}

function bytesOfStep(model: tf.LayersModel, task: LearningTask, examples: number): number {
  const shapes = model.inputs.map(({ shape }) => shape.slice(1).map((side) => side ?? 1));
  const indices = Array.from({ length: examples }, (_, index) => index);
  const variables = trainableVariables(model);
  return peakBytes(() => {
    tf.tidy(() => {
      const batch = shapes.map((shape) => tf.zeros([examples, ...shape]));
      tf.variableGrads(() => task.loss(model.apply(batch, { training: true }) as tf.Tensor, indices, indices), variables);
    });
  });
}
