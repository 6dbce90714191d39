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
/** Images with which the search begins there. */
const FEW_IMAGES = 8;

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
    const fits = samples.map((sample) => (isAffine ? fitAtOnce(model, memories, sample, order) : fitInTwoSteps(model, memories, sample, order)));
    return [false, true].map((standardized) => ({
      order,
      standardized,
      readings: samples.flatMap((sample, index): Reading[] => {
        const fed = fits[index]!(standardized);
        return fed ? [{ population: sample.population, source: sample.source(standardized), contrast: sample.moments(standardized).contrast, fed }] : [];
      }),
    }));
  });
}

/** Solves for what was fed, if images were as they are or standardized. */
type Fit = (standardized: boolean) => RememberedInput | null;

function fitAtOnce(model: tf.LayersModel, memories: readonly Memory[], sample: Sample, order: Order): Fit {
  const respond = sample.affine(model, memories, order);
  return (standardized) => rememberedInput(sensorsOf(memories, respond(standardized)), sample.mean(standardized, order), startsOf(order, standardized));
}

/** Where each transform takes a pass: a few images tell where to begin. */
function fitInTwoSteps(model: tf.LayersModel, memories: readonly Memory[], sample: Sample, order: Order): Fit {
  const few = sample.first(FEW_IMAGES);
  const solve = (images: Sample, standardized: boolean, starts: readonly Transform[]) =>
    rememberedInput(sensorsOf(memories, images.measured(model, memories, order)(standardized)), images.mean(standardized, order), starts);
  return (standardized) => {
    const roughly = solve(few, standardized, startsOf(order, standardized));
    return solve(sample, standardized, roughly ? [transformThatFeeds(roughly, few.mean(standardized, order))] : startsOf(order, standardized));
  };
}

function transformThatFeeds({ level, logGain }: RememberedInput, pixelMean: Triple): Transform {
  const gains = logGain.map(Math.exp) as unknown as Triple;
  return { gains, offsets: level.map((value, c) => value - gains[c]! * pixelMean[c]!) as unknown as Triple };
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

  /** Mean of the channels as the network reads them. */
  mean(standardized: boolean, order: Order): Triple {
    return turn(this.moments(standardized).mean, order);
  }

  first(images: number): Sample {
    const row = this.pixels.size[0] * this.pixels.size[1] * 3;
    return new Sample(this.population, { ...this.pixels, values: this.pixels.values.subarray(0, images * row) });
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

function startsOf(order: Order, standardized: boolean): Transform[] {
  return CANDIDATES.filter((candidate) => candidate.order === order && candidate.standardizes === standardized).map(transformOf);
}

function transformOf({ mean, std }: { readonly mean: Triple; readonly std: Triple }): Transform {
  const each = (value: (c: number) => number): Triple => [value(0), value(1), value(2)];
  return { gains: each((c) => 1 / std[c]!), offsets: each((c) => -mean[c]! / std[c]!) };
}
