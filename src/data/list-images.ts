import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';

/** A folder of the user's: as written in the config, for messages, and absolute. */
export interface Folder {
  readonly written: string;
  readonly absolute: string;
}

/** One folder of a class; `images` are file names. Everything in code-unit order, the same on every system. */
export interface ClassFolder {
  readonly name: string;
  readonly images: readonly string[];
}

export interface Listing {
  readonly classes: readonly ClassFolder[];
  /** What was left out, one sentence each. */
  readonly notes: readonly string[];
}

/** What systems leave lying about; nobody means it as data. */
const CLUTTER: ReadonlySet<string> = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

/**
 * Finds the images of a data set: one folder per class, PNG and JPEG files in it.
 *
 * @throws UserError where the folder is missing or no folder, or a class has no image
 */
export async function listImages(folder: Folder): Promise<Listing> {
  await requireFolder(folder);
  const top = await entriesOf(folder.absolute);
  const contents = await Promise.all(top.folders.map(async (name) => ({ name, ...(await entriesOf(path.join(folder.absolute, name))) })));
  const classes = contents.map(({ name, files, folders }) => {
    const images = files.filter(isImageName);
    if (images.length === 0) throw emptyClass(folder, name, folders);
    return { name, images };
  });
  const others = contents.flatMap(({ name, files }) => files.filter((file) => !isImageName(file)).map((file) => `${name}/${file}`));
  const inner = contents.flatMap(({ name, folders }) => folders.map((nested) => `${name}/${nested}`));
  return {
    classes,
    notes: [
      ...ignored(others, 'of another kind than PNG or JPEG'),
      ...ignored(inner, 'inside a class folder: classes have no folders of their own'),
      ...ignored(top.files.filter(isImageName), 'outside of every class folder'),
    ],
  };
}

async function requireFolder({ absolute, written }: Folder): Promise<void> {
  const found = await stat(absolute).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UserError('data-unreadable', `${written}: cannot be read (${code ?? String(error)}).`, 'Check the permissions of the folder.', { cause: error });
  });
  if (!found) throw new UserError('data-missing', `${written}: there is no such data folder.`, 'Correct the path; it is relative to the config.');
  if (!found.isDirectory()) {
    throw new UserError('data-not-a-folder', `${written}: a file, not a folder of class folders.`, 'Name the folder that holds one folder of images per class.');
  }
}

function emptyClass({ written }: Folder, name: string, folders: readonly string[]): UserError {
  const place = `${written}/${name}`;
  return folders.length > 0
    ? new UserError('class-empty', `${place}: holds folders, but no PNG or JPEG image.`, `If those are the classes, let \`${place}\` be the data folder.`)
    : new UserError('class-empty', `${place}: holds no PNG or JPEG image.`, 'Add images, or remove the folder.');
}

function ignored(names: readonly string[], why: string): readonly string[] {
  const [first] = names;
  if (first === undefined) return [];
  return [names.length === 1 ? `Ignored ${first}: it is ${why}.` : `Ignored ${names.length} entries ${why} (first: ${first}).`];
}

export function isImageName(name: string): boolean {
  return /\.(png|jpe?g)$/i.test(name);
}

async function entriesOf(folder: string): Promise<{ files: readonly string[]; folders: readonly string[] }> {
  const entries = await readdir(folder, { withFileTypes: true });
  const kept = entries.filter(({ name }) => !name.startsWith('.') && !CLUTTER.has(name.toLowerCase()));
  const kinds = await Promise.all(
    kept.map(async (entry) => ({ name: entry.name, isFolder: entry.isSymbolicLink() ? await leadsToFolder(path.join(folder, entry.name)) : entry.isDirectory() })),
  );
  const names = (isFolder: boolean) => kinds.filter((kind) => kind.isFolder === isFolder).map(({ name }) => name).sort();
  return { files: names(false), folders: names(true) };
}

/** False for a dangling link: it is reported when it is read as an image. */
async function leadsToFolder(link: string): Promise<boolean> {
  return stat(link).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
