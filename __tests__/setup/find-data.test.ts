import { describe, expect, test } from 'vitest';
import { findData } from '../../src/setup/find-data.ts';

const images = (folder: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${folder}/${index}.jpg`);

describe('data sets among files', () => {
  test('are folders of class folders, training sets first, with what is held out beside them', () => {
    const files = [...images('shots/x', 90), ...images('shots/y', 90), ...images('data/train/cat', 8), ...images('data/train/dog', 5), ...images('data/val/cat', 2), ...images('data/val/dog', 2), ...images('data/test/cat', 2), ...images('data/test/dog', 2)];
    expect(findData(files)).toEqual([
      { folder: 'data/train', classes: 2, images: 13, fewest: 5, validation: 'data/val' },
      { folder: 'shots', classes: 2, images: 180, fewest: 90, validation: null },
    ]);
  });

  test('have two classes, with images in each and the same ones for validation', () => {
    expect(findData([...images('docs/images', 3), ...images('one/cat', 4)])).toEqual([]);
    expect(findData([...images('set/cat', 4), 'set/notes/readme.txt'])).toEqual([]);
    const [found] = findData([...images('train/cat', 6), ...images('train/dog', 6), ...images('val/cat', 6), ...images('val/bird', 6)]);
    expect(found).toMatchObject({ folder: 'train', validation: null });
  });
});
