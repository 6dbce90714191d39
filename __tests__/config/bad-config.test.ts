import { describe, expect, it, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

const SMALL = 'model:\n  path: m/model.json\ndata:\n  path: images\ninput:\n  normalization: imagenet\n';
const HEAD = 'model:\n  path: m/model.json\n  head:\n';
const REST = 'data: { path: images }\ninput: { normalization: unit }\n';

/** Code and message of the error, which is one line. */
function errorOf(files: Readonly<Record<string, string | Uint8Array>>, path: string | null = null): string {
  try {
    loadConfig({ cwd: folderWith(files), path, overrides: {} });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    return `${error.code} | ${error.message}`;
  }
  throw new Error('no error');
}

function errorIn(yaml: string): string {
  return errorOf({ 'layer-vitals.yml': yaml });
}

describe('a config that cannot be read', () => {
  test('is not there', () => {
    expect(errorOf({})).toMatch(/^config-missing \| There is no layer-vitals\.yml, layer-vitals\.yaml, layer-vitals\.json in the working directory\./);
    expect(errorOf({ 'sub/x': '' }, 'sub')).toMatch(/^config-missing \| There is no .* in sub\./);
    expect(errorOf({}, 'ci/check.yml')).toMatch(/^config-missing \| There is no config ci\/check\.yml\./);
  });

  test('is there twice', () => {
    expect(errorOf({ 'layer-vitals.yml': SMALL, 'layer-vitals.json': '{}' })).toMatch(/^several-configs \| layer-vitals\.yml and layer-vitals\.json /);
  });

  it.each([
    ['is empty', '', 'config-empty | layer-vitals.yml is empty.'],
    ['is all comment', '# model:\n', 'config-empty | layer-vitals.yml is empty.'],
    ['is a list', '- model\n', 'config-not-a-mapping | layer-vitals.yml does not hold keys and values.'],
    ['is a word', 'model\n', 'config-not-a-mapping | layer-vitals.yml does not hold keys and values.'],
    ['is cut short', `${SMALL}training: [\n`, 'config-not-yaml | layer-vitals.yml:8:1: Not valid YAML: '],
    ['is indented by tabs', 'model:\n\tpath: m\n', 'config-not-yaml | layer-vitals.yml:2:1: Not valid YAML: Tabs are not allowed as indentation.'],
    ['has an alias without an anchor', `${SMALL}training: *t\n`, 'config-not-yaml | layer-vitals.yml: Not valid YAML: Unresolved alias'],
    ['has a tag of its own', `${SMALL}training: !x { epochs: 1 }\n`, 'config-not-yaml | layer-vitals.yml:7:11: Not valid YAML: Unresolved tag: !x.'],
    ['is two documents', `${SMALL}---\n${SMALL}`, 'config-not-yaml | layer-vitals.yml:7:1: A second document begins here.'],
    ['says a thing twice', `${SMALL}data:\n  path: b\n`, 'duplicate-key | layer-vitals.yml:7:1: Key `data` is there twice.'],
    ['says a thing twice deep inside', `${SMALL}training: { epochs: 1, "epochs": 2 }\n`, 'duplicate-key | layer-vitals.yml:7:24: Key `epochs` is there twice.'],
  ])('%s', (_, yaml, expected) => {
    expect(errorIn(yaml).slice(0, expected.length)).toBe(expected);
  });

  test('multiplies aliases without end', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`);
    expect(errorIn(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toMatch(/^config-not-yaml \| layer-vitals\.yml: Not valid YAML: Excessive alias count/);
  });

  test('is not UTF-8', () => {
    expect(errorOf({ 'layer-vitals.yml': new Uint8Array([0xff, 0xfe, 0x6d, 0x00]) })).toMatch(/^config-not-text \| layer-vitals\.yml is not UTF-8 text\./);
  });

  it.each([
    ['to nothing', { 'layer-vitals.yml': 'config: b.yml\n' }, 'config-missing | There is no config b.yml.'],
    ['on', { 'layer-vitals.yml': 'config: b.yml\n', 'b.yml': 'config: layer-vitals.yml\n' }, 'pointer-chain | b.yml:1:1: '],
    ['to no text', { 'layer-vitals.yml': 'config: 5\n' }, 'bad-value | layer-vitals.yml:1:9: `config` cannot be 5. It must be the path of another config.'],
    ['and says more', { 'layer-vitals.yml': 'config: b.yml\nmodel: {}\n' }, 'unknown-key | layer-vitals.yml:2:1: Key `model` stands beside `config`.'],
  ])('points %s', (_, files, expected) => {
    expect(errorOf(files).slice(0, expected.length)).toBe(expected);
  });
});

describe('an unknown key', () => {
  it.each([
    [`${SMALL}tresholds: {}\n`, '7:1: Unknown key `tresholds`. Did you mean `thresholds`?'],
    [`${SMALL}training:\n  batch_size: 5\n`, '8:3: Unknown key `batch_size` in `training`. Did you mean `batch-size`?'],
    [`${SMALL}training:\n  learningRate: 5\n`, '8:3: Unknown key `learningRate` in `training`. Did you mean `learning-rate`?'],
    [`${SMALL}thresholds:\n  std-shrinkage:\n    fial: 0.1\n`, '9:5: Unknown key `fial` in `thresholds.std-shrinkage`. Did you mean `fail`?'],
    [SMALL.replace('imagenet', '{ mean: 1, std: 2, oder: rgb }'), '6:37: Unknown key `oder` in `input.normalization`. Did you mean `order`?'],
    [`${SMALL}epochs: 5\n`, '7:1: Unknown key `epochs`. It belongs under `training`.'],
    [`${SMALL}__proto__: { a: 1 }\n`, '7:1: Unknown key `__proto__`. Known here: '],
    [`${SMALL}constructor: 1\n`, '7:1: Unknown key `constructor`. Known here: '],
    [`${HEAD}    - { layer: dense, kernelInitializer: zeros }\n${REST}`, '4:23: Unknown key `kernelInitializer` in a layer of `model.head`. Did you mean `kernel-initializer`?'],
  ])('is named with the nearest known one: %j', (yaml, expected) => {
    const error = errorIn(yaml);
    expect(error).toContain(`unknown-key | layer-vitals.yml:${expected}`);
  });

  test('waits for what stands before it', () => {
    const yaml = `time-limit: 10\nfail-on: mistake\n${SMALL}training:\n  epochs: 0\n  batch: 3\nseeds: 1\n`;
    expect(errorIn(yaml)).toMatch(/^bad-value \| layer-vitals\.yml:1:13: `time-limit` .*\(The first of 5 problems\.\)$/);
  });
});

describe('a value', () => {
  it.each([
    ['seeds: 1', 'experiment:\n  seeds: 1', '8:10: `experiment.seeds` cannot be 1. It must be a whole number from 2 to 1000.'],
    ['seeds: 2.5', 'experiment:\n  seeds: 2.5', '8:10: `experiment.seeds` cannot be 2.5. It must be a whole number from 2 to 1000.'],
    ['epochs: "6"', 'training:\n  epochs: "6"', '8:11: `training.epochs` cannot be "6". It must be a whole number from 1 to 10000.'],
    ['an endless number', 'training:\n  epochs: .inf', '8:11: `training.epochs` cannot be Infinity. It must be a whole number from 1 to 10000.'],
    ['no number', 'training:\n  learning-rate: .nan', '8:18: `training.learning-rate` cannot be NaN. It must be a positive number.'],
    ['an optimizer', 'training:\n  optimizer: adamm', '8:14: `training.optimizer` cannot be "adamm". Did you mean `adam`? It must be one of sgd, '],
    ['a share', 'thresholds:\n  std-shrinkage: { fail: 3 }', '8:26: `thresholds.std-shrinkage.fail` cannot be 3. It must be a share above 0 and up to 1, on-harm or off.'],
    ['a word', 'thresholds:\n  std-shrinkage: { fail: onharm }', '8:26: `thresholds.std-shrinkage.fail` cannot be "onharm". Did you mean `on-harm`? It must be '],
    ['limits', 'thresholds:\n  std-shrinkage: 0.1', '8:18: `thresholds.std-shrinkage` cannot be 0.1. It must be off or { warn, fail, worsened-by }.'],
    ['a margin', 'experiment:\n  margin: -2', '8:11: `experiment.margin` cannot be -2. It must be auto, or points of the metric above 0 and up to 100.'],
    ['a duration', 'time-limit: 10', '7:13: `time-limit` cannot be 10. It must be a number with a unit: 90s, 10m or 2h.'],
    ['no time', 'time-limit: 0m', '7:13: `time-limit` cannot be "0m". It must be a number with a unit: 90s, 10m or 2h.'],
    ['an id', 'id: my check', '7:5: `id` cannot be "my check". It must be a name of letters, '],
    ['an arm', '  arms: [normalized, imagnet]', '7:22: `input.arms[1]` cannot be "imagnet". Did you mean `imagenet`? It must be one of normalized, raw, '],
    ['arms', '  arms: unit', '7:9: `input.arms` cannot be "unit". It must be a list of normalized, presets, dataset, per-image, shuffled and { name, mean, std }.'],
    ['a section', 'training: 5', '7:11: `training` cannot be 5. It must be keys and values (epochs, '],
  ])('is not allowed: %s', (_, yaml, expected) => {
    expect(errorIn(`${SMALL}${yaml}\n`)).toContain(`bad-value | layer-vitals.yml:${expected}`);
  });

  it.each([
    ['Imagenet', 'bad-value | layer-vitals.yml:6:18: `input.normalization` cannot be "Imagenet". Did you mean `imagenet`? It must be a preset (raw, '],
    ['[1, 2]', 'bad-value | layer-vitals.yml:6:18: `input.normalization` cannot be [1,2]. It must be a preset (raw, '],
    ['{ mean: 5 }', 'missing-key | layer-vitals.yml:6:3: `input.normalization.std` is missing. Give a positive number, or a list of three.'],
    ['{ mean: 5, std: 0 }', 'bad-value | layer-vitals.yml:6:34: `input.normalization.std` cannot be 0. It must be a positive number, or a list of three.'],
    ['{ mean: [1, 2], std: 3 }', 'bad-value | layer-vitals.yml:6:26: `input.normalization.mean` cannot be [1,2]. It must be a number, or a list of three.'],
  ])('is no normalization: %s', (value, expected) => {
    expect(errorIn(SMALL.replace('imagenet', value)).slice(0, expected.length)).toBe(expected);
  });

  it.each([
    ['size: 0', '`data.size` cannot be 0. It must be a number of pixels from 1 to 4096, or [height, width].'],
    ['size: [96]', '`data.size` cannot be [96]. It must be a number of pixels from 1 to 4096, or [height, width].'],
    ['validation: 1', '`data.validation` cannot be 1. It must be a number of folds from 2 to 100, the path of a folder like `data.path`, or, with masks, { path, masks }.'],
    ['validation: ""', '`data.validation` cannot be "". It must be a number of folds from 2 to 100, the path of a folder like `data.path`, or, with masks, { path, masks }.'],
  ])('is not allowed in data: %s', (line, expected) => {
    expect(errorIn(SMALL.replace('images\n', `images\n  ${line}\n`))).toContain(expected);
  });

  it.each([
    ['    - layer: Dense\n', '4:14: `model.head[0].layer` cannot be "Dense". It must be the name of a Keras layer in kebab-case, '],
    ['    - units: 5\n', '3:3: `model.head[0].layer` is missing. Give the name of a Keras layer in kebab-case, '],
    ['    - dense\n', '4:7: `model.head[0]` cannot be "dense". It must be a layer such as { layer: dense, units: 64, activation: relu }.'],
    ['    nothing\n', '4:5: `model.head` cannot be "nothing". It must be a list of layers such as '],
    ['    []\n', '4:5: `model.head` cannot be []. It must be a list of at least one layer, or none.'],
    ['    - { layer: add, inputs: block1_add }\n', '4:29: `model.head[0].inputs` cannot be "block1_add". It must be a list of names of layers, such as [head_2, block3_add].'],
    ['    - { layer: add, inputs: [] }\n', '4:29: `model.head[0].inputs` cannot be []. It must be a list of names'],
  ])('is no head: %j', (head, expected) => {
    expect(errorIn(HEAD + head + REST)).toContain(`layer-vitals.yml:${expected}`);
  });

  it.each([
    ['data: { path: images }\n', 'missing-key | layer-vitals.yml:1:1: `model` is missing.'],
    ['model: { path: m }\ndata: {}\n', 'missing-key | layer-vitals.yml:2:1: `data.path` is missing. Give the path of a folder that holds one folder per class.'],
    [`${SMALL}training:\n`, 'empty-value | layer-vitals.yml:7:10: `training` is empty. Give keys and values ('],
    [SMALL.replace('images', ''), 'empty-value | layer-vitals.yml:4:9: `data.path` is empty.'],
  ])('is missing: %j', (yaml, expected) => {
    expect(errorIn(yaml).slice(0, expected.length)).toBe(expected);
  });
});

describe('keys that contradict each other', () => {
  it.each([
    ['nothing to train', 'model: {}\ndata: { path: x, size: 8 }\n', 'no-network | layer-vitals.yml:1:1: `model` has neither `path` nor `head`.'],
    ['a head in no file', 'model: { head: none }\ndata: { path: x, size: 8 }\n', 'no-network | layer-vitals.yml:1:16: '],
    ['a boundary in no file', 'model: { boundary: a, head: [{ layer: flatten }] }\ndata: { path: x, size: 8 }\n', 'boundary-without-model | layer-vitals.yml:1:10: '],
    ['no size from anywhere', 'model: { head: [{ layer: flatten }] }\ndata: { path: x }\n', 'size-missing | layer-vitals.yml:2:1: `data.size` is missing.'],
    ['a head in the file, and no boundary', SMALL.replace('data:', '  head: none\ndata:'), 'boundary-missing | layer-vitals.yml:3:9: '],
    ['a pretrained model of unknown normalization', 'model: { path: m }\ndata: { path: x }\n', 'normalization-missing | layer-vitals.yml:1:1: `input.normalization` is missing. Say how the pretrained model expects its input: raw, '],
    ['an arm that is no other', `${SMALL}  arms: [raw, imagenet]\n`, 'arm-is-normalized | layer-vitals.yml:7:15: Arm imagenet feeds the model the same as normalized does.'],
    ['an arm twice', `${SMALL}  arms: [raw, raw]\n`, 'arm-twice | layer-vitals.yml:7:15: Arm raw is there twice.'],
    ['an expectation of what is not compared', `${SMALL}  expect: { unti: needed }\n`, 'expect-arm | layer-vitals.yml:7:13: `input.expect` is about arm unti, which is not compared with `normalized`. Name one of the compared arms (raw, unit)'],
    ['an expectation about raw pixels without them', `${SMALL}  arms: [unit]\n  expect: needed\n`, 'expect-arm | layer-vitals.yml:8:11: `input.expect` is about arm raw, '],
    ['a mode of BatchNorm twice', SMALL.replace('data:', '  batchnorm: [training, training]\ndata:'), 'batchnorm-twice | layer-vitals.yml:3:14: `model.batchnorm` names training twice. Write `batchnorm: training`, or'],
    ['an expectation under a mode that is not compared', `${SMALL}  expect: { raw/training: needed }\n`, 'expect-arm | layer-vitals.yml:7:13: `input.expect` is about arm raw/training, which is not compared with `normalized`. Name one of the compared arms (raw, unit), such as `expect: { raw: needed }`, or give `model.batchnorm` both modes.'],
    ['a floor below its warning', `${SMALL}thresholds:\n  metric-floor: { warn: 0.6, fail: 0.8 }\n`, 'threshold-order | layer-vitals.yml:8:25: '],
    ['memories of a model that there is none of', 'model: { head: [{ layer: flatten }] }\ndata: { path: x, size: 8 }\ninput: { normalization: auto }\n', 'auto-without-model | layer-vitals.yml:3:25: '],
    ['more seeds that are fewer', `${SMALL}experiment:\n  seeds: 12\n  more-seeds: [24, 18]\n`, 'seeds-descend | layer-vitals.yml:9:20: `experiment.more-seeds` goes on to 18 seeds, but there are 24 already.'],
    ['classes without masks', SMALL.replace('images\n', 'images\n  classes: [a, b]\n'), 'masks-missing | layer-vitals.yml:5:3: `data.classes` is for masks, but `data.masks` is missing.'],
    ['an ignored value without masks', SMALL.replace('images\n', 'images\n  ignore: 0\n'), 'masks-missing | layer-vitals.yml:5:3: '],
    ['masks to validate on alone', SMALL.replace('images\n', 'images\n  validation: { path: a, masks: b }\n'), 'masks-missing | layer-vitals.yml:5:26: `data.validation.masks` is for masks'],
    ['Dice without masks', `${SMALL}training: { loss: dice }\n`, 'masks-missing | layer-vitals.yml:7:13: `training.loss` is for masks'],
    ['masks without classes', SMALL.replace('images\n', 'images\n  masks: m\n'), 'classes-missing | layer-vitals.yml:5:3: `data.masks` is given, but `data.classes` is missing. List the names'],
    ['masks, and images to validate on without', SMALL.replace('images\n', 'images\n  masks: m\n  classes: [a, b]\n  validation: v\n'), 'masks-missing | layer-vitals.yml:7:15: `data.validation` names a folder of images, but not where their masks are.'],
    ['two classes of one value', SMALL.replace('images\n', 'images\n  masks: m\n  classes: { a: 1, b: 1 }\n'), "class-values | layer-vitals.yml:6:12: Class 'b' has the name or the value of another."],
    ['two classes of one name', SMALL.replace('images\n', 'images\n  masks: m\n  classes: [a, b, a]\n'), "class-values | layer-vitals.yml:6:12: Class 'a' has the name or the value of another."],
    ['one class', SMALL.replace('images\n', 'images\n  masks: m\n  classes: { a: 1 }\n'), 'class-values | layer-vitals.yml:6:12: `data.classes` has 1 class. Give 2 to 255 of them.'],
    ['a class that is ignored', SMALL.replace('images\n', 'images\n  masks: m\n  classes: [a, b]\n  ignore: 1\n'), "class-values | layer-vitals.yml:6:12: The value of class 'b' is in `data.ignore`, too."],
    ['limits in the wrong order', `${SMALL}thresholds:\n  std-shrinkage: { warn: 0.01, fail: 0.03 }\n`, 'threshold-order | layer-vitals.yml:8:26: '],
    ['a limit behind a default', `${SMALL}thresholds:\n  not-learning: { warn: 0.9 }\n`, 'threshold-order | layer-vitals.yml:8:25: '],
    ['harm without a symptom', `${SMALL}thresholds:\n  std-shrinkage: { warn: off }\n`, 'threshold-order | layer-vitals.yml:8:26: '],
  ])('%s', (_, yaml, expected) => {
    expect(errorIn(yaml).slice(0, expected.length)).toBe(expected);
  });
});
