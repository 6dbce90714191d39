import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigData, tinyConfig, writeConfig, writeTinyModel } from './tiny-transfer.ts';

export const SCENES = fileURLToPath(new URL('../../fixtures/data/emoji-scenes/', import.meta.url));
const IMAGES = 12;

/** The smallest config with masks that passes: two convolutions for a trunk, the default head, four classes, a few steps. */
export function tinySegmentation(): ConfigData {
  return { ...tinyConfig(), data: { path: 'images', masks: 'masks', classes: ['background', 'animal', 'food', 'object'], validation: 2 } };
}

/** Writes model, images, masks and config into a folder. */
export async function writeTinySegmentation(folder: string, config: ConfigData = tinySegmentation()): Promise<void> {
  await copyScenes(folder);
  await writeTinyModel(path.join(folder, 'model'));
  await writeConfig(folder, config);
}

/** Copies some images and their masks into `images` and `masks` of a folder. */
async function copyScenes(folder: string): Promise<void> {
  for (const kind of ['images', 'masks']) {
    await mkdir(path.join(folder, kind), { recursive: true });
    for (let image = 0; image < IMAGES; image++) {
      const name = `${String(image).padStart(2, '0')}.png`;
      await cp(path.join(SCENES, kind, name), path.join(folder, kind, name));
    }
  }
}
