import type * as tf from '../../engine/tf.ts';
import { type RememberedInput, rememberedInput, type Transform, type Triple } from '../../stats/remembered-input.ts';
import { affineResponses, type Responses } from './affine-responses.ts';
import { CANDIDATES } from './candidates.ts';
import type { Memory } from './memories.ts';
import { channelsTurned, eachStandardized, momentsOfPixels, naturalPixels, type PixelMoments, type Pixels, standardizations } from './pixels.ts';
import { known, type PopulationMean, sampled } from './population.ts';
import { type Population, type Reading, type Readings, turn } from './posterior.ts';
import { measuredResponses, respondsAffinely, sensorsOf } from './sensors.ts';
import { windowsOf } from './windows.ts';

/** Made-up natural images: enough for moments, whose error is then below that of the assumption. */
const NATURAL_IMAGES = 16;
/** Pixels of a side where each transform that is tried takes a pass of its own. */
const MEASURED_WINDOW = 48;

const ORDERS = ['rgb', 'bgr'] as const;
type Order = (typeof ORDERS)[number];

/**
 * Reads the memories with the images at hand and with natural images, in both channel orders, with and without bringing
 * each image to the same mean and contrast first.
 *
 * @param pixels windows of images, which are passed through the network
 * @param all whole images of the same source: the more, the better is known what its mean is
 */
export function readMemories(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels, all: Pixels): Readings[] {
  const isAffine = respondsAffinely(model, memories, pixels);
  const images = isAffine ? pixels : windowsOf(pixels, MEASURED_WINDOW);
  const source = sampled(all);
  const samples = [new Sample('images', images, source), new Sample('natural', naturalPixels(NATURAL_IMAGES, images.size))];
  return ORDERS.flatMap((order) => {
    const responses = samples.map((sample) => (isAffine ? sample.affine(model, memories, order) : sample.measured(model, memories, order)));
    return [false, true].map((standardized) => ({
      order,
      standardized,
      readings: samples.flatMap((sample, index): Reading[] => {
        const moments = sample.moments(standardized);
        const fed = fedAs(memories, responses[index]!(standardized), turn(moments.mean, order), order, standardized);
        return fed ? [{ population: sample.population, source: sample.source(standardized), contrast: moments.contrast, fed }] : [];
      }),
    }));
  });
}

/** Images of one kind, RGB, as they are and standardized. */
class Sample {
  private readonly by: ReturnType<typeof standardizations>;
  private readonly standardized: Pixels;

  constructor(
    readonly population: Population,
    private readonly pixels: Pixels,
    /** Where it is known by more images than these. */
    private readonly largerSample: ReturnType<typeof sampled> | null = null,
  ) {
    this.by = standardizations(pixels);
    this.standardized = eachStandardized(pixels, this.by);
  }

  moments(standardized: boolean): PixelMoments {
    return momentsOfPixels(this.treated(standardized));
  }

  source(standardized: boolean): PopulationMean {
    if (this.largerSample) return standardized ? this.largerSample.standardized : this.largerSample.asTheyAre;
    return known(this.moments(standardized).mean);
  }

  affine(model: tf.LayersModel, memories: readonly Memory[], order: Order): (standardized: boolean) => Responses {
    const respond = affineResponses(model, memories, inOrder(this.pixels, order));
    return (standardized) => respond(standardized ? this.by : null);
  }

  measured(model: tf.LayersModel, memories: readonly Memory[], order: Order): (standardized: boolean) => Responses {
    return (standardized) => measuredResponses(model, memories, inOrder(this.treated(standardized), order));
  }

  private treated(standardized: boolean): Pixels {
    return standardized ? this.standardized : this.pixels;
  }
}

function inOrder(pixels: Pixels, order: Order): Pixels {
  return order === 'rgb' ? pixels : channelsTurned(pixels);
}

function fedAs(memories: readonly Memory[], respond: Responses, pixelMean: Triple, order: Order, standardized: boolean): RememberedInput | null {
  const starts = CANDIDATES.filter((candidate) => candidate.order === order && candidate.standardizes === standardized).map(transformOf);
  return rememberedInput(sensorsOf(memories, respond), pixelMean, starts);
}

function transformOf({ mean, std }: { readonly mean: Triple; readonly std: Triple }): Transform {
  const each = (value: (c: number) => number): Triple => [value(0), value(1), value(2)];
  return { gains: each((c) => 1 / std[c]!), offsets: each((c) => -mean[c]! / std[c]!) };
}
