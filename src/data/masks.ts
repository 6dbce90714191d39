import type { DecodedPng } from 'fast-png';
import { isUserError, UserError } from '../errors.ts';
import { type Masks, UNLABELLED } from './answers.ts';
import { decoded, requireHeader } from './decode-image.ts';
import { rawPng, samplesOf } from './decode-png.ts';
import type { ImageKind } from './image-header.ts';
import { type ImageFile, readBytes } from './read-images.ts';
import type { Size } from './resize.ts';

/** Which value of a mask's pixels means which class. */
export interface MaskKey {
  /** Value of each class, in the order of classes. */
  readonly values: readonly number[];
  /** Values that are neither learned nor judged. */
  readonly ignored: readonly number[];
}

export interface ReadMasks {
  readonly masks: Masks;
  /** Height and width of each mask as it is stored. */
  readonly sizes: readonly Size[];
}

/**
 * Reads masks, PNG files of class indices, and scales each to one size by taking the nearest pixel.
 *
 * @throws UserError for a mask that cannot be read, whose pixels are colours, or that holds a value which is no class
 */
export function readMasks(files: readonly ImageFile[], size: Size, key: MaskKey): ReadMasks {
  const row = size[0] * size[1];
  const pixels = new Uint8Array(new SharedArrayBuffer(files.length * row));
  const classOf = new Map(key.values.map((value, label) => [value, label]));
  for (const value of key.ignored) if (!classOf.has(value)) classOf.set(value, UNLABELLED);
  const sizes = files.map((file, index): Size => {
    const png = decodeMask(file);
    const labels = labelsOf(file.shown, png, classOf, key);
    pixels.set(nearest(labels, [png.height, png.width], size), index * row);
    return [png.height, png.width];
  });
  return { masks: { kind: 'masks', pixels, size, classes: key.values.length }, sizes };
}

function decodeMask(file: ImageFile): DecodedPng {
  const { shown } = file;
  const bytes = readBytes(file);
  if (kindOf(shown, bytes) !== 'png') throw new UserError('mask-kind', `${shown}: a mask that is no PNG.`, 'Save masks as PNG: other formats do not keep class indices exactly.');
  const png = decoded(shown, () => rawPng(bytes));
  if (png.channels !== 1) {
    const kind = { 2: 'grey with transparency', 3: 'RGB without a palette', 4: 'RGBA without a palette' }[png.channels] ?? `of ${png.channels} channels`;
    throw new UserError('mask-colour', `${shown}: a mask that is ${kind}.`, 'Save masks with one class index per pixel, as grey or palette PNG.');
  }
  return png;
}

/** Null for what is no image: to turn it into a JPEG, as images may be, would not do. */
function kindOf(shown: string, bytes: Uint8Array): ImageKind | null {
  try {
    return requireHeader(shown, bytes).kind;
  } catch (error) {
    if (isUserError(error) && error.code === 'image-kind') return null;
    throw error;
  }
}

/** Class of each pixel. The indices of a palette are the values; its colours are for the eye. */
function labelsOf(shown: string, png: DecodedPng, classOf: ReadonlyMap<number, number>, { values, ignored }: MaskKey): Uint8Array {
  const samples = samplesOf(png);
  const labels = new Uint8Array(samples.length);
  samples.forEach((value, at) => {
    const label = classOf.get(value);
    if (label === undefined) {
      const known = `${values.length <= 8 ? values.join(', ') : `${values[0]!} to ${values.at(-1)!}`}${ignored.length > 0 ? `; ignored: ${ignored.join(', ')}` : ''}`;
      throw new UserError(
        'mask-class',
        `${shown}: value ${value} at row ${Math.floor(at / png.width)}, column ${at % png.width} is no class (classes: ${known}).`,
        'Correct the mask, or list the class in `data.classes` or the value in `data.ignore`.',
      );
    }
    labels[at] = label;
  });
  return labels;
}

/** The pixel whose square holds the centre of the new one. */
function nearest(labels: Uint8Array, [fromHeight, fromWidth]: Size, [height, width]: Size): Uint8Array {
  const scaled = new Uint8Array(height * width);
  const columns = Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * fromWidth) / width));
  for (let y = 0; y < height; y++) {
    const from = Math.floor(((y + 0.5) * fromHeight) / height) * fromWidth;
    for (let x = 0; x < width; x++) scaled[y * width + x] = labels[from + columns[x]!]!;
  }
  return scaled;
}
