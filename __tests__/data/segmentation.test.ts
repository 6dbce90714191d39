import path from 'node:path';
import { encode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Masks } from '../../src/data/answers.ts';
import type { DataSet } from '../../src/data/load.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import type { Size } from '../../src/data/resize.ts';
import { findSegmentation, type SegmentationData } from '../../src/data/segmentation.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;
type Rows = readonly (readonly number[])[];

function image([height, width]: Size = [2, 2]): Uint8Array {
  return encode({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(90) });
}

function mask(rows: Rows): Uint8Array {
  return encode({ width: rows[0]!.length, height: rows.length, channels: 1, data: Uint8Array.from(rows.flat()) });
}

function deepMask(rows: Rows): Uint8Array {
  return encode({ width: rows[0]!.length, height: rows.length, channels: 1, depth: 16, data: Uint16Array.from(rows.flat()) });
}

const A = [[0, 1], [1, 1]];
const B = [[0, 0], [2, 255]];
const whole: Files = { 'i/a.png': image(), 'i/b.png': image(), 'm/a.png': mask(A), 'm/b.png': mask(B) };

interface Options extends Partial<Pick<SegmentationData, 'classes' | 'values' | 'ignored'>> {
  readonly size?: Size;
  readonly folds?: number;
  readonly held?: Files;
}

async function load(files: Files, { size = [2, 2], folds = 1, held, ...key }: Options = {}): Promise<DataSet & { masks: Masks }> {
  const folder = (name: string, root: string) => ({ written: name, absolute: path.join(root, name) });
  const [root, other] = [folderWith(files), folderWith(held ?? {})];
  const prefix = Object.keys(held ?? {}).some((name) => name.startsWith('v/')) ? 'v/' : '';
  const validation = held ? ({ kind: 'folder', path: folder(`${prefix}i`, other), masks: folder(`${prefix}m`, other) } as const) : ({ kind: 'folds', folds } as const);
  const data = { images: folder('i', root), masks: folder('m', root), classes: ['x', 'y', 'z'], values: [0, 1, 2], ignored: [255], validation, ...key };
  const found = await findSegmentation(data, size);
  readImages(found.files, size, roomForImages(found.files.length, size));
  return { ...found, masks: found.answers as Masks };
}

describe('findSegmentation', () => {
  test('reads the mask of each image, wherever below the folder they lie', async () => {
    const { masks, files, counts, classes, notes, fixedValidation } = await load({ 'i/in/a.png': image(), 'i/b.png': image(), 'm/in/a.png': mask(A), 'm/b.png': mask(B) });
    expect(files.map(({ file }) => file)).toEqual(['b.png', 'in/a.png']);
    expect(Array.from(masks.pixels)).toEqual([0, 0, 2, 255, 0, 1, 1, 1]);
    expect(masks).toMatchObject({ kind: 'masks', size: [2, 2], classes: 3 });
    expect(counts).toEqual([2, 1, 1]);
    expect(classes).toEqual(['x', 'y', 'z']);
    expect(notes).toEqual([]);
    expect(fixedValidation).toBeNull();
  });

  test('takes values for classes, more than a byte too, and ignores several', async () => {
    const files = { ...whole, 'm/a.png': deepMask([[7, 300], [65_535, 300]]), 'm/b.png': mask([[7, 7], [7, 9]]) };
    const { masks } = await load(files, { classes: ['x', 'y'], values: [300, 7], ignored: [9, 65_535] });
    expect(Array.from(masks.pixels)).toEqual([1, 0, 255, 0, 1, 1, 1, 255]);
  });

  test('takes the indices of a palette, whatever its colours, and one bit a pixel', async () => {
    const palette = encode({ width: 2, height: 2, channels: 1, data: Uint8Array.from([0, 1, 2, 1]), palette: [[9, 9, 9], [255, 0, 0], [0, 0, 0]] });
    const bits = encode({ width: 2, height: 2, channels: 1, depth: 1, data: Uint8Array.from([0b0100_0000, 0b1000_0000]) });
    const { masks } = await load({ ...whole, 'm/a.png': palette, 'm/b.png': bits });
    expect(Array.from(masks.pixels)).toEqual([0, 1, 2, 1, 0, 1, 1, 0]);
  });

  test('puts the user’s own validation set behind the training set', async () => {
    const { masks, fixedValidation, files, counts } = await load(whole, { held: { 'i/c.png': image(), 'm/c.png': mask([[1, 1], [1, 2]]), 'i/d.png': image(), 'm/d.png': mask(B) } });
    expect(fixedValidation).toBe(2);
    expect(files).toHaveLength(4);
    expect(counts).toEqual([3, 2, 3]);
    expect(Array.from(masks.pixels)).toEqual([0, 1, 1, 1, 0, 0, 2, 255, 1, 1, 1, 2, 0, 0, 2, 255]);
  });

  test('leaves out images of either set whose masks label no pixel, and says so', async () => {
    const blank = { 'i/0.png': image([1, 1]), 'm/0.png': mask([[255]]) };
    const { masks, files, strata, counts, notes, fixedValidation } = await load({ ...whole, ...blank, 'i/aa.png': image(), 'm/aa.png': mask([[255, 255], [255, 255]]) }, { held: { ...whole, ...blank } });
    expect(files.map(({ file }) => file)).toEqual(['a.png', 'b.png', 'a.png', 'b.png']);
    expect(files.map(({ mustBe }) => mustBe?.size)).toEqual([[2, 2], [2, 2], [2, 2], [2, 2]]);
    expect(Array.from(masks.pixels)).toEqual([0, 1, 1, 1, 0, 0, 2, 255, 0, 1, 1, 1, 0, 0, 2, 255]);
    expect(masks.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([Array.from(strata), counts, fixedValidation]).toEqual([[1, 2, 1, 2], [4, 2, 2], 2]);
    expect(notes).toEqual(['Left out 2 images whose masks label no pixel (first: i/0.png).', 'Left out i/0.png: its mask labels no pixel.']);
  });

  test('says which classes cannot be in every fold', async () => {
    const four = { ...whole, 'i/c.png': image(), 'm/c.png': mask(A), 'i/d.png': image(), 'm/d.png': mask(A) };
    expect((await load(four, { folds: 2 })).notes).toEqual(['Fewer images than the 2 folds hold z (1): where it is in no held-out mask, mIoU is the mean over the other classes.']);
    expect((await load({ ...four, 'm/d.png': mask(B) }, { folds: 2 })).notes).toEqual([]);
    expect((await load(whole, { held: whole })).notes).toEqual([]);
  });

  test('deals images out by the rarest class in them', async () => {
    const plain = mask([[0, 0], [0, 0]]);
    const { strata } = await load({ ...whole, 'i/c.png': image(), 'i/d.png': image(), 'm/c.png': plain, 'm/d.png': mask([[0, 0], [0, 1]]) });
    expect(Array.from(strata)).toEqual([1, 2, 0, 1]);
  });

  test('leaves out masks without an image and says so; of a mask and something else of its name, the PNG counts', async () => {
    const { notes } = await load({ ...whole, 'm/c.png': mask(A), 'm/a.txt': 'by hand', 'm/a.json': '{}', 'm/.DS_Store': '' });
    expect(notes).toEqual(['Ignored 1 mask without an image (first: c.png).']);
  });

  test('scales a mask by its nearest pixels: it never makes another class of two', () => {
    const sides = fc.integer({ min: 1, max: 6 });
    const drawn = fc.tuple(sides, sides).chain(([height, width]) => fc.array(fc.array(fc.constantFrom(0, 9), { minLength: width, maxLength: width }), { minLength: height, maxLength: height }));
    return fc.assert(
      fc.asyncProperty(drawn, sides, sides, async (rows, toHeight, toWidth) => {
        const [height, width] = [rows.length, rows[0]!.length];
        // Two more images, so that each class is there whatever gets lost.
        const files = { 'i/a.png': image([height, width]), 'm/a.png': mask(rows), 'i/b.png': image([1, 1]), 'm/b.png': mask([[0]]), 'i/c.png': image([1, 1]), 'm/c.png': mask([[9]]) };
        const { masks } = await load(files, { size: [toHeight, toWidth], classes: ['x', 'y'], values: [0, 9] });
        const expected = Array.from({ length: toHeight * toWidth }, (_, at) => {
          const [y, x] = [Math.floor(at / toWidth) + 0.5, (at % toWidth) + 0.5];
          return Number(rows[Math.floor((y * height) / toHeight)]![Math.floor((x * width) / toWidth)] === 9);
        });
        expect(Array.from(masks.pixels.subarray(0, expected.length))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, Files, Options, RegExp]>([
    ['no folder of images', { 'm/a.png': mask(A) }, {}, /^data-missing \| i: there is no such folder\./],
    ['no folder of masks', { 'i/a.png': image() }, {}, /^data-missing \| m: there is no such folder\./],
    ['a folder of masks that is a file', { 'i/a.png': image(), m: '' }, {}, /^data-missing \| m: a file, not a folder\./],
    ['no image', { 'i/a.txt': '', 'm/a.png': mask(A) }, {}, /^images-missing \| i: holds no PNG or JPEG image\./],
    ['an image without a mask', { ...whole, 'i/c.png': image() }, {}, /^mask-missing \| i\/c\.png has no mask m\/c\.png\. /],
    ['images without masks', { ...whole, 'i/c.png': image(), 'i/d.png': image() }, {}, /^mask-missing \| i\/c\.png has no mask m\/c\.png \(nor have 1 more\)\. /],
    ['two images of one name', { ...whole, 'i/a.jpg': 'x' }, {}, /^image-twice \| i: two images are called a, /],
    ['a mask of another size', { ...whole, 'm/b.png': mask([[0, 1, 2], [0, 1, 2]]) }, {}, /^mask-size \| m\/b\.png has 2 x 3 pixels \(height x width\), its image i\/b\.png 2 x 2\. /],
    ['a value that is no class', { ...whole, 'm/b.png': mask([[0, 0], [0, 7]]) }, {}, /^mask-class \| m\/b\.png: value 7 at row 1, column 1 is no class \(classes: 0, 1, 2; ignored: 255\)\. /],
    ['a mask of colours', { ...whole, 'm/b.png': image() }, {}, /^mask-colour \| m\/b\.png: a mask that is RGB without a palette\. /],
    ['a mask that is no PNG', { ...whole, 'm/b.png': new Uint8Array([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0]) }, {}, /^mask-kind \| m\/b\.png: a mask that is no PNG\. /],
    ['a mask that is text', { ...whole, 'm/b.png': 'x' }, {}, /^mask-kind \| m\/b\.png: a mask that is no PNG\. Save masks as PNG/],
    ['an empty mask', { ...whole, 'm/b.png': '' }, {}, /^image-empty \| m\/b\.png: /],
    ['a mask that is a pointer', { ...whole, 'm/b.png': 'version https://git-lfs.github.com/spec/v1\n' }, {}, /^lfs-pointer \| m\/b\.png: /],
    ['a damaged mask', { ...whole, 'm/b.png': mask(A).slice(0, 50) }, {}, /^image-damaged \| m\/b\.png: cannot be decoded: /],
    ['a class that occurs nowhere', whole, { classes: ['x', 'y', 'z', 'car'], values: [0, 1, 2, 3] }, /^class-absent \| m: no mask of an image in i holds class 'car', scaled to 2 x 2 pixels/],
    ['a class that is in no mask of the training set', { ...whole, 'm/b.png': mask(A) }, { held: whole }, /^class-absent \| m: no mask of an image in i holds class 'z'/],
    ['a class that is in no mask of the validation set', whole, { held: { 'v/i/c.png': image(), 'v/m/c.png': mask(A), 'v/i/d.png': image(), 'v/m/d.png': mask(A) } }, /^class-absent \| v\/m: no mask of an image in v\/i holds class 'z'/],
    ['masks that label no pixel', { 'i/a.png': image(), 'm/a.png': mask([[255, 255], [255, 255]]) }, {}, /^class-absent \| m: no mask of an image in i labels a pixel, scaled to 2 x 2 pixels/],
    ['fewer than two images a fold', whole, { folds: 2 }, /^too-few-images \| i holds 2 images whose masks label a pixel, too few for 2 folds of two or more\. Add images, or lower/],
    ['a validation set of one image', whole, { held: { 'v/i/c.png': image(), 'v/m/c.png': mask([[0, 1], [2, 2]]) } }, /^too-few-images \| v\/i holds 1 image whose mask labels a pixel, too few for a set of its own, which takes two\. Add images\.$/],
    ['a training set of one image', { 'i/c.png': image(), 'm/c.png': mask([[0, 1], [2, 2]]) }, { held: whole }, /^too-few-images \| i holds 1 image whose mask labels a pixel, too few for a set of its own/],
  ])('refuses %s', async (_, files, options, expected) => {
    const error: unknown = await load(files, options).catch((reason: unknown) => reason);
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    expect(`${error.code} | ${error.message}`).toMatch(expected);
  });
});
