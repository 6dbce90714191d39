import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findingPlaces } from '../src/finding-places.ts';
import type { Finding } from '../src/rules/types.ts';
import { SHRINKING } from './report/sample.ts';

const CONFIG = `model:
  path: model.json
  head:
    - { layer: global-average-pooling-2d }
    - layer: dense
      name: head_9
      units: 4
    - { layer: dense, units: 2 }
data: { path: images }
input:
  normalization: imagenet
training: { epochs: 2 }
profiles:
  nightly:
    training: { epochs: 20 }
  wide:
    model:
      head:
        - { layer: dense, name: wide, units: 64 }
        - { layer: dense, units: 2 }
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'layer-vitals-'));
  await mkdir(path.join(cwd, 'sub'));
  await writeFile(path.join(cwd, 'sub/layer-vitals.yml'), CONFIG);
  await writeFile(path.join(cwd, 'layer-vitals.yml'), 'config: sub\n');
});

const at = (rule: Finding['rule'], ...sites: string[]) => findingPlaces(cwd, null, null)({ ...SHRINKING, rule, sites });

test.each([
  ['std-shrinkage', ['head_9'], 5],
  ['std-shrinkage', ['head_9#2'], 5],
  ['std-shrinkage', ['head_3'], 8],
  ['std-shrinkage', ['block_7'], 2],
  ['non-finite', ['head_1'], 4],
  ['accuracy-delta', [], 11],
  ['not-learning', [], 12],
] as const)('%s of %j stands on line %i, in the file that holds the settings', (rule, sites, line) => {
  expect(at(rule, ...sites)).toEqual({ file: 'sub/layer-vitals.yml', line });
});

test.each([
  ['nightly', 'not-learning', [], 15],
  ['nightly', 'accuracy-delta', [], 11],
  ['nightly', 'std-shrinkage', ['head_9'], 5],
  ['wide', 'std-shrinkage', ['wide'], 19],
  ['wide', 'not-learning', [], 12],
] as const)('with profile %s, %s of %j stands on line %i: in the profile what it says, else outside of it', (profile, rule, sites, line) => {
  expect(findingPlaces(cwd, null, profile)({ ...SHRINKING, rule, sites })).toEqual({ file: 'sub/layer-vitals.yml', line });
});

test('a config that is gone leaves a finding its file', () => {
  expect(findingPlaces(cwd, 'gone.yml', null)(SHRINKING)).toEqual({ file: 'gone.yml', line: 1 });
});
