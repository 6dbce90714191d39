import { type ChannelOrder, PRESETS, type PresetName, type PerChannel, type Scaling } from '../../config/presets.ts';

/** A preprocessing that people use. */
export interface Candidate extends Scaling {
  readonly name: string;
  /** Its name in a config; null where `{ mean, std, order }` says it. */
  readonly preset: PresetName | null;
  readonly formula: string;
  /** How usual it is, beside the others. */
  readonly weight: number;
  /** Brings every image to mean 0 and standard deviation 1 first; mean and std then follow it. */
  readonly standardizes: boolean;
}

/** Standard deviation, in levels of 0..255, to which an image is brought where each is standardized. */
export const STANDARDIZED_STD = 60;

/** How much rarer a preprocessing is with its channels the other way round: a fault, or a port between libraries. */
const SWAPPED = 0.1;
/** How much rarer what has no preset is, and what is hardly ever met: half of an idiom, an offset without its scale. */
const UNNAMED = 0.3;
const HARDLY_MET = 0.1;

/** Preprocessings closer than this, as a share of the range, are the same for all that a network can tell. */
export const SAME_WITHIN = 0.03;

const IMAGENET = { mean: PRESETS.imagenet.mean, std: PRESETS.imagenet.std } as const;

const unnamed = (name: string, formula: string, mean: PerChannel, std: PerChannel, weight = UNNAMED): Candidate => ({
  name, formula, mean, std, order: 'rgb', preset: null, weight, standardizes: false,
});

const even = (value: number): PerChannel => [value, value, value];

const USUAL: readonly Candidate[] = [
  ...Object.entries(PRESETS).map(([name, { order, mean, std, formula }]) => ({
    name, preset: name as PresetName, order, mean, std, formula, weight: 1, standardizes: false,
  })),
  unnamed('half-range', 'x / 255 - 0.5', even(127.5), even(255)),
  unnamed('centred-bytes', 'x - 127.5', even(127.5), even(1), HARDLY_MET),
  unnamed('mean-only', 'x - [123.675, 116.28, 103.53]', IMAGENET.mean, even(1)),
  unnamed('unit-mean-only', 'x / 255 - [0.485, 0.456, 0.406]', IMAGENET.mean, even(255), HARDLY_MET),
  unnamed('double-unit', 'x / 127.5', even(0), even(127.5)),
  { ...unnamed('per-image', '(x - mean of the image) / std of the image', even(0), even(STANDARDIZED_STD)), standardizes: true },
];

/** Everything that a network may have been fed, each in both channel orders. */
export const CANDIDATES: readonly Candidate[] = countedOnce(USUAL.flatMap((candidate) => [candidate, swapped(candidate)]));

/** A formula is as usual as its most usual name, however many names there are for it. */
function countedOnce(candidates: readonly Candidate[]): Candidate[] {
  return candidates.map((candidate) => {
    const same = candidates.filter((other) => areEquivalent(candidate, other));
    return { ...candidate, weight: Math.max(...same.map(({ weight }) => weight)) / same.length };
  });
}

/** The same numbers for the same colours, but the channels the other way round. */
function swapped(candidate: Candidate): Candidate {
  const order: ChannelOrder = candidate.order === 'rgb' ? 'bgr' : 'rgb';
  const turn = ([a, b, c]: PerChannel): PerChannel => [c, b, a];
  return {
    ...candidate,
    name: `${candidate.name}-${order}`,
    preset: null,
    order,
    mean: turn(candidate.mean),
    std: turn(candidate.std),
    formula: `${order.toUpperCase()} ${candidate.formula.replace(/^BGR /, '')}, constants of the other order`,
    weight: candidate.weight * SWAPPED,
  };
}

/** Largest difference, as a share of the range, between what two preprocessings make of a pixel. */
function distance(a: Scaling, b: Scaling): number {
  return Math.max(
    ...[0, 1, 2].flatMap((c) =>
      [0, 255].map((pixel) => Math.abs((pixel - a.mean[c]!) / a.std[c]! - (pixel - b.mean[c]!) / b.std[c]!) / (255 / a.std[c]!)),
    ),
  );
}

/** Largest difference between what two preprocessings make of a pixel, as a share of the smaller range; infinite where one standardizes each image, or reads channels in the other order. */
export function differenceOf(a: Fed, b: Fed): number {
  return a.order === b.order && a.standardizes === b.standardizes ? Math.max(distance(a, b), distance(b, a)) : Infinity;
}

type Fed = Scaling & Pick<Candidate, 'standardizes'>;

export function areEquivalent(a: Candidate, b: Candidate): boolean {
  return differenceOf(a, b) <= SAME_WITHIN;
}
