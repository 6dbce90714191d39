import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { locateWasm, WASM_FILE } from '../../src/engine/locate-wasm.ts';

const installed = createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${WASM_FILE}`);

describe('locateWasm', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'locate wasm '));
    await mkdir(path.join(folder, 'complete'));
    await copyFile(installed, path.join(folder, 'complete', WASM_FILE));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('takes the one beside the bundle', () => {
    const bundle = pathToFileURL(path.join(folder, 'complete', 'laboratory.cjs')).href;
    expect(locateWasm(bundle)).toBe(path.join(folder, 'complete') + path.sep);
  });

  test('takes the installed one when run from source', () => {
    expect(locateWasm()).toBe(path.dirname(installed) + path.sep);
  });

  test('says what is missing, and where', () => {
    const bundle = pathToFileURL(path.join(folder, 'laboratory.cjs')).href;
    expect(() => locateWasm(bundle)).toThrow(expect.objectContaining({ code: 'wasm-missing', what: expect.stringContaining(folder) as string }) as Error);
  });
});
