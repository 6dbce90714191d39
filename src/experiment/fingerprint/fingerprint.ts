import type * as tf from '../../engine/tf.ts';
import type { Fingerprint } from '../../evidence/fingerprint.ts';
import { takeAnySize } from './any-size.ts';
import { probeLinearly } from './linear-probe.ts';
import { matchOf } from './match.ts';
import { firstMemories } from './memories.ts';
import { readMemories } from './memory-reading.ts';
import type { Pixels } from './pixels.ts';
import { type Belief, believe } from './posterior.ts';
import { windowsOf } from './windows.ts';

/** Below this probability, nothing is told: docs/fingerprint.md has what it leads to. */
const CONFIDENT = 0.95;
/** Images that pass the network: what it makes of more tells no more, since images differ from those of the training anyhow. */
const MOST_IMAGES = 48;
/** Images whose mean is taken: beyond that, its error is below that of all else. */
const MOST_OF_SOURCE = 512;
/** Fewer images are no sample of anything. */
const FEWEST_IMAGES = 8;
const WINDOW = 96;
/** Images of each class that a linear probe needs. */
const FEWEST_PER_CLASS = 10;

/**
 * Infers from a pretrained network which preprocessing it was trained with (docs/fingerprint.md).
 *
 * @param model of one input with three channels. Afterwards it can be passed images of any size, and is good for nothing else
 * @param labels class of each image, in the order of the images; null where there are none
 */
export function fingerprint(model: tf.LayersModel, pixels: Pixels, labels: Int32Array | null): Fingerprint {
  const images = pixels.values.length / (pixels.size[0] * pixels.size[1] * 3);
  if (images < FEWEST_IMAGES) return untold(`${images} images are too few: ${FEWEST_IMAGES} are the least.`, images);
  const memories = firstMemories(model);
  if (memories.length === 0) {
    if (labels && canProbe(labels)) return probeLinearly(model, pixels, labels);
    return untold('The network has no BatchNormalization that remembers its training, and a linear probe needs a class for each image, ten images of each.', images);
  }
  takeAnySize(model);
  const sample = windowsOf(evenly(pixels, MOST_IMAGES), WINDOW);
  const readings = readMemories(model, memories, sample, evenly(pixels, MOST_OF_SOURCE));
  if (readings.some(({ standardized, readings: { length } }) => !standardized && length === 0)) {
    return untold('What its BatchNormalization remembers cannot be explained by any input.', images);
  }
  return told(believe(readings), memories.map(({ path }) => path), Math.min(images, MOST_IMAGES));
}

function told(belief: Belief, memories: readonly string[], images: number): Fingerprint {
  const { group, probability, orderProbability, judged, fed, pixelMean } = belief;
  const [best, ...equivalents] = group;
  const isTold = probability >= CONFIDENT;
  return {
    method: 'batch-normalization',
    told: isTold,
    because: isTold ? null : 'Several preprocessings explain what its BatchNormalization remembers about equally well.',
    best: matchOf(best!),
    confidence: probability,
    orderConfidence: orderProbability,
    equivalents: equivalents.map(({ name }) => name),
    estimate: {
      mean: fed.level.map((level, c) => pixelMean[c]! - level / Math.exp(fed.logGain[c]!)),
      std: fed.logGain.map((gain) => Math.exp(-gain)),
    },
    candidates: judged.map(({ candidate, impliedMean, impliedContrast, probability: own }) => ({
      name: candidate.name,
      formula: candidate.formula,
      probability: own,
      implied: { mean: impliedMean, contrast: impliedContrast },
      accuracy: null,
    })),
    memories,
    images,
  };
}

function untold(because: string, images: number): Fingerprint {
  return {
    method: 'none', told: false, because, best: null, confidence: null, orderConfidence: null,
    equivalents: [], estimate: null, candidates: [], memories: [], images,
  };
}

function canProbe(labels: Int32Array): boolean {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts.size >= 2 && [...counts.values()].every((count) => count >= FEWEST_PER_CLASS);
}

/** At most so many of the images, at even distances. */
function evenly({ values, size }: Pixels, most: number): Pixels {
  const row = size[0] * size[1] * 3;
  const count = values.length / row;
  const kept = Math.min(count, most);
  const out = new Float32Array(kept * row);
  for (let index = 0; index < kept; index++) {
    const from = Math.floor(((index + 0.5) * count) / kept) * row;
    out.set(values.subarray(from, from + row), index * row);
  }
  return { values: out, size };
}
