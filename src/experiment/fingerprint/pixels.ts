import { randomOf } from '../../engine/seeding.ts';
import type { Triple } from '../../stats/remembered-input.ts';
import { STANDARDIZED_STD } from './candidates.ts';

/** Images of one size: N x height x width x 3, RGB, about 0..255. */
export interface Pixels {
  readonly values: Float32Array;
  readonly size: readonly [height: number, width: number];
}

export interface PixelMoments {
  readonly mean: Triple;
  readonly contrast: number;
}

/** Mean of each channel, and the standard deviation within channels. */
export function momentsOfPixels({ values }: Pixels): PixelMoments {
  const count = values.length / 3;
  const sums = [0, 0, 0] as [number, number, number];
  let variance = 0;
  for (let c = 0; c < 3; c++) {
    let [sum, squares] = [0, 0];
    for (let i = c; i < values.length; i += 3) {
      const value = values[i]!;
      sum += value;
      squares += value * value;
    }
    sums[c] = sum / count;
    variance += (squares / count - sums[c]! ** 2) / 3;
  }
  return { mean: sums, contrast: Math.sqrt(Math.max(0, variance)) };
}

/** The images with blue first. */
export function channelsTurned({ values, size }: Pixels): Pixels {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    turned[i] = values[i + 2]!;
    turned[i + 1] = values[i + 1]!;
    turned[i + 2] = values[i]!;
  }
  return { values: turned, size };
}

/** What an image is standardized by: pixel p becomes scale (p - mean). */
export interface Standardization {
  readonly scale: number;
  readonly mean: number;
}

/** For each image, to mean 0 and {@link STANDARDIZED_STD} over all its values; a blank one becomes 0. */
export function standardizations({ values, size }: Pixels): Standardization[] {
  const row = size[0] * size[1] * 3;
  return Array.from({ length: values.length / row }, (_, image) => {
    const end = (image + 1) * row;
    let sum = 0;
    for (let i = image * row; i < end; i++) sum += values[i]!;
    const mean = sum / row;
    let squares = 0;
    for (let i = image * row; i < end; i++) squares += (values[i]! - mean) * (values[i]! - mean);
    return { scale: squares > 0 ? STANDARDIZED_STD / Math.sqrt(squares / row) : 0, mean };
  });
}

/** Each image brought to the same mean and contrast. */
export function eachStandardized({ values, size }: Pixels, by: readonly Standardization[] = standardizations({ values, size })): Pixels {
  const row = size[0] * size[1] * 3;
  const out = new Float32Array(values.length);
  by.forEach(({ scale, mean }, image) => {
    for (let i = image * row; i < (image + 1) * row; i++) out[i] = (values[i]! - mean) * scale;
  });
  return { values: out, size };
}

/**
 * Mean pixel of photographs, RGB: what preset `imagenet` subtracts. Its std of 58 is the mean of those of single images;
 * over all images it is larger, as brightness varies from one to the next.
 */
const NATURAL = { mean: [123.675, 116.28, 103.53], std: 78 } as const;
/** How alike the channels of a photograph are: the share of variance that all three have in common. */
const SHARED_COLOUR = 0.93;
/** Finest structure, in pixels: cameras and scaling blur what is smaller. */
const FINEST = 2;

/**
 * Random images with the mean, contrast, colours and spectrum of photographs. The power of natural images falls with the
 * square of the frequency (Field 1987, J. Opt. Soc. Am. A 4, 2379): every octave holds the same variance.
 */
export function naturalPixels(count: number, [height, width]: readonly [number, number]): Pixels {
  const values = new Float32Array(count * height * width * 3);
  const octaves = scales(Math.max(height, width));
  const share = 1 / Math.sqrt(octaves.length);
  for (let image = 0; image < count; image++) {
    const random = randomOf(image, 'fingerprint/natural');
    const at = image * height * width * 3;
    for (const scale of octaves) addOctave(values, at, [height, width], scale, NATURAL.std * share, random);
  }
  for (let i = 0; i < values.length; i++) values[i] = Math.min(255, Math.max(0, values[i]! + NATURAL.mean[i % 3]!));
  return { values, size: [height, width] };
}

/** Lengths of waves, from the finest to twice the image. */
function scales(longest: number): number[] {
  const all: number[] = [];
  for (let scale = FINEST; scale <= 2 * longest; scale *= 2) all.push(scale);
  return all;
}

/** Noise on a grid of `scale` pixels, bilinear in between, shifted at random; its variance over places is std squared. */
function addOctave(values: Float32Array, at: number, [height, width]: readonly [number, number], scale: number, std: number, random: () => number): void {
  const [rows, columns] = [Math.ceil(height / scale) + 2, Math.ceil(width / scale) + 2];
  const grid = Float32Array.from({ length: rows * columns * 3 });
  // Bilinear weights keep 4/9 of the variance; sums of two uniforms have 1/6.
  const size = std * Math.sqrt(6) * 1.5;
  const draw = () => (random() + random() - 1) * size;
  for (let node = 0; node < rows * columns; node++) {
    const common = Math.sqrt(SHARED_COLOUR) * draw();
    for (let c = 0; c < 3; c++) grid[node * 3 + c] = common + Math.sqrt(1 - SHARED_COLOUR) * draw();
  }
  const [shiftY, shiftX] = [random(), random()];
  for (let y = 0; y < height; y++) {
    const gy = y / scale + shiftY;
    const [top, fy] = [Math.floor(gy), gy % 1];
    for (let x = 0; x < width; x++) {
      const gx = x / scale + shiftX;
      const [left, fx] = [Math.floor(gx), gx % 1];
      for (let c = 0; c < 3; c++) {
        const node = (top * columns + left) * 3 + c;
        const upper = grid[node]! * (1 - fx) + grid[node + 3]! * fx;
        const lower = grid[node + columns * 3]! * (1 - fx) + grid[node + columns * 3 + 3]! * fx;
        values[at + (y * width + x) * 3 + c]! += upper * (1 - fy) + lower * fy;
      }
    }
  }
}
