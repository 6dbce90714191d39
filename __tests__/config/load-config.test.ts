import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { headFor } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Overrides } from '../../src/config/overrides.ts';
import { folderWith } from '../temporary-folder.ts';

const SMALL = 'model:\n  path: m/model.json\ndata:\n  path: images\ninput:\n  normalization: imagenet\n';

function load(yaml: string, overrides: Overrides = {}) {
  return loadConfig({ cwd: folderWith({ 'layer-vitals.yml': yaml }), path: null, overrides });
}

describe('loadConfig', () => {
  test('fills in every default', () => {
    const cwd = folderWith({ 'layer-vitals.yml': SMALL });
    expect(loadConfig({ cwd, path: null, overrides: {} })).toEqual({
      id: 'layer-vitals',
      shown: 'layer-vitals.yml',
      profile: null,
      model: { path: { written: 'm/model.json', absolute: path.join(cwd, 'm', 'model.json') }, boundary: null, head: 'default', train: 'head', batchNorm: null },
      data: { path: { written: 'images', absolute: path.join(cwd, 'images') }, size: null, validation: { kind: 'folds', folds: 6 }, masks: null },
      input: { normalization: 'imagenet', arms: ['normalized', 'raw', 'unit'] },
      training: { epochs: 20, batchSize: 16, optimizer: 'adam', learningRate: 0.001, loss: 'cross-entropy' },
      experiment: { seeds: 6, moreSeeds: [], margin: 'auto' },
      thresholds: {
        inputScale: { warn: 30, fail: 'on-harm' },
        outputLoss: { warn: 1, fail: 'on-harm' },
        frozenMismatch: { warn: 1, fail: 'on-harm' },
        stdShrinkage: { warn: 0.03, fail: 'on-harm' },
        stdExplosion: { warn: 30, fail: 'on-harm' },
        poorInitialization: { warn: 10, fail: 'on-harm' },
        deadUnits: { warn: 0.7, fail: 'on-harm' },
        saturation: { warn: 0.5, fail: 'on-harm' },
        lostSignal: { warn: 0.01, fail: 'on-harm' },
        vanishingGradient: { warn: 0.001, fail: 'on-harm' },
        explodingGradient: { warn: 100, fail: 'on-harm' },
        learningRate: { warn: 5, fail: 'on-harm' },
        updateRatio: { warn: 0.5, fail: 'on-harm' },
        unchangedWeights: { warn: 1e-7, fail: 'on-harm' },
        accuracyDelta: { warn: null, fail: 'on-harm' },
        labels: { warn: 0.05, fail: 'on-harm' },
        lossTrend: { warn: 0.3, fail: 'on-harm' },
        overfitting: { warn: 2, fail: 'on-harm' },
        underfitting: { warn: 0.5, fail: 'on-harm' },
        notLearning: { warn: 0.5, fail: 0.5 },
        metricFloor: null,
        normalizationMismatch: { warn: 0.1, fail: null },
        expectation: null,
      },
      backend: 'wasm',
      failOn: 'error',
      baseline: 'auto',
      judge: 'all',
      timeLimit: 600,
      kernels: 'exact',
    });
  });

  test('takes expectations under both modes of BatchNorm', () => {
    const cwd = folderWith({ 'layer-vitals.yml': 'model: { path: m, batchnorm: [inference, training] }\ndata: { path: x }\ninput: { normalization: unit, expect: { raw: not-needed, raw/training: needed } }\n' });
    expect(loadConfig({ cwd, path: null, overrides: {} }).thresholds.expectation).toEqual({ raw: 'not-needed', 'raw/training': 'needed' });
  });

  test('takes everything that can be said', () => {
    const cwd = folderWith({
      'ml/check/layer-vitals.yaml': `
id: heads/six
model:
  path: ../m/model.json
  boundary: block10_add
  head:
    - { layer: global-average-pooling-2d, name: pool }
    - { layer: dense, units: 8, kernel-initializer: { random-normal: { stddev: 0.006 } } }
  train: from:block9_add
data:
  path: ../images
  size: [64, 96]
  validation: ../held-out
input:
  normalization: { mean: [1, 2, 3], std: 4.5, order: bgr }
  arms: [caffe]
  expect: { caffe: not-needed }
training: { epochs: 3, batch-size: 8, optimizer: momentum, learning-rate: 0.05 }
experiment: { seeds: 12, more-seeds: [18, 24], margin: 1.5 }
thresholds:
  std-shrinkage: { fail: 0.05 }
  accuracy-delta: { warn: 1, fail: off }
  not-learning: off
  metric-floor: { warn: 0.9, fail: 0.8 }
fail-on: never
time-limit: 1.5h
kernels: relaxed
`,
    });
    const config = loadConfig({ cwd, path: 'ml/check', overrides: {} });
    expect(config).toMatchObject({
      id: 'heads/six',
      shown: 'ml/check/layer-vitals.yaml',
      model: { path: { written: '../m/model.json', absolute: path.join(cwd, 'ml', 'm', 'model.json') }, boundary: 'block10_add', train: 'from:block9_add' },
      data: { size: [64, 96], validation: { kind: 'folder', path: { written: '../held-out', absolute: path.join(cwd, 'ml', 'held-out') } } },
      input: { normalization: { mean: [1, 2, 3], std: [4.5, 4.5, 4.5], order: 'bgr' }, arms: ['normalized', 'caffe'] },
      training: { epochs: 3, batchSize: 8, optimizer: 'momentum', learningRate: 0.05 },
      experiment: { seeds: 12, moreSeeds: [18, 24], margin: 1.5 },
      thresholds: { stdShrinkage: { warn: 0.05, fail: 0.05 }, accuracyDelta: { warn: 1, fail: null }, notLearning: null, metricFloor: { warn: 0.9, fail: 0.8 }, expectation: { caffe: 'not-needed' } },
      failOn: 'never',
      timeLimit: 5400,
      kernels: 'relaxed',
    });
    // Options of layers stay as they are written: the layers know them.
    expect(config.model.head).toEqual([
      { layer: 'global-average-pooling-2d', name: 'pool' },
      { layer: 'dense', units: 8, 'kernel-initializer': { 'random-normal': { stddev: 0.006 } } },
    ]);
    expect(headFor(config.model, [6])).toBe(config.model.head);
  });

  test('gives a model without a head one with a unit per class, and none where the file holds it', () => {
    expect(headFor(load(SMALL).model, [7])).toEqual([
      { layer: 'global-average-pooling-2d', name: 'pool' },
      { layer: 'dense', name: 'logits', units: 7, activation: 'softmax' },
    ]);
    expect(headFor(load(SMALL.replace('data:', '  head: none\n  boundary: top\ndata:')).model, [7])).toBeNull();
  });

  test('reads what masks mean: classes by their place or value, 255 ignored where it is no class', () => {
    const masks = (text: string) => load(SMALL.replace('images\n', `images\n  masks: labels\n${text}`)).data.masks;
    expect(masks('  classes: [sky, my-car]\n')).toMatchObject({ path: { written: 'labels' }, classes: ['sky', 'my-car'], values: [0, 1], ignored: [255] });
    expect(masks('  classes: { land: 7, my-water: 255 }\n')).toMatchObject({ classes: ['land', 'my-water'], values: [7, 255], ignored: [] });
    expect(masks('  classes: [a, b]\n  ignore: [2, 9]\n')).toMatchObject({ ignored: [2, 9] });
    expect(masks('  classes: [a, b]\n  ignore: []\n')).toMatchObject({ ignored: [] });
  });

  test('takes a validation set with masks, and a loss', () => {
    const config = load(`${SMALL.replace('images\n', 'images\n  masks: labels\n  classes: [a, b]\n  validation: { path: v/images, masks: v/labels }\n')}training: { loss: dice }\n`);
    expect(config.data.validation).toMatchObject({ kind: 'folder', path: { written: 'v/images' }, masks: { written: 'v/labels' } });
    expect(config.training.loss).toBe('dice');
  });

  test('gives a model for masks a linear classifier of each place, scaled to the image', () => {
    expect(headFor(load(SMALL).model, [48, 64, 3])).toEqual([
      { layer: 'conv-2d', name: 'logits', filters: 3, 'kernel-size': 1 },
      { layer: 'resizing', name: 'upscaled', height: 48, width: 64 },
    ]);
  });

  test('trains a network from scratch on centred pixels where nothing else is said', () => {
    const config = load('model: { head: [{ layer: flatten }, { layer: dense, units: 2 }] }\ndata: { path: images, size: 32 }\n');
    expect(config.model.path).toBeNull();
    expect(config.data.size).toEqual([32, 32]);
    expect(config.input.normalization).toBe('minus-one-to-one');
  });

  test('leaves the arm out of the default ones that equals normalized', () => {
    expect(load(SMALL.replace('imagenet', 'unit')).input.arms).toEqual(['normalized', 'raw']);
    expect(load(SMALL.replace('imagenet', '{ mean: 0, std: 1 }')).input.arms).toEqual(['normalized', 'unit']);
  });

  test('always compares with normalized, first', () => {
    expect(load(`${SMALL}  arms: [unit, normalized]\n`).input.arms).toEqual(['normalized', 'unit']);
    expect(load(`${SMALL}  arms: []\n`).input.arms).toEqual(['normalized']);
  });

  test('finds the config by its names, in the working directory or a named folder or file', () => {
    const json = JSON.stringify({ $schema: 'x', model: { path: 'm' }, data: { path: 'd' }, input: { normalization: 'unit' } }, null, '\t');
    const cwd = folderWith({ 'layer-vitals.json': json, 'sub/layer-vitals.yaml': SMALL, 'sub/other.yml': SMALL });
    expect(loadConfig({ cwd, path: null, overrides: {} }).shown).toBe('layer-vitals.json');
    expect(loadConfig({ cwd, path: 'sub', overrides: {} }).shown).toBe('sub/layer-vitals.yaml');
    expect(loadConfig({ cwd, path: path.join(cwd, 'sub', 'other.yml'), overrides: {} }).shown).toBe('sub/other.yml');
  });

  test('reads a file with a byte order mark and Windows line ends', () => {
    expect(load(`\uFEFF${SMALL.replaceAll('\n', '\r\n')}`).data.path.written).toBe('images');
  });

  test('follows a file that only points to another, whose folder counts from then on', () => {
    const cwd = folderWith({ 'layer-vitals.yml': 'config: examples/one/layer-vitals.yml\n', 'examples/one/layer-vitals.yml': SMALL });
    const config = loadConfig({ cwd, path: null, overrides: { seeds: '8' } });
    expect(config).toMatchObject({ id: 'examples/one', shown: 'layer-vitals.yml', experiment: { seeds: 8 } });
    expect(config.data.path.absolute).toBe(path.join(cwd, 'examples', 'one', 'images'));
  });

  test.each([
    ['my check/é', 'my-check/-'],
    ['.hidden', 'hidden'],
    ['a'.repeat(120), 'a'.repeat(100)],
  ])('makes an id of the folder %s', (folder, id) => {
    expect(loadConfig({ cwd: folderWith({ [`${folder}/layer-vitals.yml`]: SMALL }), path: folder, overrides: {} }).id).toBe(id);
  });

  test('names a config outside of the working directory by its folder alone', () => {
    const root = folderWith({ 'elsewhere/layer-vitals.yml': SMALL, 'work/x': '' });
    const config = loadConfig({ cwd: path.join(root, 'work'), path: '../elsewhere', overrides: {} });
    expect(config).toMatchObject({ id: 'elsewhere', shown: '../elsewhere/layer-vitals.yml' });
  });
});

const root = fileURLToPath(new URL('../../', import.meta.url));
test.each([null, ...readdirSync(path.join(root, 'fixtures', 'examples')).map((name) => `fixtures/examples/${name}`)])('the shipped config %s is right, and what it names is there', (config) => {
  const { id, model, data } = loadConfig({ cwd: root, path: config, overrides: {} });
  expect(id).toBe(config ?? 'fixtures/examples/emoji-transfer');
  expect(existsSync(data.path.absolute)).toBe(true);
  expect(model.path === null || existsSync(model.path.absolute)).toBe(true);
});

describe('overrides', () => {
  test('stand over the file, and over the defaults', () => {
    const yaml = `${SMALL}experiment: { seeds: 8, margin: 3 }\n`;
    const config = load(yaml, { seeds: '12', epochs: ' 5 ', 'fail-on': 'warning', 'time-limit': '90s' });
    expect(config).toMatchObject({ experiment: { seeds: 12, margin: 3 }, training: { epochs: 5, batchSize: 16 }, failOn: 'warning', timeLimit: 90 });
  });

  test('leave the file in place where they are blank, as inputs of an action are', () => {
    expect(load(`${SMALL}experiment: { seeds: 8 }\n`, { seeds: '', epochs: '  ' }).experiment.seeds).toBe(8);
  });

  it.each<[Overrides, string]>([
    [{ seeds: '1' }, 'bad-value | Option or input `seeds`: `experiment.seeds` cannot be 1. It must be a whole number from 2 to 1000.'],
    [{ epochs: 'ten' }, 'bad-value | Option or input `epochs`: `training.epochs` cannot be "ten". It must be a whole number from 1 to 10000.'],
    [{ 'fail-on': 'warn' }, 'bad-value | Option or input `fail-on`: `fail-on` cannot be "warn". Did you mean `warning`? It must be one of error, warning, never.'],
    [{ 'time-limit': '10' }, 'bad-value | Option or input `time-limit`: `time-limit` cannot be 10. It must be a number with a unit: 90s, 10m or 2h.'],
  ])('are judged like the file: %o', (overrides, expected) => {
    expect(() => load(SMALL, overrides)).toThrow(expect.objectContaining({ name: 'UserError', code: expected.split(' | ')[0], message: expected.split(' | ')[1] }));
  });

  test('do not hide that a section of the file is none', () => {
    expect(() => load(`${SMALL}training: fast\n`, { epochs: '3' })).toThrow(/^layer-vitals\.yml:7:11: `training` cannot be "fast"\./);
  });
});
