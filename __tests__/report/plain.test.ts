import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clipped, logSafe, plainText, visible } from '../../src/report/plain.ts';
import { hostileText } from './hostile.ts';

test('names are marked where they could be taken for words', () => {
  expect(plainText([{ name: 'head_6' }, ' and ', { name: 'hot dog' }, ' and ', { name: 'block/日本' }, '.'])).toBe("head_6 and 'hot dog' and block/日本.");
});

test('nothing in a plain text steers a terminal or a GitHub runner', () => {
  fc.assert(fc.property(fc.array(fc.oneof(hostileText, hostileText.map((name) => ({ name })))), (text) => {
    const plain = plainText(text);
    expect(plain).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
    expect(plain).not.toContain('::');
    expect(plain).not.toContain('##[');
  }));
});

test('harmless text stays as it is', () => {
  for (const text of ['conv_1: 3 % of a', 'été 日本 👩‍❤️‍👩', 'a #[b] :c', "C:\\x '1'"]) expect([visible(text), logSafe(text)]).toEqual([text, text]);
});

describe('clipped', () => {
  test('keeps both ends', () => {
    expect(clipped('abcdefghij', 7)).toBe('abcd…ij');
  });

  test('is never longer than its room, and leaves alone what fits', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, room) => {
      const shown = clipped(text, room);
      expect(Array.from(shown).length).toBeLessThanOrEqual(room);
      if (Array.from(text).length <= room) expect(shown).toBe(text);
    }));
  });
});
