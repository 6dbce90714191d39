import { UserError } from '../errors.ts';
import { type Masks, UNLABELLED } from './answers.ts';
import { fileIn, filesBelow } from './files-below.ts';
import { type Folder, isImageName } from './list-images.ts';
import type { DataSet, Validation } from './load.ts';
import { type MaskKey, readMasks } from './masks.ts';
import type { ImageFile } from './read-images.ts';
import type { Size } from './resize.ts';

/** Where images and their masks lie, and what the masks mean. */
export interface SegmentationData extends MaskKey {
  readonly images: Folder;
  readonly masks: Folder;
  readonly classes: readonly string[];
  readonly validation: Validation;
}

interface Pair {
  readonly image: ImageFile;
  readonly mask: ImageFile;
}

/**
 * Finds images and their masks, and reads the masks: an image `a/b.jpg` has the mask `a/b.png`.
 *
 * @param size that masks are scaled to
 * @throws UserError where a folder cannot be read, an image has no mask, a mask is not one of class indices, a class is in
 * no image, or there are too few images to be split
 */
export async function findSegmentation({ images, masks, classes, validation, ...key }: SegmentationData, size: Size): Promise<DataSet> {
  const training = await pairsIn(images, masks);
  const held = validation.kind === 'folder' ? await pairsIn(validation.path, validation.masks ?? masks) : null;
  const pairs = [...training.pairs, ...(held?.pairs ?? [])];
  const read = readMasks(pairs.map(({ mask }) => mask), size, key);
  const occurs = occurrences(read.masks);
  const counts = classes.map((_, label) => occurs.filter((labels) => labels.has(label)).length);
  requireEachClass(classes, counts, masks, size);
  if (validation.kind === 'folds') requireImages(pairs.length, validation.folds, images);
  return {
    classes,
    files: pairs.map(({ image, mask }, index) => ({ ...image, mustBe: { size: read.sizes[index]!, as: mask.shown } })),
    answers: read.masks,
    strata: rarestClass(occurs, counts),
    counts,
    notes: [...training.notes, ...(held?.notes ?? [])],
    fixedValidation: held ? held.pairs.length : null,
  };
}

async function pairsIn(images: Folder, masks: Folder): Promise<{ readonly pairs: readonly Pair[]; readonly notes: readonly string[] }> {
  const files = (folder: Folder) => filesBelow(folder, (what, cause) => new UserError('data-missing', what, 'Correct the path; it is relative to the config.', cause));
  const [found, drawn] = await Promise.all([files(images), files(masks)]);
  const pictures = found.filter(isImageName);
  if (pictures.length === 0) throw new UserError('images-missing', `${images.written}: holds no PNG or JPEG image.`, 'Name a folder of images in `data.path`.');
  // Where there are several of a name, the PNG is the mask.
  const isPng = (name: string) => /\.png$/i.test(name);
  const maskOf = new Map([...drawn.filter((name) => !isPng(name)), ...drawn.filter(isPng)].map((name) => [withoutExtension(name), name]));
  requireMasks(images, masks, pictures, maskOf);
  const named = new Set(pictures.map(withoutExtension));
  const unused = drawn.filter((name) => !named.has(withoutExtension(name)));
  const pairs = pictures.map((name) => ({ image: fileIn(images, name), mask: fileIn(masks, maskOf.get(withoutExtension(name))!) }));
  return { pairs, notes: unused.length === 0 ? [] : [`Ignored ${unused.length === 1 ? '1 mask' : `${unused.length} masks`} without an image (first: ${unused[0]!}).`] };
}

/** Each image has a mask of its own. */
function requireMasks(images: Folder, masks: Folder, pictures: readonly string[], maskOf: ReadonlyMap<string, string>): void {
  const names = pictures.map(withoutExtension);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UserError('image-twice', `${images.written}: two images are called ${twice}, and would share a mask.`, 'Rename or remove one of them.');
  const [first, ...others] = pictures.filter((name) => !maskOf.has(withoutExtension(name)));
  if (first === undefined) return;
  const count = others.length === 0 ? '' : ` (nor have ${others.length} more)`;
  throw new UserError('mask-missing', `${images.written}/${first} has no mask ${masks.written}/${withoutExtension(first)}.png${count}.`, 'Add the mask, or remove the image.');
}

function withoutExtension(name: string): string {
  return name.replace(/\.[^./]*$/, '');
}

/** Classes that occur in each mask. */
function occurrences({ pixels, size: [height, width] }: Masks): readonly ReadonlySet<number>[] {
  const row = height * width;
  return Array.from({ length: pixels.length / row }, (_, image) => {
    const labels = new Set(pixels.subarray(image * row, (image + 1) * row));
    labels.delete(UNLABELLED);
    return labels;
  });
}

/** The rarest class in each image, by images that hold it: so that each fold has its share of what is rare. */
function rarestClass(occurs: readonly ReadonlySet<number>[], counts: readonly number[]): Int32Array {
  return Int32Array.from(occurs, (labels) => [...labels].reduce((rarest, label) => (counts[label]! < (counts[rarest] ?? Infinity) ? label : rarest), 0));
}

function requireEachClass(classes: readonly string[], counts: readonly number[], { written }: Folder, [height, width]: Size): void {
  const absent = counts.indexOf(0);
  if (absent < 0) return;
  throw new UserError('class-absent', `${written}: no mask holds class '${classes[absent]!}', scaled to ${height} x ${width} pixels (height x width).`, 'Correct `data.classes` (their order is that of the indices) or `data.ignore`, or add images.');
}

function requireImages(count: number, folds: number, { written }: Folder): void {
  if (count >= 2 * folds) return;
  throw new UserError('too-few-images', `${written} holds ${count} images, too few for ${folds} folds of two or more.`, 'Add images, or lower `data.validation`.');
}
