import { inScope } from '../../engine/scope.ts';
import * as tf from '../../engine/tf.ts';
import type { Response, Sensor, Transform } from '../../stats/remembered-input.ts';
import type { Responses } from './affine-responses.ts';
import { type Memory, passTo } from './memories.ts';
import type { Pixels } from './pixels.ts';

/** Values of a batch that pass at once: what the first layers make of them stays small. */
const BATCH_VALUES = 2 ** 20;
/** Largest difference, relative to the largest response, up to which layers count as affine: rounding. */
const AFFINE_WITHIN = 1e-3;

/** Makes each memory a sensor. */
export function sensorsOf(memories: readonly Memory[], respond: Responses): Sensor[] {
  return memories.map(({ path, remembered }) => ({ remembered, respond: (transform) => respond(transform).get(path)! }));
}

/** Whether what reaches the memories is an affine function of the input (convolution, padding, rescaling): tried on an image. */
export function respondsAffinely(model: tf.LayersModel, memories: readonly Memory[], { values, size }: Pixels): boolean {
  const row = size[0] * size[1] * 3;
  const part = (weight: (index: number) => number) => Float32Array.from(values.subarray(0, row), (value, index) => value * weight(index));
  const responses = [() => 1, (index: number) => ((index * 7) % 11) / 10, (index: number) => 1 - ((index * 7) % 11) / 10, () => 0].map((weight) => {
    const seen = new Map<string, Float32Array>();
    inScope(() => {
      passTo(model, pathsOf(memories), tf.tensor(part(weight), [1, ...size, 3]), (path, input) => seen.set(path, input.dataSync() as Float32Array));
    });
    return seen;
  });
  return memories.every(({ path }) => {
    const [whole, one, other, none] = responses.map((seen) => seen.get(path)!);
    const largest = whole!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return whole!.every((value, index) => Math.abs(value - one![index]! - other![index]! + none![index]!) <= AFFINE_WITHIN * largest);
  });
}

/** Of layers that are not affine: each transform takes a pass. */
export function measuredResponses(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels): Responses {
  let last: { readonly key: string; readonly responses: ReadonlyMap<string, Response> } | null = null;
  return (transform) => {
    const key = JSON.stringify(transform);
    // Several sensors ask for the same pass.
    if (last?.key !== key) last = { key, responses: measure(model, memories, pixels, transform) };
    return last.responses;
  };
}

interface Sums {
  readonly mean: Float64Array;
  readonly square: Float64Array;
  readonly active: Float64Array;
  count: number;
}

/** @param values channels last */
function addUp(values: Float32Array, sums: Sums): void {
  const { mean, square, active } = sums;
  const channels = mean.length;
  for (let at = 0; at < values.length; at += channels) {
    for (let k = 0; k < channels; k++) {
      const value = values[at + k]!;
      mean[k]! += value;
      square[k]! += value * value;
      if (value !== 0) active[k]!++;
    }
  }
  sums.count += values.length / channels;
}

function measure(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels, { gains, offsets }: Transform): ReadonlyMap<string, Response> {
  const zeros = (channels: number) => new Float64Array(channels);
  const sums = new Map(memories.map(({ path, remembered: { mean: { length } } }): [string, Sums] => [path, { count: 0, mean: zeros(length), square: zeros(length), active: zeros(length) }]));
  inScope(() => {
    for (const batch of batches(pixels)) {
      tf.tidy(() => {
        const fed = tf.add(tf.mul(batch, tf.tensor1d([...gains])), tf.tensor1d([...offsets]));
        passTo(model, pathsOf(memories), fed, (path, input) => {
          addUp(input.dataSync() as Float32Array, sums.get(path)!);
        });
      });
    }
  });
  return new Map(
    [...sums].map(([path, { count, mean, square, active }]) => {
      const means = mean.map((value) => value / count);
      return [path, { mean: means, variance: square.map((value, k) => Math.max(0, value / count - means[k]! ** 2)), active: active.map((value) => value / count) }];
    }),
  );
}

function* batches({ values, size }: Pixels): Generator<tf.Tensor> {
  const row = size[0] * size[1] * 3;
  const images = values.length / row;
  const atOnce = Math.max(1, Math.floor(BATCH_VALUES / row));
  for (let from = 0; from < images; from += atOnce) {
    const to = Math.min(images, from + atOnce);
    yield tf.tensor(values.subarray(from * row, to * row), [to - from, ...size, 3]);
  }
}

function pathsOf(memories: readonly Memory[]): string[] {
  return memories.map(({ path }) => path);
}
