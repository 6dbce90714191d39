import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { describe, expect, it, test } from 'vitest';
import { type DataSet, findDataSet } from '../../src/data/load.ts';
import { readImages, type ReadImages, roomForImages } from '../../src/data/read-images.ts';
import type { Size } from '../../src/data/resize.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** One plain colour per file. */
function image(level: number, [height, width]: Size = [4, 4], alpha = 255): Uint8Array {
  const data = Uint8Array.from(Array.from({ length: width * height }, () => [level, level, level, alpha]).flat());
  return encode({ width, height, channels: 4, data });
}

const cats: Files = { 'cat/a.png': image(10), 'cat/b.png': image(20) };
const dogs: Files = { 'dog/a.png': image(30), 'dog/b.png': image(40) };

interface Loaded extends DataSet, ReadImages {
  readonly images: Float32Array;
}

async function loadImages(data: Parameters<typeof findDataSet>[0], size: Size): Promise<Loaded> {
  const found = await findDataSet(data);
  const images = roomForImages(found.files.length, size);
  const read = readImages(found.files, size, images);
  return { ...found, ...read, images, notes: [...found.notes, ...read.notes] };
}

function load(files: Files, { folds = 2, held, size = [2, 2] }: { folds?: number; held?: Files; size?: Size } = {}): Promise<Loaded> {
  const validation = held
    ? ({ kind: 'folder', path: { written: 'held', absolute: folderWith(held) } } as const)
    : ({ kind: 'folds', folds } as const);
  return loadImages({ path: { written: 'data', absolute: folderWith(files) }, validation }, size);
}

/** Code and message of the error; one line that names where. */
async function errorOf(loading: Promise<Loaded>): Promise<string> {
  const error: unknown = await loading.then(
    () => new Error('no error'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  expect(error.message).not.toContain('\n');
  return `${error.code} | ${error.message}`;
}

describe('findDataSet and readImages', () => {
  test('labels images by their folder, in code-unit order', async () => {
    const data = await load({ 'b/1.png': image(3), 'b/10.png': image(4), 'b/Z.png': image(5), 'a/2.PNG': image(2), 'a/x.png': image(6), 'B/9.png': image(0), 'B/é.png': image(1) });
    expect(data.classes).toEqual(['B', 'a', 'b']);
    expect(data.files.map(({ file }) => file)).toEqual(['B/9.png', 'B/é.png', 'a/2.PNG', 'a/x.png', 'b/1.png', 'b/10.png', 'b/Z.png']);
    expect(Array.from(data.strata)).toEqual([0, 0, 1, 1, 2, 2, 2]);
    expect(data.images).toHaveLength(7 * 2 * 2 * 3);
    expect(Array.from({ length: 7 }, (_, index) => data.images[index * 12])).toEqual([0, 1, 2, 6, 3, 4, 5]);
    expect(data.notes).toEqual([]);
    expect(data.fixedValidation).toBeNull();
  });

  test('puts the user’s own validation set behind the training set, with the same labels', async () => {
    const data = await load({ ...cats, ...dogs }, { held: { 'dog/z.png': image(50), 'cat/z.png': image(60) } });
    expect(Array.from(data.strata)).toEqual([0, 0, 1, 1, 0, 1]);
    expect(data.images[4 * 12]).toBe(60);
    expect(data.fixedValidation).toBe(2);
  });

  test('hashes names and bytes, wherever they lie', async () => {
    const { contentHash } = await load({ ...cats, ...dogs });
    expect(contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await load({ ...dogs, ...cats })).contentHash).toBe(contentHash);
    expect((await load({ ...cats, ...dogs, 'dog/b.png': image(41) })).contentHash).not.toBe(contentHash);
    expect((await load({ ...cats, 'dog/a.png': image(30), 'dog/c.png': image(40) })).contentHash).not.toBe(contentHash);
  });

  test('says what it did to the images', async () => {
    const { notes } = await load({
      ...cats,
      'dog/a.png': image(1, [4, 8]),
      'dog/b.png': image(2, [4, 4], 128),
      'dog/copy.png': image(10),
    });
    expect(notes).toEqual([
      'The images have 2 different sizes; all were scaled to 2 x 2 pixels (height x width).',
      '1 image is not of the shape of 2 x 2 pixels (height x width) and stretched to it.',
      '1 image is transparent in places and put on white.',
      expect.stringMatching(/^1 image is byte for byte the same as another \(first: data\/dog\/copy.png = data\/cat\/a.png\)\./),
    ]);
  });

  test('finds copies between training and validation set', async () => {
    const { notes } = await load({ ...cats, ...dogs }, { held: { 'cat/x.png': image(10), 'dog/x.png': image(99) } });
    expect(notes).toEqual([expect.stringContaining('held/cat/x.png = data/cat/a.png')]);
  });

  test('passes over clutter silently, and names what else it leaves out', async () => {
    const clutter = { '.DS_Store': 'x', 'cat/.hidden.png': 'x', 'cat/Thumbs.db': 'x', '.git/config': 'x', '__MACOSX/a.png': 'x', 'README.md': 'x' };
    expect((await load({ ...cats, ...dogs, ...clutter })).notes).toEqual([]);
    const { notes, files } = await load({ ...cats, ...dogs, 'cat/c.webp': 'x', 'cat/notes.txt': 'x', 'dog/old/a.png': image(7), 'stray.png': image(8) });
    expect(files).toHaveLength(4);
    expect(notes).toEqual([
      'Ignored 2 entries of another kind than PNG or JPEG (first: cat/c.webp).',
      'Ignored dog/old: it is inside a class folder: classes have no folders of their own.',
      'Ignored stray.png: it is outside of every class folder.',
    ]);
  });

  test.skipIf(process.platform === 'win32')('follows links to folders and images', async () => {
    const elsewhere = folderWith(cats);
    const folder = folderWith({ ...dogs, 'bird/a.png': image(3) });
    symlinkSync(path.join(elsewhere, 'cat'), path.join(folder, 'cat'));
    symlinkSync(path.join(elsewhere, 'cat', 'a.png'), path.join(folder, 'bird', 'b.png'));
    const data = await loadImages({ path: { written: 'data', absolute: folder }, validation: { kind: 'folds', folds: 2 } }, [2, 2]);
    expect(data.files.map(({ file }) => file)).toEqual(['bird/a.png', 'bird/b.png', 'cat/a.png', 'cat/b.png', 'dog/a.png', 'dog/b.png']);
  });

  const whole = { ...cats, ...dogs };
  it.each<[string, () => Promise<Loaded>, RegExp]>([
    ['no folder', () => loadImages({ path: { written: 'x/data', absolute: path.join(folderWith({}), 'x') }, validation: { kind: 'folds', folds: 2 } }, [2, 2]), /^data-missing \| x\/data: /],
    ['a file', () => loadImages({ path: { written: 'd', absolute: path.join(folderWith({ d: '' }), 'd') }, validation: { kind: 'folds', folds: 2 } }, [2, 2]), /^data-not-a-folder \| d: /],
    ['an empty folder', () => load({}), /^too-few-classes \| data holds no class folder/],
    ['one class', () => load(cats), /^too-few-classes \| data holds 1 class folder/],
    ['a class without images', () => load({ ...whole, 'fox/readme.txt': '' }), /^class-empty \| data\/fox: /],
    ['train and test folders around the classes', () => load({ 'test/cat/a.png': image(1), 'train/cat/a.png': image(1) }), /^class-empty \| data\/test: .*data folder\.$/],
    ['too few images', () => load({ ...whole, 'fox/a.png': image(5) }), /^too-few-images \| Class folder fox of data holds 1 image, too few for 2 folds\. Add images\.$/],
    ['more folds than images', () => load(whole, { folds: 3 }), /^too-few-images \| .*holds 2 images, too few for 3 folds\. .*`data\.validation: 2`/],
    ['a validation set that lacks a class', () => load(whole, { held: cats }), /^classes-differ \| data has a class folder dog, held has none\./],
    ['a validation set with a class more', () => load(whole, { held: { ...whole, 'fox/a.png': image(5) } }), /^classes-differ \| held has a class folder fox, data has none\./],
    ['an empty image', () => load({ ...whole, 'cat/b.png': '' }), /^image-empty \| data\/cat\/b\.png: /],
    ['a damaged image', () => load({ ...whole, 'cat/b.png': image(9).slice(0, 50) }), /^image-damaged \| data\/cat\/b\.png: /],
    ['a damaged validation image', () => load(whole, { held: { ...whole, 'cat/b.png': '' } }), /^image-empty \| held\/cat\/b\.png: /],
    ['more images than memory', () => load(whole, { size: [20_000, 20_000] }), /^data-too-large \| 4 images of 20000 x 20000 pixels need 17\.9 GiB/],
  ])('refuses %s', async (_, loading, expected) => {
    expect(await errorOf(loading())).toMatch(expected);
  });

  test.skipIf(process.platform === 'win32')('names a link that leads nowhere', async () => {
    const folder = folderWith(whole);
    symlinkSync(path.join(folder, 'gone.png'), path.join(folder, 'cat', 'c.png'));
    const loading = loadImages({ path: { written: 'data', absolute: folder }, validation: { kind: 'folds', folds: 2 } }, [2, 2]);
    expect(await errorOf(loading)).toMatch(/^image-unreadable \| data\/cat\/c\.png: cannot be read \(ENOENT\)/);
  });

  const emoji = fileURLToPath(new URL('../../fixtures/data/emoji', import.meta.url));
  test.skipIf(!existsSync(emoji))('reads the shipped images', async () => {
    const classes = readdirSync(emoji, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const data = await loadImages({ path: { written: 'emoji', absolute: emoji }, validation: { kind: 'folds', folds: 6 } }, [96, 96]);
    expect(data.classes).toEqual(classes.map(({ name }) => name).sort());
    expect(data.answers).toMatchObject({ kind: 'labels', classes: 6 });
    expect(data.counts).toEqual(Array(6).fill(40));
    expect(data.notes).toEqual([]);
  });
});
