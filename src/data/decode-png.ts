import { decode, type DecodedPng } from 'fast-png';
import type { RgbImage } from './resize.ts';

export interface DecodedImage extends RgbImage {
  /** Whether see-through parts were put on white. */
  readonly transparent: boolean;
}

/** Samples of a PNG, one number each: `channels` of grey, grey and alpha, RGB or RGBA, in 0..max. */
interface Raster {
  readonly samples: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly max: number;
  /** The one colour that counts as transparent: tRNS of an image without alpha. */
  readonly key: readonly number[] | null;
}

/**
 * Decodes a PNG of any colour type and depth; grey becomes three equal channels, transparency is put on white.
 *
 * @throws Error for a damaged file
 */
export function decodePng(bytes: Uint8Array): DecodedImage {
  const png = rawPng(bytes);
  if (png.depth === 8 && png.channels === 3 && !png.transparency) {
    return { height: png.height, width: png.width, pixels: png.data as Uint8Array, transparent: false };
  }
  return onWhite(png.palette ? paletteRaster(png, png.palette) : plainRaster(png), png);
}

/**
 * The samples as the file has them.
 *
 * @throws Error for a damaged file
 */
export function rawPng(bytes: Uint8Array): DecodedPng {
  // fast-png takes each sample of an interlaced image for a byte, and returns noise where several share one.
  if (bytes[24]! < 8 && bytes[28] === 1) throw new Error(`interlaced with ${bytes[24]!} bits per sample, which is not supported`);
  return decode(bytes, { checkCrc: true });
}

function plainRaster(png: DecodedPng): Raster {
  const key = png.transparency ? Array.from(png.transparency) : null;
  return { samples: samplesOf(png), channels: png.channels, max: 2 ** png.depth - 1, key };
}

function paletteRaster(png: DecodedPng, palette: readonly (readonly number[])[]): Raster {
  const indices = samplesOf(png);
  const samples = new Uint8Array(indices.length * 4);
  indices.forEach((index, pixel) => {
    const colour = palette[index];
    if (!colour) throw new Error(`colour ${index} is not in the palette`);
    samples.set(colour, pixel * 4);
    samples[pixel * 4 + 3] = colour[3] ?? 255;
  });
  return { samples, channels: 4, max: 255, key: null };
}

/** One number per sample: several samples of less than 8 bits share a byte, and each row begins a new one. */
export function samplesOf({ data, depth, width, height, channels }: DecodedPng): Uint8Array | Uint16Array {
  if (depth === 16) return data as Uint16Array;
  if (depth === 8) return data as Uint8Array;
  const perRow = width * channels;
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const perByte = 8 / depth;
  const samples = new Uint8Array(perRow * height);
  for (let row = 0; row < height; row++) {
    for (let position = 0; position < perRow; position++) {
      const byte = data[row * bytesPerRow + Math.floor(position / perByte)]!;
      const shift = 8 - depth * ((position % perByte) + 1);
      samples[row * perRow + position] = (byte >> shift) & (2 ** depth - 1);
    }
  }
  return samples;
}

/** Composites over white: alpha * colour + (1 - alpha) * 255. */
function onWhite({ samples, channels, max, key }: Raster, { height, width }: DecodedPng): DecodedImage {
  const pixels = new Float32Array(height * width * 3);
  const colours = channels < 3 ? 1 : 3;
  const hasAlpha = channels > colours;
  let transparent = false;
  for (let pixel = 0; pixel < height * width; pixel++) {
    const at = pixel * channels;
    const keyed = key?.every((value, colour) => value === samples[at + colour]) ?? false;
    const alpha = keyed ? 0 : hasAlpha ? samples[at + colours]! / max : 1;
    transparent ||= alpha < 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = (samples[at + (colours === 1 ? 0 : channel)]! * 255) / max;
      pixels[pixel * 3 + channel] = alpha * value + (1 - alpha) * 255;
    }
  }
  return { height, width, pixels, transparent };
}
