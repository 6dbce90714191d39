import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Resizing {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly pixels: readonly number[];
  readonly resized: readonly number[];
}

interface Decoding {
  readonly file: string;
  readonly height: number;
  readonly width: number;
  readonly pixels: readonly number[];
}

/** Bytes of a file of this folder. */
export function referenceFile(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(name, import.meta.url)));
}

/** What Pillow made of small images; pillow.py wrote it. */
export const pillow = JSON.parse(new TextDecoder().decode(referenceFile('pillow.json'))) as {
  readonly resizings: readonly Resizing[];
  readonly png: readonly Decoding[];
  readonly jpeg: readonly Decoding[];
};

export function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  return actual.length === expected.length ? Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!))) : Infinity;
}
