import { appendFile, copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigData } from './tiny-transfer.ts';

/** One thing that is wrong with a tiny transfer that would pass. */
export interface BadInput {
  readonly name: string;
  /** Changes the config. */
  readonly config?: (config: ConfigData) => unknown;
  /** Changes the files of the folder in which the command runs. */
  readonly files?: (folder: string) => unknown;
  /** What follows `check`. */
  readonly args?: readonly string[];
  /** What the one line says: what, where, how to mend. */
  readonly says: readonly string[];
}

const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
const FIRST_CLASS = 'images/animals-and-nature';
export const FIRST_IMAGE = `${FIRST_CLASS}/1f402.png`;
const SECOND_CLASS = 'images/food-and-drink';
const DENSE = { layer: 'dense', units: 2 };
const POOL = { layer: 'global-average-pooling-2d' };

const settings: readonly BadInput[] = [
  {
    name: 'no config',
    files: (folder) => rm(path.join(folder, 'layer-vitals.yml')),
    says: ['layer-vitals.yml', 'working directory', 'Add layer-vitals.yml'],
  },
  {
    name: 'a config that is not there',
    args: ['--config', 'ci/check.yml'],
    says: ['There is no config ci/check.yml', 'Correct the path'],
  },
  {
    name: 'config given twice',
    args: ['layer-vitals.yml', '--config', 'layer-vitals.yml'],
    says: ['config is given twice', 'Leave one'],
  },
  {
    name: 'several configs',
    files: (folder) => writeFile(path.join(folder, 'layer-vitals.json'), '{}'),
    says: ['layer-vitals.yml and layer-vitals.json', 'Keep one'],
  },
  {
    name: 'unknown key',
    config: (config) => Object.assign(config, { tresholds: {} }),
    says: ['layer-vitals.yml:', 'Unknown key `tresholds`', 'Did you mean `thresholds`?'],
  },
  {
    name: 'unknown arm',
    config: (config) => (config.input.arms = ['normalized', 'imagenet2']),
    says: ['layer-vitals.yml:', 'input.arms[1]', '"imagenet2"', 'Did you mean `imagenet`?'],
  },
  {
    name: 'a model that remembers nothing, and is asked',
    config: (config) => (config.input.normalization = 'auto'),
    says: ['model/model.json: what this model was trained with cannot be told.', 'no BatchNormalization', 'Find out how it was trained and declare that'],
  },
  {
    name: 'unknown preset',
    config: (config) => (config.input.normalization = 'efficientnet'),
    says: ['layer-vitals.yml:', 'input.normalization', 'Did you mean `efficientnet-lite`?'],
  },
  {
    name: 'override that cannot be',
    args: ['--seeds', 'many'],
    says: ['`seeds`', '"many"', 'a whole number from 2 to 1000'],
  },
];

const network: readonly BadInput[] = [
  {
    name: 'model file missing',
    files: (folder) => rm(path.join(folder, 'model/model.json')),
    says: ['model/model.json', '`model.path`'],
  },
  {
    name: 'model file cut short',
    files: (folder) => truncate(path.join(folder, 'model/model.json'), 300),
    says: ['model/model.json', 'not valid JSON', 'cut short'],
  },
  {
    name: 'model file of another kind',
    files: (folder) => writeFile(path.join(folder, 'model/model.json'), '{"format":"graph-model"}'),
    says: ['model/model.json', 'LayersModel', 'Export the model'],
  },
  {
    name: 'weights missing',
    files: (folder) => rm(path.join(folder, 'model/weights.bin')),
    says: ['model/weights.bin', 'Commit it'],
  },
  {
    name: 'weights cut short',
    files: (folder) => truncate(path.join(folder, 'model/weights.bin'), 1000),
    says: ['model/weights.bin', '1000 bytes', '1632', 'export both again'],
  },
  {
    name: 'weights that go on',
    files: (folder) => appendFile(path.join(folder, 'model/weights.bin'), Buffer.alloc(4)),
    says: ['model/weights.bin', '1636 bytes', '1632', 'export both again'],
  },
  {
    name: 'weights of another shape',
    files: (folder) => editModel(folder, (text) => text.replace('[3,3,3,4]', '[3,3,4,3]')),
    says: ['model/model.json', 'trunk_1/kernel', '3,3,4,3', 'Export'],
  },
  {
    name: 'weights that the layers do not have',
    files: (folder) => editModel(folder, (text) => text.replace('trunk_2/bias', 'trunk_2/scale')),
    says: ['model/model.json', 'trunk_2/scale', 'Export'],
  },
  {
    name: 'layer that TensorFlow.js does not have',
    files: (folder) => editModel(folder, (text) => text.replace('"class_name":"Conv2D"', '"class_name":"Conv2E"')),
    says: ['model/model.json', 'Conv2E'],
  },
  {
    name: 'unknown boundary',
    config: (config) => (config.model.boundary = 'trunk_3'),
    says: ["'trunk_3'", 'model.boundary', "Did you mean 'trunk_"],
  },
  {
    name: 'unknown layer to train from',
    config: (config) => (config.model.train = 'from:trunc_1'),
    says: ["'trunc_1'", 'model.train', "Did you mean 'trunk_1'?"],
  },
  {
    name: 'unknown kind of layer',
    config: (config) => (config.model.head = [POOL, { layer: 'denze', units: 2 }]),
    says: ['model.head[1]', "'denze'", "Did you mean 'dense'?"],
  },
  {
    name: 'unknown option of a layer',
    config: (config) => (config.model.head = [POOL, { ...DENSE, 'kernel-initialiser': 'he-normal' }]),
    says: ['model.head[1]', "'kernel-initialiser'", "Did you mean 'kernel-initializer'?"],
  },
  {
    name: 'option of a layer that cannot be',
    config: (config) => (config.model.head = [POOL, { ...DENSE, activation: 'rellu' }]),
    says: ['model.head[1]', 'rellu'],
  },
  {
    name: 'layers that do not fit',
    config: (config) => (config.model.head = [POOL, POOL, DENSE]),
    says: ['model.head[1]', 'global-average-pooling-2d', '[8]'],
  },
  {
    name: 'two layers of one name',
    config: (config) => (config.model.head = [POOL, { ...DENSE, name: 'same' }, { ...DENSE, name: 'same' }]),
    says: ["'same'", 'name'],
  },
  {
    name: 'name that no layer may have',
    config: (config) => (config.model.head = [POOL, { ...DENSE, name: '\u001b[31mlogits\n' }]),
    says: ['layer-vitals.yml:', 'model.head[1].name', 'letters, digits'],
  },
  {
    name: 'head with the wrong number of classes',
    config: (config) => (config.model.head = [POOL, { layer: 'dense', units: 3 }]),
    says: ['[3]', '2 classes', 'dense layer of 2 units'],
  },
  {
    name: 'head that ends in a map',
    config: (config) => (config.model.head = [{ layer: 'conv-2d', filters: 2, 'kernel-size': 1 }]),
    says: ['[4, 4, 2]', '2 classes', 'dense layer of 2 units'],
  },
  {
    name: 'zero trainable parameters',
    config: (config) => (config.model.head = [POOL, { ...DENSE, trainable: false }]),
    says: ['no trainable parameters', 'model.head'],
  },
];

const data: readonly BadInput[] = [
  {
    name: 'no data folder',
    config: (config) => (config.data.path = 'imagse'),
    says: ['imagse', 'no such data folder', 'Correct the path'],
  },
  {
    name: 'one class',
    files: (folder) => rm(path.join(folder, SECOND_CLASS), { recursive: true }),
    says: ['images', '1 class folder', 'folder of their own'],
  },
  {
    name: 'class without images',
    files: (folder) => mkdir(path.join(folder, 'images/none')),
    says: ['images/none', 'no PNG or JPEG', 'Add images'],
  },
  {
    name: 'class with too few images',
    files: async (folder) => {
      const images = await readdir(path.join(folder, FIRST_CLASS));
      for (const image of images.slice(1)) await rm(path.join(folder, FIRST_CLASS, image));
    },
    says: ['animals-and-nature', '1 image', '2 folds', 'Add images'],
  },
  {
    name: 'validation set of other classes',
    config: (config) => (config.data.validation = 'held'),
    files: async (folder) => {
      await mkdir(path.join(folder, 'held/plants'), { recursive: true });
      await copyFile(path.join(folder, FIRST_IMAGE), path.join(folder, 'held/plants/1.png'));
    },
    says: ['animals-and-nature', 'held', 'the same class folders'],
  },
  {
    name: 'zero-byte image',
    files: (folder) => truncate(path.join(folder, FIRST_IMAGE), 0),
    says: [FIRST_IMAGE, 'empty', 'Replace or remove it'],
  },
  {
    name: 'image cut short',
    files: (folder) => truncate(path.join(folder, FIRST_IMAGE), 500),
    says: [FIRST_IMAGE, 'cannot be decoded', 'Replace or remove it'],
  },
  {
    name: 'image that is none',
    files: (folder) => writeFile(path.join(folder, FIRST_IMAGE), 'RIFF....WEBP'),
    says: [FIRST_IMAGE, 'neither PNG nor JPEG', 'Convert it'],
  },
];

const pointers: readonly BadInput[] = ['model/model.json', 'model/weights.bin', FIRST_IMAGE].map((file) => ({
  name: `Git LFS pointer for ${file}`,
  files: (folder) => writeFile(path.join(folder, file), LFS_POINTER),
  says: [file, 'Git LFS pointer', 'lfs: true'],
}));

const resources: readonly BadInput[] = [
  {
    name: 'more memory for the images than there may be',
    config: (config) => (config.data.size = 4096),
    says: ['12 images of 4096 x 4096', 'GiB', 'data.size'],
  },
  {
    name: 'more memory for a batch than WebAssembly addresses',
    config: (config) => {
      config.data.size = 64;
      config.model.head = [{ layer: 'up-sampling-2d', size: [24, 24] }, { layer: 'conv-2d', filters: 256, 'kernel-size': 3, padding: 'same' }, POOL, DENSE];
    },
    says: ['To train and observe 8 images at once', 'GB', 'data.size'],
  },
  {
    name: 'more time than there is',
    config: (config) => Object.assign(config, { training: { epochs: 10_000 }, experiment: { seeds: 1000 }, 'time-limit': '1s' }),
    says: ['would take about', '`time-limit` is 1 s', 'Raise `time-limit`'],
  },
];

const reports: readonly BadInput[] = [
  {
    name: 'report into a folder that is not there',
    args: ['--markdown', path.join('reports', 'report.md')],
    says: [path.join('reports', 'report.md'), 'no folder', 'Make the folder'],
  },
  {
    name: 'report onto a folder',
    args: ['--json', 'images'],
    says: ['images', 'is a folder', 'Name a file'],
  },
  {
    name: 'two reports into one file',
    args: ['--json', 'report', '--markdown', './report'],
    says: ['report', 'two reports'],
  },
  {
    name: 'unknown option',
    args: ['--jsno', 'x.json'],
    says: ["unknown option '--jsno'", '--json'],
  },
  {
    name: 'option without its value',
    args: ['--json'],
    says: ["'--json <file>'", 'missing'],
  },
];

/** Everything that a user can get wrong, one at a time. */
export const BAD_INPUTS: readonly BadInput[] = [...settings, ...network, ...data, ...pointers, ...resources, ...reports];

async function editModel(folder: string, edit: (text: string) => string): Promise<void> {
  const file = path.join(folder, 'model/model.json');
  await writeFile(file, edit(await readFile(file, 'utf8')));
}
