import { describe, expect, test } from 'vitest';
import { checkIdOf } from '../../src/config/check-id.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { folderWith } from '../temporary-folder.ts';

const RIGHT = 'model: { head: [{ layer: dense, units: 2 }] }\ndata: { path: images, size: 8 }\n';

describe('the id of a check', () => {
  test.each([
    ['in the working directory', { 'layer-vitals.yml': RIGHT }, null],
    ['in a folder', { 'models/head/layer-vitals.yml': RIGHT }, 'models/head'],
    ['with an id of its own', { 'a.yml': `id: my-head\n${RIGHT}` }, 'a.yml'],
    ['behind a pointer', { 'layer-vitals.yml': 'config: models/head', 'models/head/layer-vitals.yml': RIGHT }, null],
  ])('is that of the config: %s', (_, files, path) => {
    const cwd = folderWith(files);
    expect(checkIdOf({ cwd, path })).toBe(loadConfig({ cwd, path, overrides: {} }).id);
  });

  test.each([
    ['an unknown key', { 'a/layer-vitals.yml': `${RIGHT}modle: {}\n` }, 'a', 'a'],
    ['an unknown key beside an id', { 'a/layer-vitals.yml': `id: mine\n${RIGHT}modle: {}\n` }, 'a', 'mine'],
    ['an id that cannot be one', { 'a/layer-vitals.yml': `id: "-->"\n${RIGHT}` }, 'a', 'a'],
    ['no YAML', { 'a/layer-vitals.yml': 'model: {' }, 'a/layer-vitals.yml', 'a'],
    ['no YAML behind a pointer', { 'layer-vitals.yml': 'config: a', 'a/layer-vitals.yml': 'model: {' }, null, 'a'],
    ['no config in a folder', { 'a/other.txt': '' }, 'a', 'a'],
    ['no config of that name', {}, 'a/layer-vitals.yml', 'a'],
    ['no config', {}, null, 'layer-vitals'],
  ])('is the one it would have: %s', (_, files, path, id) => {
    const cwd = folderWith(files);
    expect(checkIdOf({ cwd, path })).toBe(id);
    expect(() => loadConfig({ cwd, path, overrides: {} })).toThrow();
  });
});
