import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TENSORFLOW_VERSION, TFJS_VERSION } from '../../src/native/versions.ts';

test.each(['docs/native.md', '.github/workflows/ci.yml'])('the key of the cache in %s names what is installed', (file) => {
  expect(readFileSync(`${import.meta.dirname}/../../${file}`, 'utf8')).toContain(`key: layer-vitals-native-${TFJS_VERSION}-${TENSORFLOW_VERSION}-$`);
});
