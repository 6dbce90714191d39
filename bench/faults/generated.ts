/** Data sets that are drawn from a formula. */
import { type Random, randomOf } from '../../src/engine/seeding.ts';
import { normalValues } from '../../src/experiment/initialization.ts';
import { type DataSet, dataSet, type Source } from './data-set.ts';

const EXAMPLES = 1000;

/** What one example of a class is. */
interface Recipe {
  readonly shape: readonly number[];
  readonly classes: number;
  /** @param normal draws from the standard normal distribution */
  readonly draw: (label: number, random: Random, normal: () => number) => readonly number[];
  /** The class of an example, in turn by default. */
  readonly labelOf?: (example: number) => number;
}

const RECIPES: Partial<Record<Source, Recipe>> = {
  // Five overlapping normal clouds in 16 dimensions.
  blobs: {
    shape: [16],
    classes: 5,
    draw: (label, _, normal) => Array.from({ length: 16 }, (__, at) => CENTRES[label * 16 + at]! * 0.9 + normal()),
  },
  // Three arms that wind around each other.
  spirals: {
    shape: [2],
    classes: 3,
    draw(label, random, normal) {
      const radius = Math.sqrt(random());
      const angle = (2 * Math.PI * label) / 3 + 3.5 * radius;
      return [1.8 * radius * Math.cos(angle) + 0.06 * normal(), 1.8 * radius * Math.sin(angle) + 0.06 * normal()];
    },
  },
  // Circle, square, cross and triangle, 12 x 12 pixels, somewhere, in noise.
  figures: { shape: [12, 12, 1], classes: 4, draw: figure },
  // Two channels, 20 steps: slow, fast, growing and broken oscillations.
  waves: {
    shape: [20, 2],
    classes: 4,
    draw(label, random, normal) {
      const phase = 2 * Math.PI * random();
      const speed = label === 1 ? 1.3 : 0.6;
      return Array.from({ length: 40 }, (_, at) => {
        const step = Math.floor(at / 2);
        const height = label === 2 ? step / 10 : 1;
        const sign = label === 3 && step >= 10 ? -1 : 1;
        return sign * height * Math.sin(speed * step + phase + (at % 2) * (Math.PI / 2)) + 0.3 * normal();
      });
    },
  },
  // Twelve tokens of twenty; the class is which pair of neighbours occurs somewhere.
  motifs: {
    shape: [12],
    classes: 4,
    draw(label, random) {
      const tokens = Array.from({ length: 12 }, () => 8 + Math.floor(12 * random()));
      const at = Math.floor(11 * random());
      tokens[at] = 2 * label;
      tokens[at + 1] = 2 * label + 1;
      return tokens;
    },
  },
  // Friedman's first function (1991) of 10 uniform inputs, in four ranges: a regression as the engine's loss has it.
  friedman: {
    shape: [10],
    classes: 4,
    draw(label, random, normal) {
      for (;;) {
        const x = Array.from({ length: 10 }, random);
        const y = 10 * Math.sin(Math.PI * x[0]! * x[1]!) + 20 * (x[2]! - 0.5) ** 2 + 10 * x[3]! + 5 * x[4]! + normal();
        if (QUARTILES.filter((limit) => y > limit).length === label) return x.map((value) => (value - 0.5) / 0.29);
      }
    },
  },
  // A table with one common class and two rare ones, and columns with long tails.
  rarities: {
    shape: [12],
    classes: 3,
    labelOf: (example) => [0, 0, 1, 0, 0, 0, 2, 0, 1, 0][example % 10]!,
    draw: (label, _, normal) => Array.from({ length: 12 }, (__, at) => (at % 3 === label && at < 9 ? 1.6 : 0) + (at % 4 === 0 ? normal() ** 3 / 2 : normal())),
  },
};

const CENTRES = normalValues(80, 1, 0, 'faults/blobs/centres');

/** Of Friedman's function with noise, to one place: they only have to be near. */
const QUARTILES = [10.9, 14.4, 17.9];

function figure(label: number, random: Random, normal: () => number): number[] {
  const [x, y] = [4 + 3 * random(), 4 + 3 * random()];
  const size = 2.5 + 1.3 * random();
  const isInside = (dx: number, dy: number) =>
    [
      () => Math.abs(Math.hypot(dx, dy) - size) < 0.8,
      () => Math.abs(Math.max(Math.abs(dx), Math.abs(dy)) - size) < 0.7,
      () => Math.min(Math.abs(dx), Math.abs(dy)) < 0.7 && Math.max(Math.abs(dx), Math.abs(dy)) < size,
      () => dy < size && dy > 2 * Math.abs(dx) - size,
    ][label]!();
  const ink = 120 + 100 * random();
  return Array.from({ length: 144 }, (_, at) => {
    const value = 30 + (isInside((at % 12) - x, Math.floor(at / 12) - y) ? ink : 0) + 25 * normal();
    return Math.min(255, Math.max(0, value));
  });
}

/** @returns null where the data set is not generated */
export function generated(source: Source): DataSet | null {
  const recipe = RECIPES[source];
  if (!recipe) return null;
  const { shape, classes, draw, labelOf = (example: number) => example % classes } = recipe;
  const random = randomOf(0, `faults/${source}`);
  const spare: number[] = [];
  const normal = () => {
    if (spare.length === 0) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      spare.push(radius * Math.cos(angle), radius * Math.sin(angle));
    }
    return spare.pop()!;
  };
  const labels = Int32Array.from({ length: EXAMPLES }, (_, example) => labelOf(example));
  const values = Float32Array.from(Array.from(labels).flatMap((label) => draw(label, random, normal)));
  return dataSet({ name: source, shape, classes, values, labels });
}
