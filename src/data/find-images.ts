import path from 'node:path';
import { UserError } from '../errors.ts';
import { fileIn, filesBelow } from './files-below.ts';
import { type Folder, isImageName } from './list-images.ts';
import type { ImageFile } from './read-images.ts';

/** Images of a folder, in code-unit order. */
export interface FoundImages {
  readonly files: readonly ImageFile[];
  /** Class of each image where all lie in folders of their class; null otherwise. */
  readonly labels: Int32Array | null;
}

/**
 * Finds PNG and JPEG images in a folder and in all folders inside it, at most `most` of them, at even distances.
 *
 * @throws UserError where the folder cannot be read or holds no image
 */
export async function findImages(folder: Folder, most: number): Promise<FoundImages> {
  const files = await filesBelow(folder, (what, cause) => new UserError('images-missing', what, 'Name a folder of PNG or JPEG images.', cause));
  const names = files.filter(isImageName);
  if (names.length === 0) throw new UserError('images-missing', `${folder.written}: holds no PNG or JPEG image.`, 'Name a folder of images like those that the model will see.');
  const count = Math.min(most, names.length);
  const kept = Array.from({ length: count }, (_, index) => names[Math.floor(((index + 0.5) * names.length) / count)]!);
  const folders = kept.map((name) => path.posix.dirname(name));
  const classes = [...new Set(folders)];
  return {
    files: kept.map((name) => fileIn(folder, name)),
    labels: classes.includes('.') || classes.length < 2 ? null : Int32Array.from(folders, (folder) => classes.indexOf(folder)),
  };
}
