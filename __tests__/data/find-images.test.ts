import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findImages } from '../../src/data/find-images.ts';
import { folderWith } from '../temporary-folder.ts';

/** Finds images by name alone, so that none has to be one. */
const folderOf = (...files: readonly string[]): string => {
  const folder = folderWith({});
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  return folder;
};

const find = (absolute: string, most = 100) => findImages({ written: 'shots', absolute }, most);

test('folders of classes are labels', async () => {
  const found = await find(folderOf('b/2.png', 'a/1.jpeg', 'b/3.JPG', 'a/notes.txt', '.hidden/4.png'));
  expect(found.files.map(({ shown }) => shown)).toEqual(['shots/a/1.jpeg', 'shots/b/2.png', 'shots/b/3.JPG']);
  expect(Array.from(found.labels!)).toEqual([0, 1, 1]);
});

test('a plain folder has no labels, and at most so many images are taken, at even distances', async () => {
  const found = await find(folderOf(...Array.from({ length: 10 }, (_, index) => `${index}.png`)), 5);
  expect(found.files.map(({ file }) => file)).toEqual(['1.png', '3.png', '5.png', '7.png', '9.png']);
  expect(found.labels).toBeNull();
});

test('what is missing is said', async () => {
  await expect(find(folderOf('notes.txt'))).rejects.toMatchObject({ code: 'images-missing', what: 'shots: holds no PNG or JPEG image.' });
  await expect(find('/nowhere')).rejects.toMatchObject({ code: 'images-missing', what: 'shots: there is no such folder.' });
});
