// What is measured, and what the product has to reach.
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';
import { writeSmallImages } from './small-images.mjs';

/**
 * `bars`: how many times as long as ours a contestant takes, at least.
 * `prepare` returns the config in a folder of its own, where the workload needs files that are not in the repository.
 */
export const WORKLOADS = [
  {
    id: 'W1',
    title: '`emoji-transfer`: frozen EfficientNet-Lite0 trunk at 96 px, new head, 3 arms x 6 seeds, 20 epochs',
    bars: { 'ort-numpy': 1, 'pytorch-cached': 3, 'keras-cached': 8, 'pytorch-naive': 20, 'keras-naive': 20 },
    prepare: () => path.join(root, 'fixtures', 'examples', 'emoji-transfer'),
  },
  {
    id: 'W2',
    title: 'small CNN 16-32-64 from scratch, 32 x 32, 1,000 images, 5 epochs, 2 arms x 6 seeds, all layers observed',
    bars: { pytorch: 1, keras: 3 },
    prepare(folder) {
      cpSync(path.join(import.meta.dirname, 'workloads', 'small-cnn'), folder, { recursive: true });
      const data = path.join(folder, 'data');
      mkdirSync(data);
      writeSmallImages(data);
      return folder;
    },
  },
  {
    id: 'W3',
    title: 'full fine-tune of the network of W1, 96 px, batch 16, 3 epochs, 2 arms x 6 seeds, all layers observed',
    bars: { pytorch: 1, keras: 4, 'tfjs-cpu': 100 },
    prepare: () => path.join(import.meta.dirname, 'workloads', 'full-fine-tune'),
  },
];
