import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { UserError } from '../errors.ts';
import type { Folder } from './list-images.ts';
import type { ImageFile } from './read-images.ts';

/**
 * Names of all files in a folder and in all folders inside it, forward slashes, in code-unit order; hidden ones are left out.
 *
 * @param errorOf what is thrown where the folder cannot be read, of one sentence that says why
 */
export async function filesBelow({ written, absolute }: Folder, errorOf: (what: string, options: ErrorOptions) => UserError): Promise<readonly string[]> {
  const entries = await readdir(absolute, { recursive: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'a file, not a folder' : `cannot be read (${code ?? String(error)})`;
    throw errorOf(`${written}: ${what}.`, { cause: error });
  });
  const names = entries.map((name) => name.split(path.sep).join('/')).filter((name) => !/(^|\/)\./.test(name)).sort();
  const isFile = await Promise.all(names.map((name) => stat(path.join(absolute, name)).then((entry) => entry.isFile(), () => true)));
  return names.filter((_, index) => isFile[index]);
}

export function fileIn({ written, absolute }: Folder, name: string): ImageFile {
  return { file: name, shown: `${written}/${name}`, absolute: path.join(absolute, name) };
}
