import { access, constants, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';

/** A file that the user asked for; undefined where they did not. */
export interface RequestedFile {
  readonly file: string | undefined;
  readonly content: () => string | Promise<string>;
}

/**
 * A file that cannot be written should be known before the minutes that it takes to fill it.
 *
 * @throws UserError for the first that cannot be written, and where two are the same file
 */
export async function requireWritable(files: readonly (string | undefined)[]): Promise<void> {
  const given = files.filter((file) => file !== undefined);
  for (const file of given) {
    const reason = await obstacle(path.resolve(file));
    if (reason !== null) throw unwritable(file, reason);
  }
  const twice = given.find((file, index) => given.findIndex((other) => path.resolve(other) === path.resolve(file)) < index);
  if (twice !== undefined) throw new UserError('one-file-twice', `${twice}: two reports would be written into it.`, 'Give each a file of its own.');
}

/** @throws UserError where a file cannot be written after all */
export async function writeFiles(files: readonly RequestedFile[]): Promise<void> {
  for (const { file, content } of files) {
    if (file === undefined) continue;
    await writeFile(file, await content()).catch((error: unknown) => {
      throw unwritable(file, { why: (error as NodeJS.ErrnoException).code ?? String(error), fix: 'Check the disk and its permissions.' });
    });
  }
}

interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

async function obstacle(file: string): Promise<Obstacle | null> {
  const existing = await stat(file).catch(() => null);
  if (existing?.isDirectory()) return { why: 'it is a folder', fix: 'Name a file.' };
  const folder = path.dirname(file);
  const isFolder = await stat(folder).then((found) => found.isDirectory(), () => false);
  if (!isFolder) return { why: 'there is no folder to put it into', fix: 'Make the folder first, or correct the path.' };
  const writable = await access(existing ? file : folder, constants.W_OK).then(() => true, () => false);
  return writable ? null : { why: 'permission denied', fix: 'Change its permissions, or name another file.' };
}

function unwritable(file: string, { why, fix }: Obstacle): UserError {
  return new UserError('not-writable', `${file}: cannot be written (${why}).`, fix);
}
