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

/** Pairs of one folder that have something to be learned or judged by. */
interface LabelledSet {
  readonly folders: Folders;
  readonly pairs: readonly Pair[];
  readonly masks: Masks;
  /** Height and width of each mask as it is stored. */
  readonly sizes: readonly Size[];
  /** Classes that occur in each mask. */
  readonly occurs: readonly ReadonlySet<number>[];
  readonly notes: readonly string[];
}

interface Folders {
  readonly images: Folder;
  readonly masks: Folder;
}

/**
 * Finds images and their masks, and reads the masks: an image `a/b.jpg` has the mask `a/b.png`.
 *
 * @param size that masks are scaled to
 * @throws UserError where a folder cannot be read, an image has no mask, a mask is not one of class indices, a class is in
 * no image of a set, or there are too few images to be split or judged
 */
export async function findSegmentation({ images, masks, classes, validation, ...key }: SegmentationData, size: Size): Promise<DataSet> {
  const training = await labelledSet({ images, masks }, size, key);
  const held = validation.kind === 'folder' ? await labelledSet({ images: validation.path, masks: validation.masks ?? masks }, size, key) : null;
  const sets = held ? [training, held] : [training];
  for (const set of sets) requireEachClass(classes, set, size);
  for (const set of sets) requireImages(set, validation);
  const occurs = sets.flatMap((set) => set.occurs);
  const counts = imagesOfEach(classes, occurs);
  return {
    classes,
    files: sets.flatMap(({ pairs, sizes }) => pairs.map(({ image, mask }, index) => ({ ...image, mustBe: { size: sizes[index]!, as: mask.shown } }))),
    answers: held ? { ...training.masks, pixels: joined(sets.map(({ masks: { pixels } }) => pixels)) } : training.masks,
    strata: rarestClass(occurs, counts),
    counts,
    notes: [...sets.flatMap(({ notes }) => notes), ...(validation.kind === 'folds' ? rareClasses(classes, counts, validation.folds) : [])],
    fixedValidation: held ? held.pairs.length : null,
  };
}

async function labelledSet(folders: Folders, size: Size, key: MaskKey): Promise<LabelledSet> {
  const { pairs, notes } = await pairsIn(folders);
  const read = readMasks(pairs.map(({ mask }) => mask), size, key);
  const found = occurrences(read.masks);
  const kept = [...found.keys()].filter((index) => found[index]!.size > 0);
  const of = <T>(values: readonly T[]) => kept.map((index) => values[index]!);
  return {
    folders,
    pairs: of(pairs),
    masks: kept.length < pairs.length ? { ...read.masks, pixels: joined(kept.map((image) => pixelsOf(read.masks, image))) } : read.masks,
    sizes: of(read.sizes),
    occurs: of(found),
    notes: [...notes, ...leftOut(pairs.filter((_, index) => found[index]!.size === 0))],
  };
}

/** Nothing can be learned from them, and there is nothing to judge. */
function leftOut(pairs: readonly Pair[]): readonly string[] {
  const [first] = pairs;
  if (!first) return [];
  return [pairs.length === 1 ? `Left out ${first.image.shown}: its mask labels no pixel.` : `Left out ${pairs.length} images whose masks label no pixel (first: ${first.image.shown}).`];
}

async function pairsIn({ images, masks }: Folders): Promise<{ readonly pairs: readonly Pair[]; readonly notes: readonly string[] }> {
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
function occurrences(masks: Masks): readonly ReadonlySet<number>[] {
  const [height, width] = masks.size;
  return Array.from({ length: masks.pixels.length / (height * width) }, (_, image) => {
    const labels = new Set(pixelsOf(masks, image));
    labels.delete(UNLABELLED);
    return labels;
  });
}

function pixelsOf({ pixels, size: [height, width] }: Masks, image: number): Uint8Array {
  return pixels.subarray(image * height * width, (image + 1) * height * width);
}

/** One after the other, where all threads can read them. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const pixels = new Uint8Array(new SharedArrayBuffer(parts.reduce((sum, part) => sum + part.length, 0)));
  let at = 0;
  for (const part of parts) {
    pixels.set(part, at);
    at += part.length;
  }
  return pixels;
}

/** The rarest class in each image, by images that hold it: so that each fold has its share of what is rare. */
function rarestClass(occurs: readonly ReadonlySet<number>[], counts: readonly number[]): Int32Array {
  return Int32Array.from(occurs, (labels) => [...labels].reduce((rarest, label) => (counts[label]! < (counts[rarest] ?? Infinity) ? label : rarest), 0));
}

function imagesOfEach(classes: readonly string[], occurs: readonly ReadonlySet<number>[]): number[] {
  return classes.map((_, label) => occurs.filter((labels) => labels.has(label)).length);
}

/** What a set does not hold can be neither learned from it nor judged on it. */
function requireEachClass(classes: readonly string[], { folders: { images, masks }, occurs }: LabelledSet, [height, width]: Size): void {
  const absent = imagesOfEach(classes, occurs).indexOf(0);
  if (absent < 0) return;
  const lacks = occurs.length === 0 ? 'labels a pixel' : `holds class '${classes[absent]!}'`;
  throw new UserError('class-absent', `${masks.written}: no mask of an image in ${images.written} ${lacks}, scaled to ${height} x ${width} pixels (height x width).`, 'Correct `data.classes` (their order is that of the indices) or `data.ignore`, or add images.');
}

/** Images of a set vary, which is measured: that takes two. */
function requireImages({ folders: { images }, pairs }: LabelledSet, validation: Validation): void {
  const fewest = validation.kind === 'folds' ? 2 * validation.folds : 2;
  if (pairs.length >= fewest) return;
  const count = pairs.length === 1 ? '1 image whose mask labels' : `${pairs.length} images whose masks label`;
  const [needs, fix] = validation.kind === 'folds' ? [`${validation.folds} folds of two or more`, 'Add images, or lower `data.validation`.'] : ['a set of its own, which takes two', 'Add images.'];
  throw new UserError('too-few-images', `${images.written} holds ${count} a pixel, too few for ${needs}.`, fix);
}

/** Where a class cannot be in every fold. */
function rareClasses(classes: readonly string[], counts: readonly number[], folds: number): readonly string[] {
  const rare = classes.flatMap((name, label) => (counts[label]! < folds ? [`${name} (${counts[label]!})`] : []));
  if (rare.length === 0) return [];
  return [`Fewer images than the ${folds} folds hold ${rare.join(', ')}: where ${rare.length === 1 ? 'it is' : 'one of these is'} in no held-out mask, mIoU is the mean over the other classes.`];
}
