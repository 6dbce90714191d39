import type * as tf from '../../engine/tf.ts';
import { type RememberedInput, rememberedInput, type Transform, type Triple } from '../../stats/remembered-input.ts';
import { CANDIDATES } from './candidates.ts';
import type { Memory } from './memories.ts';
import { channelsTurned, eachStandardized, momentsOfPixels, naturalPixels, type Pixels } from './pixels.ts';
import type { Population, Reading, Readings } from './posterior.ts';
import { respondsAffinely, sensorsFor } from './sensors.ts';
import { windowsOf } from './windows.ts';

/** Made-up natural images: enough for moments, whose error is then below that of the assumption. */
const NATURAL_IMAGES = 16;
/** Pixels of a side where each transform that is tried takes a pass of its own. */
const MEASURED_WINDOW = 48;

/**
 * Reads the memories with the images at hand and with natural images, in both channel orders, with and without bringing
 * each image to the same mean and contrast first.
 */
export function readMemories(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels): Readings[] {
  const isAffine = respondsAffinely(model, memories, pixels);
  const images = isAffine ? pixels : windowsOf(pixels, MEASURED_WINDOW);
  const populations: readonly (readonly [Population, Pixels])[] = [['images', images], ['natural', naturalPixels(NATURAL_IMAGES, images.size)]];
  return (['rgb', 'bgr'] as const).flatMap((order) =>
    [false, true].map((standardized) => ({
      order,
      standardized,
      readings: populations.flatMap(([population, sample]) => {
        const treated = standardized ? eachStandardized(sample) : sample;
        const fed = fedAs(model, memories, order === 'rgb' ? treated : channelsTurned(treated), order, standardized, isAffine);
        return fed ? [{ population, ...momentsOfPixels(treated), fed } satisfies Reading] : [];
      }),
    })),
  );
}

function fedAs(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels, order: 'rgb' | 'bgr', standardized: boolean, isAffine: boolean): RememberedInput | null {
  const starts = CANDIDATES.filter((candidate) => candidate.order === order && candidate.standardizes === standardized).map(transformOf);
  return rememberedInput(sensorsFor(model, memories, pixels, isAffine), momentsOfPixels(pixels).mean, starts);
}

function transformOf({ mean, std }: { readonly mean: Triple; readonly std: Triple }): Transform {
  const each = (value: (c: number) => number): Triple => [value(0), value(1), value(2)];
  return { gains: each((c) => 1 / std[c]!), offsets: each((c) => -mean[c]! / std[c]!) };
}
