import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it, test } from 'vitest';
import { type DataSet, loadImages, type Validation } from '../../src/data/load.ts';
import type { Size } from '../../src/data/resize.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A plain image; every level is another file. */
function png(level: number, width = 4, height = 4, alpha?: number): Uint8Array {
  const pixel = alpha === undefined ? [level, level, level] : [level, level, level, alpha];
  return encode({ width, height, channels: pixel.length, data: Uint8Array.from({ length: width * height }, () => pixel).flatMap((value) => value) });
}

const plain = (level: number, width = 4, height = 4, alpha?: number): Uint8Array => {
  const pixel = alpha === undefined ? [level, level, level] : [level, level, level, alpha];
  const data = Uint8Array.from(Array.from({ length: width * height }, () => pixel).flat());
  return encode({ width, height, channels: pixel.length, data });
};
