import type { PerChannel } from '../../config/presets.ts';
import { logNormal } from '../../stats/normal.ts';
import type { Matrix } from '../../stats/matrix.ts';
import type { RememberedInput, Triple } from '../../stats/remembered-input.ts';
import { type Candidate, areEquivalent, CANDIDATES } from './candidates.ts';
import type { PopulationMean } from './population.ts';

/** Images of one kind, and what the network must have been fed if it was trained on such. In RGB. */
export interface Reading {
  readonly population: Population;
  /** What is known of where they come from, as the candidate's formula finds it. */
  readonly source: PopulationMean;
  /** Standard deviation of the images, all channels. */
  readonly contrast: number;
  /** In the order in which the network reads the channels. */
  readonly fed: RememberedInput;
}

export type Population = 'images' | 'natural';

/** Readings of one channel order, with or without standardizing each image first. */
export interface Readings {
  readonly order: 'rgb' | 'bgr';
  readonly standardized: boolean;
  readonly readings: readonly Reading[];
}

/** A candidate with what it would mean. */
export interface Judged {
  readonly candidate: Candidate;
  /** Posterior probability. */
  readonly probability: number;
  /** Mean pixel, in RGB, and contrast (standard deviation, 0..255) of the training images, if the candidate is right. */
  readonly impliedMean: Triple;
  readonly impliedContrast: number;
  /** The reading that speaks for it most. */
  readonly reading: Reading;
}

export interface Belief {
  /** The most probable group of equivalent candidates, the most usual first. */
  readonly group: readonly Candidate[];
  /** Probability of that formula, in either channel order. */
  readonly probability: number;
  /** Probability of the group's channel order, given the formula. */
  readonly orderProbability: number;
  readonly judged: readonly Judged[];
  /** What was fed, as the kind of images that explains it best tells; in the network's channel order. */
  readonly fed: RememberedInput;
  readonly pixelMean: Triple;
}

/**
 * How far the mean and contrast of training images lie from those of a population: standard deviations of what all
 * channels share and of what each has for itself (levels of 0..255), and of the logarithm of the contrast.
 */
interface Closeness {
  readonly weight: number;
  readonly shared: number;
  readonly own: number;
  readonly contrast: number;
}

const CLOSENESS: Readonly<Record<Population | 'other', readonly Closeness[]>> = {
  // The images at hand are from the training set's own source, or only of the same kind.
  images: [
    { weight: 0.2, shared: 4, own: 2, contrast: 0.12 },
    { weight: 0.25, shared: 20, own: 8, contrast: 0.25 },
  ],
  // ImageNet itself, or other photographs.
  natural: [
    { weight: 0.2, shared: 4, own: 4, contrast: 0.12 },
    { weight: 0.25, shared: 15, own: 7, contrast: 0.2 },
  ],
  // Anything that an image can be: within the physical limits, which are checked apart.
  other: [{ weight: 0.1, shared: 70, own: 20, contrast: 0.5 }],
};

/** Standardized images have no mean of their own to differ in, and no contrast. */
const STANDARDIZED: Readonly<Record<Population | 'other', readonly Closeness[]>> = {
  images: [{ weight: 0.45, shared: 1, own: 6, contrast: 0.15 }],
  natural: [{ weight: 0.45, shared: 1, own: 5, contrast: 0.15 }],
  other: [{ weight: 0.1, shared: 1, own: 15, contrast: 0.2 }],
};

/** How many independent residuals a fit counts for: those of neighbouring filters are not independent. */
const FIT_TRUST = 3;
/** Misfits below the first say no more; images that are unlike those of the training misfit by the second at best. */
const LEAST_MISFIT = { alike: 0.05, other: 0.15 };

/**
 * Which preprocessing a network was trained with. Each candidate is turned round: what would the training images have
 * been, had it been this one? Their mean and contrast must be possible for pixels, and are likely where they are those of
 * the images at hand, or of natural images.
 */
export function believe(all: readonly Readings[]): Belief {
  const scored = CANDIDATES.flatMap((candidate) => {
    const found = all.find(({ order, standardized }) => order === candidate.order && standardized === candidate.standardizes);
    return found && found.readings.length > 0 ? [score(candidate, found)] : [];
  });
  const top = Math.max(...scored.map(({ logProbability }) => logProbability));
  const total = scored.reduce((sum, { logProbability }) => sum + Math.exp(logProbability - top), 0);
  const judged = scored
    .map(({ logProbability, ...rest }) => ({ ...rest, probability: Math.exp(logProbability - top) / total }))
    .toSorted((a, b) => b.probability - a.probability);
  const belief = strongest(judged);
  const { reading } = judged.find(({ candidate }) => candidate === belief.group[0])!;
  const { source, fed } = reading;
  return { ...belief, judged, fed, pixelMean: turn(source.mean, belief.group[0]!.order) };
}

function strongest(judged: readonly Judged[]): Pick<Belief, 'group' | 'probability' | 'orderProbability'> {
  const groups = judged.map(({ candidate }) => judged.filter((other) => areEquivalent(candidate, other.candidate)));
  const probabilityOf = (group: readonly Judged[]) => group.reduce((sum, { probability }) => sum + probability, 0);
  const group = groups.toSorted((a, b) => probabilityOf(b) - probabilityOf(a))[0]!;
  const inOrder = probabilityOf(group);
  const other = judged.filter(({ candidate }) => group.some((member) => isMirror(member.candidate, candidate)));
  const probability = inOrder + probabilityOf(other);
  const usual = group.map(({ candidate }) => candidate).toSorted((a, b) => Number(a.preset === null) - Number(b.preset === null));
  return { group: usual, probability, orderProbability: inOrder / probability };
}

/** The same formula for the same colours in the other channel order. */
function isMirror(a: Candidate, b: Candidate): boolean {
  return a.order !== b.order && areEquivalent(a, { ...b, order: a.order, mean: turned(b.mean), std: turned(b.std) });
}

type Scored = Omit<Judged, 'probability'> & { readonly logProbability: number };

function score(candidate: Candidate, { readings }: Readings): Scored {
  const closeness = candidate.standardizes ? STANDARDIZED : CLOSENESS;
  const likelihoods = readings.flatMap((reading) => {
    const here = implied(candidate, reading);
    return ([reading.population, 'other'] as const).flatMap((kind) => {
      const fit = -FIT_TRUST * Math.log(Math.max(reading.fed.misfit, LEAST_MISFIT[kind === 'other' ? 'other' : 'alike']));
      return closeness[kind].map((each) => {
        const share = kind === 'other' ? each.weight / readings.length : each.weight;
        return { here, reading, log: Math.log(share) + fit + logLikelihood(here, reading, each) - (candidate.standardizes ? 0 : impossibility(here)) };
      });
    });
  });
  const best = likelihoods.reduce((a, b) => (b.log > a.log ? b : a));
  const log = best.log + Math.log(likelihoods.reduce((sum, { log }) => sum + Math.exp(log - best.log), 0));
  return { candidate, logProbability: Math.log(candidate.weight) + log, impliedMean: best.here.mean, impliedContrast: best.here.contrast, reading: best.reading };
}

interface Implied {
  /** RGB. */
  readonly mean: Triple;
  /** Of the errors of mean and logContrast. */
  readonly covariance: Matrix;
  readonly contrast: number;
  /** ln of the contrast beside that of the reading's images. */
  readonly logContrast: number;
  /** ln of how densely levels of the network lie in levels of pixels. */
  readonly logDensity: number;
}

function implied({ mean, std, order }: Candidate, { contrast, fed }: Reading): Implied {
  const means = turn([0, 1, 2].map((c) => fed.level[c]! * std[c]! + mean[c]!) as unknown as Triple, order);
  const at = order === 'rgb' ? [0, 1, 2, 3] : [2, 1, 0, 3];
  const scale = [...std, 1];
  const covariance = at.map((a) => at.map((b) => fed.covariance[a]![b]! * scale[a]! * scale[b]!));
  const logContrast = [0, 1, 2].reduce((sum, c) => sum + fed.logGain[c]! + Math.log(std[c]!), 0) / 3;
  return { mean: means, covariance, contrast: contrast * Math.exp(logContrast), logContrast, logDensity: std.reduce((sum, value) => sum + Math.log(value), 0) };
}

function logLikelihood(here: Implied, { source: { mean, covariance: error } }: Reading, { shared, own, contrast }: Closeness): number {
  const ofImages = (a: number, b: number) => (a < 3 && b < 3 ? error[a]![b]! + shared ** 2 + (a === b ? own ** 2 : 0) : a === b ? contrast ** 2 : 0);
  const covariance = here.covariance.map((row, a) => row.map((value, b) => value + ofImages(a, b)));
  return logNormal([...here.mean.map((value, c) => value - mean[c]!), here.logContrast], covariance) + here.logDensity;
}

/** Pixels lie in 0..255, and so their variance is at most mean (255 - mean) (Bhatia and Davis 2000). */
function impossibility({ mean, contrast }: Implied): number {
  const outside = mean.reduce((sum, value) => sum + (Math.max(0, -value, value - 255) / 3) ** 2, 0);
  const level = mean.reduce((sum, value) => sum + value, 0) / 3;
  const most = Math.sqrt(Math.max(1, level * (255 - level)));
  return (outside + (Math.max(0, contrast / most - 0.85) / 0.1) ** 2) / 2;
}

export function turn(values: Triple, order: 'rgb' | 'bgr'): Triple {
  return order === 'rgb' ? values : [values[2], values[1], values[0]];
}

function turned([a, b, c]: PerChannel): PerChannel {
  return [c, b, a];
}
