import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { Chance } from '../../src/experiment/chance.ts';
import { chain, through } from './network.ts';

beforeAll(() => startBackend('wasm'));

const SIZE = 64;
const open: Chance[] = [];

afterEach(() => {
  for (const chance of open.splice(0)) chance.release();
});

function seeded(model: tf.LayersModel, seed: number): Chance {
  const chance = new Chance(model, seed);
  open.push(chance);
  return chance;
}

/** What is left of ones: the mask. */
function mask(model: tf.LayersModel, training = true): number[] {
  return [...(model.apply(tf.ones([1, SIZE]), { training }) as tf.Tensor).dataSync()];
}

const dropout = (name: string, seed?: number) => tf.layers.dropout({ name, rate: 0.5, ...(seed === undefined ? {} : { seed }) });

describe('Chance', () => {
  test('draws the same for the same moment, and anew for another one and for another seed', () => {
    const model = chain([SIZE], dropout('drop'));
    const chance = seeded(model, 1);
    const at = (moment: string) => {
      chance.begin(moment);
      return mask(model);
    };
    const first = at('training/0');
    expect(new Set(first)).toEqual(new Set([0, 2]));
    expect(at('training/1')).not.toEqual(first);
    expect(at('training/0')).toEqual(first);
    chance.release();
    const other = seeded(model, 2);
    other.begin('training/0');
    expect(mask(model)).not.toEqual(first);
  });

  test('equal networks draw equal masks: arms share them', () => {
    const masks = [0, 1].map(() => {
      const model = chain([SIZE], dropout('drop'));
      seeded(model, 3).begin('training/7');
      Math.random();
      return mask(model);
    });
    expect(masks[0]).toEqual(masks[1]);
  });

  test('a seed of the layer does not freeze its mask, and is back afterwards', () => {
    const layer = dropout('drop', 11);
    const model = chain([SIZE], layer);
    expect(mask(model)).toEqual(mask(model));
    const chance = seeded(model, 1);
    chance.begin('training/0');
    const first = mask(model);
    chance.begin('training/1');
    expect(mask(model)).not.toEqual(first);
    chance.release();
    expect(layer.getConfig()).toMatchObject({ seed: 11 });
  });

  test('adding a layer changes no other mask', () => {
    const short = chain([SIZE], dropout('a'));
    const long = chain([SIZE], tf.layers.gaussianNoise({ name: 'noise', stddev: 0.01 }), dropout('a'));
    const kept = [short, long].map((model) => {
      seeded(model, 5).begin('training/0');
      return mask(model).map((value) => value !== 0);
    });
    expect(kept[0]).toEqual(kept[1]);
  });

  test('each call of a shared layer draws for itself', () => {
    const shared = tf.layers.dropout({ name: 'shared', rate: 0.5 });
    const input = tf.input({ shape: [SIZE] });
    const once = through(input, shared);
    const model = tf.model({ inputs: input, outputs: through(once, shared) });
    seeded(model, 1).begin('training/0');
    const values = mask(model);
    const twice = values.filter((value) => value !== 0).length;
    // With one mask for both calls, half would be left.
    expect(twice).toBeLessThan(SIZE * 0.4);
    expect(twice).toBeGreaterThan(0);
  });

  test.each<[string, () => tf.LayersModel, number[]]>([
    ['a nested dropout', () => chain([4], tf.sequential({ name: 'inner', layers: [tf.layers.dropout({ rate: 0.5, inputShape: [4] })] })), [8, 4]],
    ['a wrapped dropout', () => chain([4, 2], tf.layers.timeDistributed({ layer: tf.layers.dropout({ rate: 0.5, seed: 3 }) })), [8, 4, 2]],
    ['a recurrent layer that drops', () => chain([4, 2], tf.layers.lstm({ units: 3, dropout: 0.5, recurrentDropout: 0.5, kernelInitializer: 'ones', recurrentInitializer: 'ones' })), [8, 4, 2]],
    ['noise', () => chain([4], tf.layers.gaussianNoise({ stddev: 1 })), [8, 4]],
    ['multiplicative noise', () => chain([4], tf.layers.gaussianDropout({ rate: 0.5 })), [8, 4]],
    ['alpha dropout', () => chain([4], tf.layers.alphaDropout({ rate: 0.5 })), [8, 4]],
  ])('covers %s', (_, make, shape) => {
    const model = make();
    const chance = seeded(model, 1);
    const at = (moment: string) => {
      chance.begin(moment);
      return [...(model.apply(tf.ones(shape), { training: true }) as tf.Tensor).dataSync()];
    };
    const first = at('training/0');
    expect(at('training/1')).not.toEqual(first);
    expect(at('training/0')).toEqual(first);
  });

  test('inference draws nothing, and does not count as a call', () => {
    const model = chain([SIZE], dropout('drop'));
    const chance = seeded(model, 1);
    chance.begin('probe/0');
    const first = mask(model);
    chance.begin('probe/0');
    expect(mask(model, false)).toEqual(Array<number>(SIZE).fill(1));
    expect(mask(model)).toEqual(first);
  });

  test('makes the layers as they were', () => {
    const { random } = Math;
    const layer = dropout('drop');
    const model = chain([SIZE], layer);
    const chance = new Chance(model, 1);
    mask(model);
    chance.release();
    expect(Object.hasOwn(layer, 'call')).toBe(false);
    expect(Math.random).toBe(random);
  });
});
