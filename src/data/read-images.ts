import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { decodeImage } from './decode-image.ts';
import type { DecodedImage } from './decode-png.ts';
import { scalerTo, type Size } from './resize.ts';

/** An image to read. */
export interface ImageFile {
  readonly absolute: string;
  /** `class/file`: what it is called in the data set, wherever that lies. */
  readonly file: string;
  /** How messages call it. */
  readonly shown: string;
  /** The size that it must have, since something else belongs to its pixels. */
  readonly mustBe?: { readonly size: Size; readonly as: string };
}

/** What was read. */
export interface ReadImages {
  /** SHA-256 of all names and bytes. */
  readonly contentHash: string;
  /** What was done to them that the user should know, one sentence each. */
  readonly notes: readonly string[];
}

/** Bytes that the decoded images of a check may take. */
const MAX_BYTES = 2 ** 31;

/** Shapes that differ by less than this factor look the same after scaling. */
const SAME_SHAPE = 1.02;

/**
 * Memory for images that every thread sees: count x height x width x 3, RGB, values 0..255.
 *
 * @throws UserError where they are too many
 */
export function roomForImages(count: number, size: Size): Float32Array {
  const bytes = size[0] * size[1] * 3 * Float32Array.BYTES_PER_ELEMENT;
  requireRoom(count, bytes, size);
  return new Float32Array(new SharedArrayBuffer(count * bytes));
}

/**
 * Reads, decodes and scales images into `images`, which has {@link roomForImages room for} them.
 *
 * @throws UserError for an image that cannot be read
 */
export function readImages(files: readonly ImageFile[], size: Size, images: Float32Array): ReadImages {
  const row = size[0] * size[1] * 3;
  const content = createHash('sha256');
  const scale = scalerTo(size);
  const survey = new Survey(size);
  for (const [index, { file, shown, mustBe }] of files.entries()) {
    const bytes = readBytes(files[index]!);
    const digest = createHash('sha256').update(bytes).digest('hex');
    content.update(`${file}\0${digest}\n`);
    const image = decodeImage(shown, bytes);
    if (mustBe) requireSize(shown, image, mustBe);
    images.set(scale(image), index * row);
    survey.add(shown, digest, image);
  }
  return { contentHash: content.digest('hex'), notes: survey.notes() };
}

function requireSize(shown: string, { height, width }: DecodedImage, { size, as }: NonNullable<ImageFile['mustBe']>): void {
  if (height === size[0] && width === size[1]) return;
  throw new UserError('mask-size', `${as} has ${size[0]} x ${size[1]} pixels (height x width), its image ${shown} ${height} x ${width}.`, 'Save the mask in the size of its image.');
}

/** Counts what the user should know of the images. */
class Survey {
  private readonly sizes = new Set<string>();
  private readonly originals = new Map<string, string>();
  private readonly copies: string[] = [];
  private stretched = 0;
  private transparent = 0;

  constructor(private readonly size: Size) {}

  add(shown: string, digest: string, { transparent, height, width }: DecodedImage): void {
    const [toHeight, toWidth] = this.size;
    const stretch = (width / height) * (toHeight / toWidth);
    if (Math.max(stretch, 1 / stretch) > SAME_SHAPE) this.stretched++;
    if (transparent) this.transparent++;
    this.sizes.add(`${height} x ${width}`);
    const original = this.originals.get(digest);
    if (original === undefined) this.originals.set(digest, shown);
    else this.copies.push(`${shown} = ${original}`);
  }

  notes(): readonly string[] {
    const target = `${this.size[0]} x ${this.size[1]} pixels (height x width)`;
    const notes: string[] = [];
    if (this.sizes.size > 1) notes.push(`The images have ${this.sizes.size} different sizes; all were scaled to ${target}.`);
    if (this.stretched > 0) notes.push(`${counted(this.stretched)} not of the shape of ${target} and stretched to it.`);
    if (this.transparent > 0) notes.push(`${counted(this.transparent)} transparent in places and put on white.`);
    if (this.copies.length > 0) {
      notes.push(
        `${counted(this.copies.length)} byte for byte the same as another (first: ${this.copies[0]!}). ` +
          'Where one of them is trained on and the other judged, accuracy looks better than it is.',
      );
    }
    return notes;
  }
}

function counted(count: number): string {
  return count === 1 ? '1 image is' : `${count} images are`;
}

/** @throws UserError where the system refuses */
export function readBytes({ absolute, shown }: ImageFile): Uint8Array {
  try {
    return readFileSync(absolute);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError('image-unreadable', `${shown}: cannot be read (${reason}).`, 'Check the file, or remove it.', { cause: error });
  }
}

function requireRoom(count: number, bytesPerImage: number, [height, width]: Size): void {
  const bytes = count * bytesPerImage;
  if (bytes <= MAX_BYTES) return;
  throw new UserError(
    'data-too-large',
    `${count} images of ${height} x ${width} pixels need ${(bytes / 2 ** 30).toFixed(1)} GiB of memory; ${MAX_BYTES / 2 ** 30} GiB is the most.`,
    `Use at most ${Math.floor(MAX_BYTES / bytesPerImage)} images, or a smaller \`data.size\`.`,
  );
}
