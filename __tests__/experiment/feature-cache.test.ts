import fc from 'fast-check';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FeatureCache } from '../../src/experiment/feature-cache.ts';
import { folderWith } from '../temporary-folder.ts';

const key = (digit: string) => digit.repeat(64);
const [A, B, C] = [key('a'), key('b'), key('c')] as const;

function opened(mostBytes?: number): { cache: FeatureCache; folder: string } {
  const folder = path.join(folderWith({}), 'not', 'there', 'yet');
  return { cache: new FeatureCache(folder, mostBytes), folder };
}

/** Sets when an entry was used last, in minutes before now. */
function age(file: string, minutes: number): void {
  const time = new Date(Date.now() - minutes * 60_000);
  utimesSync(file, time, time);
}

describe('FeatureCache', () => {
  test('gives back what was kept, byte for byte', () => {
    const { cache, folder } = opened();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        cache.write(A, content);
        expect(cache.read(A)).toEqual(Buffer.from(content));
      }),
    );
    expect(cache.read(B)).toBeNull();
    expect(readdirSync(folder)).toEqual([A]);
  });

  test('notices every damaged bit, every cut, and an entry under another name; and takes the next one', () => {
    const { cache, folder } = opened();
    const content = Buffer.from('features');
    cache.write(A, content);
    const file = path.join(folder, A);
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(file, damaged);
      expect(cache.read(A)).toBeNull();
      writeFileSync(file, bytes.subarray(0, at));
      expect(cache.read(A)).toBeNull();
    }
    writeFileSync(path.join(folder, B), bytes);
    expect(cache.read(B)).toBeNull();
    cache.write(A, content);
    expect(cache.read(A)).toEqual(content);
  });

  test('removes what was not used for longest, and no more than it must', () => {
    const { cache, folder } = opened(320);
    for (const [position, name] of [A, B, C].entries()) {
      cache.write(name, new Uint8Array(100));
      age(path.join(folder, name), 30 - position);
    }
    // Its use makes the oldest one the newest.
    cache.read(A);
    cache.prune();
    expect(readdirSync(folder)).toEqual([A, C]);
    cache.prune();
    expect(readdirSync(folder)).toEqual([A, C]);
  });

  test('clears away what a killed process left, and touches nobody else\'s files', () => {
    const { cache, folder } = opened(0);
    mkdirSync(folder, { recursive: true });
    const unfinished = (name: string) => path.join(folder, `${name}.00000000-0000-0000-0000-000000000000`);
    const others = [path.join(folder, 'README'), path.join(folder, `${A}.txt`)];
    for (const file of [unfinished(A), unfinished(B), ...others]) writeFileSync(file, 'x');
    for (const file of [unfinished(A), ...others]) age(file, 61);
    cache.prune();
    expect([unfinished(A), unfinished(B), ...others].map((file) => existsSync(file))).toEqual([false, true, true, true]);
  });

  test('keeps nothing that is larger than all of it may be', () => {
    const { cache, folder } = opened(99);
    cache.write(A, new Uint8Array(100));
    expect(cache.read(A)).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  test('a folder that cannot be is no error', () => {
    const file = path.join(folderWith({ file: 'x' }), 'file');
    const cache = new FeatureCache(file);
    cache.write(A, new Uint8Array(3));
    cache.prune();
    expect(cache.read(A)).toBeNull();
    expect(statSync(file).size).toBe(1);
  });
});
