import { encode } from 'fast-png';
import { describe, expect, it, test } from 'vitest';
import { decodeImage } from '../../src/data/decode-image.ts';
import { UserError } from '../../src/errors.ts';
import { largestDifference, pillow, referenceFile } from './reference/pillow.ts';

function codeOf(bytes: Uint8Array): string {
  try {
    decodeImage('cats/a.png', bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toContain('cats/a.png');
    expect(error.message).not.toContain('\n');
    return error.code;
  }
  return 'decoded';
}

function png(width: number, height: number): Uint8Array {
  return encode({ width, height, channels: 3, data: Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 37) % 256) });
}

describe('decodeImage', () => {
  it.each(pillow.png)('reads $file as Pillow does', ({ file, height, width, pixels }) => {
    const image = decodeImage(file, referenceFile(file));
    expect([image.height, image.width]).toEqual([height, width]);
    expect(largestDifference(image.pixels, pixels)).toBeLessThan(1e-3);
  });

  // Decoders of JPEG may differ by rounding in the inverse transform and in the change of colour space.
  it.each(pillow.jpeg)('reads $file as Pillow does, but for rounding', ({ file, height, width, pixels }) => {
    const image = decodeImage(file, referenceFile(file));
    expect([image.height, image.width]).toEqual([height, width]);
    expect(largestDifference(image.pixels, pixels)).toBeLessThanOrEqual(3);
  });

  test('says which images were see-through', () => {
    const transparent = pillow.png.map(({ file }) => file).filter((file) => decodeImage(file, referenceFile(file)).transparent);
    expect(transparent).toEqual(['rgba.png', 'grey-alpha.png', 'palette-transparent.png', 'keyed.png']);
  });

  test('goes by the content of a file, not by its name', () => {
    expect(decodeImage('cats/a.jpg', png(2, 2)).width).toBe(2);
  });

  it.each(['rgb.png', 'palette.png', 'photo.jpg', 'progressive.jpg'])('never takes %s for whole when it is cut short', (file) => {
    const whole = referenceFile(file);
    // The last bytes only say that the image ends here.
    const lengths = Array.from({ length: whole.length - 16 }, (_, length) => length).slice(1);
    expect(new Set(lengths.map((length) => codeOf(whole.slice(0, length))))).toEqual(new Set(['image-kind', 'image-damaged']));
  });

  test('notices a flipped bit in a PNG', () => {
    const damaged = png(8, 8);
    damaged[damaged.length - 20]! ^= 4;
    expect(codeOf(damaged)).toBe('image-damaged');
  });

  test('names what else may lie under the name of an image', () => {
    const text = (content: string) => new TextEncoder().encode(content);
    expect(codeOf(new Uint8Array(0))).toBe('image-empty');
    expect(codeOf(text('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'))).toBe('lfs-pointer');
    expect(codeOf(text('GIF89a'))).toBe('image-kind');
  });

  test('refuses an image too large to decode before it takes the memory', () => {
    const png40gigapixels = png(2, 2);
    new DataView(png40gigapixels.buffer, png40gigapixels.byteOffset).setUint32(16, 200_000);
    new DataView(png40gigapixels.buffer, png40gigapixels.byteOffset).setUint32(20, 200_000);
    expect(codeOf(png40gigapixels)).toBe('image-size');

    const jpeg = Uint8Array.from(referenceFile('photo.jpg'));
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    expect(codeOf(jpeg)).toBe('image-size');
  });

  test('refuses an interlaced PNG with less than 8 bits a sample, which the decoder would turn into noise', () => {
    const interlaced = Uint8Array.from(referenceFile('palette.png'));
    interlaced[28] = 1;
    expect(codeOf(interlaced)).toBe('image-damaged');
    expect(() => decodeImage('a.png', interlaced)).toThrow(/interlaced with 4 bits/);
  });
});
