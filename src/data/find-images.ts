import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Folder } from './list-images.ts';
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
export async function findImages({ written, absolute }: Folder, most: number): Promise<FoundImages> {
  const entries = await readdir(absolute, { recursive: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'a file, not a folder' : `cannot be read (${code ?? String(error)})`;
    throw new UserError('images-missing', `${written}: ${what}.`, 'Name a folder of PNG or JPEG images.', { cause: error });
  });
  const names = entries.map((name) => name.split(path.sep).join('/')).filter((name) => /\.(png|jpe?g)$/i.test(name) && !/(^|\/)\./.test(name)).sort();
  if (names.length === 0) throw new UserError('images-missing', `${written}: holds no PNG or JPEG image.`, 'Name a folder of images like those that the model will see.');
  const count = Math.min(most, names.length);
  const kept = Array.from({ length: count }, (_, index) => names[Math.floor(((index + 0.5) * names.length) / count)]!);
  const folders = kept.map((name) => path.posix.dirname(name));
  const classes = [...new Set(folders)];
  return {
    files: kept.map((name) => ({ file: name, shown: `${written}/${name}`, absolute: path.join(absolute, name) })),
    labels: classes.includes('.') || classes.length < 2 ? null : Int32Array.from(folders, (folder) => classes.indexOf(folder)),
  };
}
