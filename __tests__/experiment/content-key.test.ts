import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { contentKey } from '../../src/experiment/content-key.ts';
import { folderWith } from '../temporary-folder.ts';

const MODEL = JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['weights.bin'], weights: [] }] });
const CONFIG = 'model: { path: model/model.json }\ndata: { path: data }\ninput: { normalization: unit }\n';

function check(config = CONFIG): string {
  return folderWith({ 'layer-vitals.yml': config, 'model/model.json': MODEL, 'model/weights.bin': 'weights', 'data/a/1.png': 'one', 'data/b/2.png': 'two' });
}

const keyOf = async (folder: string, overrides = {}) => JSON.stringify(await contentKey(loadConfig({ cwd: folder, path: null, overrides })));

describe('the key of what is measured', () => {
  test('is the same for the same content, wherever it lies', async () => {
    expect(await keyOf(check())).toBe(await keyOf(check()));
  });

  test.each<[string, string]>([
    ['thresholds', 'thresholds: { std-shrinkage: off }'],
    ['fail-on', 'fail-on: warning'],
    ['id', 'id: other'],
    ['time-limit', 'time-limit: 20m'],
    ['baseline', 'baseline: main'],
    ['judge', 'judge: introduced'],
    ['profiles that are not taken', 'profiles: { nightly: { experiment: { seeds: 9 } } }'],
  ])('does not depend on %s, which measures nothing', async (_, line) => {
    expect(await keyOf(check(`${CONFIG}${line}\n`))).toBe(await keyOf(check()));
  });

  test.each<[string, string]>([
    ['epochs', 'training: { epochs: 3 }'],
    ['seeds', 'experiment: { seeds: 7 }'],
    ['margin', 'experiment: { margin: 3 }'],
    ['backend', 'backend: cpu'],
    ['kernels', 'kernels: relaxed'],
  ])('depends on %s', async (_, line) => {
    expect(await keyOf(check(`${CONFIG}${line}\n`))).not.toBe(await keyOf(check()));
  });

  test('depends on what is given from outside or by a profile as on what the file says', async () => {
    const profile = `${CONFIG}profiles: { weekly: { experiment: { seeds: 7 } } }\n`;
    expect(JSON.stringify(await contentKey(loadConfig({ cwd: check(profile), path: null, profile: 'weekly', overrides: {} })))).toBe(await keyOf(check(), { seeds: '7' }));
    expect(await keyOf(check(), { seeds: '7' })).toBe(await keyOf(check(`${CONFIG}experiment: { seeds: 7 }\n`)));
  });

  test.each<[string, (folder: string) => void]>([
    ['the weights', (folder) => { writeFileSync(path.join(folder, 'model/weights.bin'), 'Weights'); }],
    ['the topology', (folder) => { writeFileSync(path.join(folder, 'model/model.json'), `${MODEL} `); }],
    ['an image', (folder) => { writeFileSync(path.join(folder, 'data/a/1.png'), 'One'); }],
    ['the name of an image', (folder) => { renameSync(path.join(folder, 'data/a/1.png'), path.join(folder, 'data/a/0.png')); }],
    ['the class of an image', (folder) => { renameSync(path.join(folder, 'data/a/1.png'), path.join(folder, 'data/b/1.png')); }],
    ['one image more', (folder) => { writeFileSync(path.join(folder, 'data/b/3.png'), 'three'); }],
    ['one class more', (folder) => { mkdirSync(path.join(folder, 'data/c')); }],
    ['a link that leads nowhere', (folder) => { symlinkSync('nowhere', path.join(folder, 'data/b/4.png')); }],
  ])('depends on %s', async (_, change) => {
    const folder = check();
    const before = await keyOf(folder);
    change(folder);
    expect(await keyOf(folder)).not.toBe(before);
  });
});
