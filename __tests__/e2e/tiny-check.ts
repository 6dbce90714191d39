import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const EMOJI = fileURLToPath(new URL('../../fixtures/data/emoji/', import.meta.url));
const IMAGES_PER_CLASS = 6;

/** `slow` takes minutes: it is there to be cancelled. */
export type Ending = 'pass' | 'fail' | 'could-not-run' | 'long-report' | 'slow';

const HEALTHY = { layer: 'dense', units: 4, activation: 'relu', 'kernel-initializer': 'he-normal' };
const SHRINKING = { ...HEALTHY, name: 'shrinks', 'kernel-initializer': { 'random-normal': { stddev: 0.001 } } };

/** Heads that bring a real check to each of its ends. */
const HEADS: Record<Ending, readonly object[]> = {
  pass: [HEALTHY],
  fail: [SHRINKING],
  slow: [HEALTHY],
  'could-not-run': [{ layer: 'denze', units: 4 }],
  // Many layers with long names: a table of layers that no comment can hold.
  'long-report': Array.from({ length: 600 }, (_, index) => ({
    layer: 'activation',
    activation: 'linear',
    name: `${'a_layer_with_a_long_name_'.repeat(3)}${index}`,
  })),
};

/** A user's repository in a new folder below `scratch`: two classes of a few emoji, a network of a few units, one epoch, two seeds. */
export async function tinyCheck(scratch: string, ending: Ending): Promise<string> {
  const workspace = await mkdtemp(path.join(scratch, 'workspace-'));
  await copyImages(path.join(workspace, 'images'));
  const config = {
    model: {
      head: [
        { layer: 'average-pooling-2d', 'pool-size': 4 },
        { layer: 'flatten' },
        ...HEADS[ending],
        { layer: 'dense', units: 2 },
      ],
      train: 'all',
    },
    data: { path: 'images', size: 16 },
    input: { normalization: 'imagenet' },
    training: { epochs: ending === 'slow' ? 3000 : 1, 'batch-size': 4 },
    experiment: { seeds: 2 },
    'time-limit': '9999h',
    thresholds: {
      'std-shrinkage': ending === 'fail' ? { warn: 0.5, fail: 0.5 } : 'off',
      'accuracy-delta': 'off',
      'not-learning': 'off',
      labels: 'off',
    },
  };
  await writeFile(path.join(workspace, 'layer-vitals.yml'), stringify(config));
  return workspace;
}

export async function copyImages(folder: string): Promise<void> {
  const classes = (await readdir(EMOJI, { withFileTypes: true })).filter((entry) => entry.isDirectory()).slice(0, 2);
  for (const { name } of classes) {
    await mkdir(path.join(folder, name), { recursive: true });
    const images = (await readdir(path.join(EMOJI, name))).filter((image) => image.endsWith('.png')).sort();
    for (const image of images.slice(0, IMAGES_PER_CLASS)) await cp(path.join(EMOJI, name, image), path.join(folder, name, image));
  }
}
