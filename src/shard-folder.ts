import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';
import type { ShardFile } from './shards.ts';

/** Bytes: a shard with a hundred runs of a network of a hundred layers has 30 MB. */
const LARGEST_FILE = 256 * 2 ** 20;
const MOST_FILES = 1000;

/**
 * The JSON files in a folder and in those below it, such as a tool makes one for each artifact.
 *
 * @param given as the user wrote it, relative to `cwd`
 * @throws UserError where there is no such folder, or more in it than can be read
 */
export async function readShards(cwd: string, given: string): Promise<readonly ShardFile[]> {
  const folder = path.resolve(cwd, given);
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new UserError('no-shards', `${given}: cannot be read as a folder (${(error as NodeJS.ErrnoException).code ?? String(error)}).`, 'Name the folder in which `check --shard i/n --json FILE` has written shards.');
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length > MOST_FILES) throw new UserError('bad-shard', `${given}: there are ${files.length} files in it.`, `Leave the shards of one check in the folder, ${MOST_FILES} at most.`);
  const read: ShardFile[] = [];
  for (const name of files) {
    const from = path.posix.join(given.replaceAll(path.sep, '/'), name.replaceAll(path.sep, '/'));
    const found = await stat(path.join(folder, name));
    if (!found.isFile()) continue;
    if (found.size > LARGEST_FILE) throw new UserError('bad-shard', `'${from}' is not a shard: it is too large.`, 'Leave in the folder what `--shard` wrote.');
    read.push({ from, text: await readFile(path.join(folder, name), 'utf8') });
  }
  return read;
}
