import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { UserPath } from '../../src/config/config.ts';
import { treatments } from '../../src/config/treatments.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { randomOf, withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { Experiment, type ExperimentDesign, type Measured } from '../../src/experiment/experiment.ts';
import { Laboratory } from '../../src/experiment/laboratory.ts';
import { saved } from '../model/saved-model.ts';
import { folderWith } from '../temporary-folder.ts';
import { chain } from './network.ts';

const IMAGES = 60;
const SIZE = 8;

let model: UserPath;
let otherModel: UserPath;

beforeAll(() => startBackend('wasm'));

beforeEach(async () => {
  [model, otherModel] = [await saved(trunk(1)), await saved(trunk(2))];
});

afterEach(() => vi.restoreAllMocks());

function trunk(seed: number): tf.LayersModel {
  return withSeed(seed, 'trunk', () =>
    chain(
      [SIZE, SIZE, 3],
      tf.layers.conv2d({ name: 'conv', filters: 5, kernelSize: 3, strides: 2 }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.reLU({ name: 'relu' }),
    ),
  );
}

function design(path = model): ExperimentDesign {
  const random = randomOf(0, 'images');
  const labels = Int32Array.from({ length: IMAGES }, (_, index) => index % 2);
  const all = [...labels.keys()];
  return {
    setup: {
      network: { path, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, { layer: 'dense', name: 'logits', units: 2 }], train: 'head' },
      size: [SIZE, SIZE],
      answers: { kind: 'labels', labels, classes: 2 },
      loss: 'cross-entropy',
      images: Float32Array.from({ length: IMAGES * SIZE * SIZE * 3 }, () => Math.floor(random() * 256)),
      strata: labels,
      probe: all.slice(0, 32),
      recipe: { epochs: 2, batchSize: 16, optimizer: 'adam', learningRate: 0.01, chunk: 16 },
      backend: 'wasm',
      kernels: 'exact',
    },
    treatments: treatments({ input: { normalization: 'minus-one-to-one', arms: ['normalized', 'raw'] } }),
    splitOf: () => ({ fold: null, train: all.slice(0, 40), validation: all.slice(40) }),
    chooseBackend: false,
    looks: [2],
    stepsPerEpoch: 3,
    timeLimitSeconds: 600,
  };
}

/** What was measured, and how often the frozen part was really passed through. */
async function conduct(cache: string | null, given = design()): Promise<{ measured: Measured; computed: number }> {
  const spies = [vi.spyOn(Laboratory.prototype, 'features'), vi.spyOn(Laboratory.prototype, 'observeTrunk')];
  const experiment = new Experiment(given, { onProgress: () => undefined, onNotice: () => undefined, mostThreads: 1, threads: null, cache });
  try {
    await experiment.prepare();
    const measured = await experiment.conduct();
    return { measured, computed: spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0) };
  } finally {
    await experiment.close();
    vi.restoreAllMocks();
  }
}

describe('results of a frozen network', () => {
  test('are the same bits without a cache, into an empty one, out of it, and where it was damaged', async () => {
    const cache = folderWith({});
    const without = await conduct(null);
    // Two arms: two pieces of the images each, and the observations.
    expect(without.computed).toBe(6);
    expect(await conduct(cache)).toEqual(without);
    const entries = readdirSync(cache);
    expect(entries).toHaveLength(6);
    expect(await conduct(cache)).toEqual({ ...without, computed: 0 });

    for (const entry of entries) {
      const file = path.join(cache, entry);
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    }
    expect(await conduct(cache)).toEqual(without);
    expect(await conduct(cache)).toEqual({ ...without, computed: 0 });
  });

  test('are computed again for another image, treatment or weight, and only where that matters', async () => {
    const cache = folderWith({});
    await conduct(cache);
    const other = design();
    other.setup.images[other.setup.images.length - 1]! += 1;
    // The last piece of each arm; the probe does not have that image.
    expect((await conduct(cache, other)).computed).toBe(2);
    const arms = treatments({ input: { normalization: 'minus-one-to-one', arms: ['normalized', 'unit'] } });
    expect((await conduct(cache, { ...design(), treatments: arms })).computed).toBe(3);
    expect((await conduct(cache, design(otherModel))).computed).toBe(6);
    // What comes after the frozen part has no say.
    const given = design();
    const recipe = { ...given.setup.recipe, learningRate: 0.5 };
    expect((await conduct(cache, { ...given, setup: { ...given.setup, recipe } })).computed).toBe(0);
  });

  test('that cannot be what they should be are computed again', async () => {
    const cache = folderWith({});
    const { measured } = await conduct(cache);
    for (const entry of readdirSync(cache)) {
      const content = readFileSync(path.join(cache, entry)).subarray(32, 40);
      // A checksum that fits.
      writeFileSync(path.join(cache, entry), Buffer.concat([createHash('sha256').update(entry).update(content).digest(), content]));
    }
    const entries = readdirSync(cache).map((entry) => path.join(cache, entry));
    const again = await conduct(cache);
    expect(again.measured).toEqual(measured);
    expect(again.computed).toBe(6);
    expect(entries.every((file) => readFileSync(file).length > 40)).toBe(true);
  });

  test('by relaxed kernels are not those by exact ones', async () => {
    // On by default from Node 22 on.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    const cache = folderWith({});
    await conduct(cache);
    const given = design();
    expect((await conduct(cache, { ...given, setup: { ...given.setup, kernels: 'relaxed' } })).computed).toBe(6);
  });

  test('of a network that trains from the image on are not kept', async () => {
    const cache = folderWith({});
    const given = design();
    await conduct(cache, { ...given, setup: { ...given.setup, network: { ...given.setup.network, train: 'all' } } });
    expect(readdirSync(cache)).toEqual([]);
  });
});
