import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Answers } from './answers.ts';
import { type Folder, listImages, type Listing } from './list-images.ts';
import type { ImageFile } from './read-images.ts';

/** Labelled images, not read yet. */
export interface DataSet {
  readonly classes: readonly string[];
  readonly files: readonly ImageFile[];
  readonly answers: Answers;
  /** Groups of images that are dealt out evenly to folds: their classes, or the rarest class in each. */
  readonly strata: Int32Array;
  /** Images per class: those in which it occurs. */
  readonly counts: readonly number[];
  /** What was left out, one sentence each. */
  readonly notes: readonly string[];
  /** How many images, from the end, are the user's own validation set; null where folds are held out. */
  readonly fixedValidation: number | null;
}

export type Validation = { readonly kind: 'folds'; readonly folds: number } | { readonly kind: 'folder'; readonly path: Folder; readonly masks?: Folder | null };

/**
 * Finds all images of a check: one set that will be split, or a training set and the user's validation set behind it.
 *
 * @throws UserError where a folder cannot be read, there are fewer than two classes, a class has too few
 * images to be split, or the validation set has other classes
 */
export async function findDataSet(data: { readonly path: Folder; readonly validation: Validation }): Promise<DataSet> {
  const { path: folder, validation } = data;
  const training = await listImages(folder);
  requireClasses(training, folder);
  const folders = [folder];
  const listings = [training];
  if (validation.kind === 'folds') {
    requirePerClass(training, validation.folds, folder);
  } else {
    const held = await listImages(validation.path);
    requireSameClasses(training, held, folder, validation.path);
    folders.push(validation.path);
    listings.push(held);
  }
  const found = listings.flatMap(({ classes }, set) => {
    const { written, absolute } = folders[set]!;
    return classes.flatMap(({ name, images }, label) =>
      images.map((image) => ({ set, label, file: { file: `${name}/${image}`, shown: `${written}/${name}/${image}`, absolute: path.join(absolute, name, image) } })),
    );
  });
  const labels = Int32Array.from(found, ({ label }) => label);
  const classes = training.classes.map(({ name }) => name);
  return {
    classes,
    files: found.map(({ file }) => file),
    answers: { kind: 'labels', labels, classes: classes.length },
    strata: labels,
    counts: classes.map((_, label) => labels.filter((other) => other === label).length),
    notes: listings.flatMap((listing) => listing.notes),
    fixedValidation: validation.kind === 'folds' ? null : found.filter(({ set }) => set === 1).length,
  };
}

function requireClasses({ classes }: Listing, { written }: Folder): void {
  if (classes.length >= 2) return;
  const found = classes.length === 0 ? 'no class folder' : '1 class folder';
  throw new UserError('too-few-classes', `${written} holds ${found}; a classifier needs two or more.`, 'Put the images of each class into a folder of their own.');
}

function requirePerClass({ classes }: Listing, folds: number, { written }: Folder): void {
  const small = classes.find(({ images }) => images.length < folds);
  if (!small) return;
  const fix = small.images.length >= 2 ? `Add images, or set \`data.validation: ${small.images.length}\`.` : 'Add images.';
  const count = small.images.length === 1 ? '1 image' : `${small.images.length} images`;
  throw new UserError('too-few-images', `Class folder ${small.name} of ${written} holds ${count}, too few for ${folds} folds.`, fix);
}

function requireSameClasses(training: Listing, held: Listing, trainingFolder: Folder, heldFolder: Folder): void {
  const known = new Set(training.classes.map(({ name }) => name));
  const judged = new Set(held.classes.map(({ name }) => name));
  const odd = [...known].find((name) => !judged.has(name)) ?? [...judged].find((name) => !known.has(name));
  if (odd === undefined) return;
  const [has, lacks] = known.has(odd) ? [trainingFolder, heldFolder] : [heldFolder, trainingFolder];
  throw new UserError('classes-differ', `${has.written} has a class folder ${odd}, ${lacks.written} has none.`, 'Give training and validation set the same class folders.');
}
