import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const dist = path.resolve(import.meta.dirname, '../../dist');

/** A name that every copy of TensorFlow.js exports, however it was minified. */
const TENSORFLOW = 'registerKernel';

test('TensorFlow.js is loaded by the threads that compute, and by nobody else', () => {
  const holders = ['action', 'cli', 'check', 'laboratory'].filter((bundle) => readFileSync(path.join(dist, `${bundle}.cjs`), 'utf8').includes(TENSORFLOW));
  expect(holders).toEqual(['laboratory']);
});
