import * as z from 'zod';
import { OVERRIDES } from './overrides.ts';
import { DERIVED_NAMES, PRESET_NAMES } from './presets.ts';
import { choice, positive, section, text, whole } from './schema-parts.ts';
import { thresholdSettings } from './threshold-settings.ts';

/** What a config file may say: the single truth of keys, types, defaults and their one-line documentation. */

const layerNameAllowed = 'a name of letters, digits, underscores, dashes, dots and slashes that begins with a letter or digit';

const layerInputsAllowed = 'a list of names of layers, such as [head_2, block3_add]';

const layerSpec = z
  .looseObject(
    {
      layer: z
        .string({ error: 'the name of a Keras layer in kebab-case, e.g. dense or global-average-pooling-2d' })
        .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'the name of a Keras layer in kebab-case, e.g. dense or global-average-pooling-2d')
        .describe('Keras class name in kebab-case: dense, conv-2d, global-average-pooling-2d.'),
      // What TensorFlow.js takes for the name of a tensor, and so of a layer.
      name: z
        .string({ error: layerNameAllowed })
        .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]*$/, layerNameAllowed)
        .optional()
        .describe('Name of the layer in reports.'),
      inputs: z
        .array(text(layerInputsAllowed), { error: layerInputsAllowed })
        .min(1, layerInputsAllowed)
        .optional()
        .describe('Names of the layers that it reads: earlier ones of `head`, or pretrained ones. Default: the layer before it.'),
    },
    { error: 'a layer such as { layer: dense, units: 64, activation: relu }' },
  )
  .describe('One layer: its class and its constructor options in kebab-case.');

const BATCH_NORM_MODES = ['inference', 'training'] as const;
const batchNormAllowed = 'inference, training, or a list of both';

const modelSettings = section({
  path: text('the path of a model.json')
    .optional()
    .describe('TensorFlow.js LayersModel (model.json), relative to this file. Without it the network is `head` alone and nothing is pretrained.'),
  boundary: text('the name of a layer').optional().describe("Name of the last pretrained layer. Default: the last layer of the model file."),
  head: z
    .union([z.literal('none'), z.array(layerSpec).min(1, 'a list of at least one layer, or none')], {
      error: 'a list of layers such as { layer: dense, units: 64, activation: relu }, or none',
    })
    .optional()
    .describe(
      'New layers put on the boundary, or `none` when the model file holds them (then `boundary` is needed). Default: global average pooling and a dense softmax layer with one unit per class; with `data.masks`, a convolution of one filter per class, scaled to the size of the image.',
    ),
  train: z
    .string({ error: 'head, all or from:<layer>' })
    .regex(/^(head|all|from:.+)$/, 'head, all or from:<layer>')
    .default('head')
    .describe('What learns: the new layers, everything, or everything from a named layer on.'),
  batchnorm: z
    .union([choice(BATCH_NORM_MODES), z.array(choice(BATCH_NORM_MODES)).length(2, batchNormAllowed)], { error: batchNormAllowed })
    .optional()
    .describe('By which statistics pretrained BatchNorm normalizes in training: `inference`, those that it remembers; `training`, those of the batch; both in a list cross them with the arms. Default: training where it trains, inference where it is frozen.'),
});

const sizeAllowed = 'a number of pixels from 1 to 4096, or [height, width]';
const side = whole(1, 4096, sizeAllowed);
const validationAllowed = 'a number of folds from 2 to 100, the path of a folder like `data.path`, or, with masks, { path, masks }';
const classesAllowed = 'a list of two or more names, or names with the values that stand for them, such as { land: 0, water: 255 }';
const ignoreAllowed = 'a value from 0 to 65535, or a list of such values';
const maskValue = (allowed: string) => whole(0, 65_535, allowed);

const dataSettings = section({
  path: text('the path of a folder that holds one folder per class').describe('Folder with one folder of PNG or JPEG images per class, or, with `masks`, of images; relative to this file.'),
  masks: text('the path of a folder of masks')
    .optional()
    .describe('Folder of masks, PNG files of class indices called like the images: the network then tells a class for each pixel.'),
  classes: z
    .union([z.array(text(classesAllowed)).min(2, classesAllowed).max(255, classesAllowed), z.record(z.string(), maskValue(classesAllowed))], { error: classesAllowed })
    .optional()
    .describe('Names of the classes in masks, in the order of their indices, or with the value of each.'),
  ignore: z
    .union([maskValue(ignoreAllowed), z.array(maskValue(ignoreAllowed))], { error: ignoreAllowed })
    .optional()
    .describe('Values in masks whose pixels are neither learned nor judged. Default: 255, where that is no class.'),
  size: z
    .union([side, z.tuple([side, side])], { error: sizeAllowed })
    .optional()
    .describe('Size to which images are scaled: pixels (square) or [height, width]. Default: the input size of the model file.'),
  validation: z
    .union([whole(2, 100, validationAllowed), text(validationAllowed), section({ path: text(validationAllowed).describe('Folder of images to validate on.'), masks: text(validationAllowed).describe('Folder of their masks.') })], { error: validationAllowed })
    .default(6)
    .describe('Number of stratified folds of which one is held out per seed, or a folder of class folders to validate on; with masks, { path, masks }.'),
});

const meanAllowed = 'a number, or a list of three';
const stdAllowed = 'a positive number, or a list of three';

function perChannel(value: z.ZodNumber, allowed: string) {
  return z.union([value, z.tuple([value, value, value])], { error: allowed });
}

const ownScaling = {
  mean: perChannel(z.number({ error: meanAllowed }), meanAllowed).describe('Subtracted from pixels in 0..255: one number, or one per channel.'),
  std: perChannel(positive(stdAllowed), stdAllowed).describe('What the difference is divided by: one number, or one per channel.'),
  order: choice(['rgb', 'bgr']).default('rgb').describe('Channel order that the model reads; mean and std are listed in it.'),
};

/** Normalizations that have a name. */
export const NORMALIZATIONS = [...PRESET_NAMES, 'dataset', 'per-image'] as const;

const armNameAllowed = 'a name of letters, digits, underscores and dashes';

const ownArm = section({
  name: z
    .string({ error: armNameAllowed })
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/, armNameAllowed)
    .describe('Name of an arm of your own in reports.'),
  ...ownScaling,
});

const ARM_NAMES = ['normalized', ...PRESET_NAMES, ...DERIVED_NAMES] as const;
const armsAllowed = `a list of normalized, presets, ${DERIVED_NAMES.join(', ')} and { name, mean, std }`;

const EXPECTATIONS = ['needed', 'not-needed'] as const;
const expectAllowed = 'needed, not-needed, or one of them for each arm, such as { raw: needed, unit: not-needed }';

const inputSettings = section({
  normalization: z
    .union([z.enum([...NORMALIZATIONS, 'auto']), section(ownScaling)], { error: `a preset (${PRESET_NAMES.join(', ')}), dataset, per-image, auto or { mean, std } in units of 0..255` })
    .optional()
    .describe('How the model expects its input: a preset, `dataset` (statistics of the images), `per-image`, `auto` (what the model remembers of its training), or { mean, std } in units of 0..255 pixels. Needed with a model file; default without one: minus-one-to-one.'),
  arms: z
    .array(z.union([z.enum(ARM_NAMES), ownArm], { error: `one of ${ARM_NAMES.join(', ')}, or { name, mean, std }` }), { error: armsAllowed })
    .default(['normalized', 'raw', 'unit'])
    .describe('Input treatments that are compared: `normalized` (always the first), presets, `dataset`, `per-image`, `shuffled` (the declared constants, on other channels) and { name, mean, std } of your own.'),
  expect: z
    .union([z.enum(EXPECTATIONS), z.record(z.string(), z.enum(EXPECTATIONS))], { error: expectAllowed })
    .optional()
    .describe('What you expect of normalization against `raw`, or against each named arm: `needed` or `not-needed`. A verdict that contradicts it fails the check.'),
});

const OPTIMIZERS = ['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad', 'adamax'] as const;

const trainingSettings = section({
  epochs: whole(1, 10_000).default(20).describe(OVERRIDES.epochs.description),
  'batch-size': whole(1, 65_536).default(16).describe('Images per update.'),
  optimizer: choice(OPTIMIZERS).default('adam').describe('Rule of the updates.'),
  'learning-rate': positive('a positive number').default(0.001).describe('Step size of the optimizer.'),
  loss: choice(['cross-entropy', 'dice', 'cross-entropy-and-dice']).default('cross-entropy').describe('What is minimized. The ones with Dice are for masks.'),
  'clip-norm': positive('a positive number').optional().describe('Largest norm of the gradients over all weights; larger ones are scaled down. Default: none.'),
});

const marginAllowed = 'auto, or points of the metric above 0 and up to 100';

export const MOST_SEEDS = 1000;

const moreSeedsAllowed = `a list of whole numbers up to ${MOST_SEEDS}, such as [12, 24]`;

const experimentSettings = section({
  seeds: whole(2, MOST_SEEDS).default(6).describe(OVERRIDES.seeds.description),
  'more-seeds': z
    .array(whole(3, MOST_SEEDS, moreSeedsAllowed), { error: moreSeedsAllowed })
    .default([])
    .describe('Numbers of paired runs to go on to, one after the other, while a comparison stays open.'),
  margin: z
    .union([z.literal('auto'), positive(marginAllowed).max(100, marginAllowed)], { error: marginAllowed })
    .default('auto')
    .describe('Difference, in points of the metric, that matters to you. auto: 2 points, or what the plan can show where that is more.'),
});

const editorSchema = text('the address of a JSON Schema').optional().describe('Where an editor finds the JSON Schema. Not read.');

/** `auto` takes the faster one of `wasm` and `native`. */
const BACKENDS = ['wasm', 'native', 'auto', 'cpu'] as const;

const baselineAllowed = 'auto, off, or the name of a branch, a tag or a commit';
/** Nothing that git could take for an option, a range or an address. */
const BASELINE = /^(?!.*\.\.)(?!.*@\{)[A-Za-z0-9][A-Za-z0-9._/~^+@-]{0,199}$/;

const durationAllowed = 'a number with a unit: 90s, 10m or 2h';

const checkSettings = {
  id: z
    .string({ error: 'a name of letters, digits, dots, dashes, underscores and slashes' })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/, 'a name of letters, digits, dots, dashes, underscores and slashes')
    .optional()
    .describe('Tells several checks of one repository apart. Default: the folder of this file.'),
  model: modelSettings.describe('The network.'),
  data: dataSettings.describe('The images.'),
  input: inputSettings.prefault({}).describe('The treatment of the images that is under test.'),
  training: trainingSettings.prefault({}).describe('How a run trains.'),
  experiment: experimentSettings.prefault({}).describe('How many runs are compared, and what difference matters.'),
  thresholds: thresholdSettings.prefault({}).describe('Limits of the rules: off, or { warn, fail }.'),
  backend: choice(BACKENDS)
    .default('wasm')
    .describe(OVERRIDES.backend.description),
  'fail-on': choice(['error', 'warning', 'never']).default('error').describe(OVERRIDES['fail-on'].description),
  baseline: z
    .string({ error: baselineAllowed })
    .regex(BASELINE, baselineAllowed)
    .default('auto')
    .describe(OVERRIDES.baseline.description),
  judge: choice(['all', 'introduced']).default('all').describe('Which problems can fail the check: all, or those that the baseline does not have.'),
  'time-limit': z
    .string({ error: durationAllowed })
    .regex(/^(?=.*[1-9])\d+(\.\d+)?[smh]$/, durationAllowed)
    .default('10m')
    .describe(OVERRIDES['time-limit'].description),
  kernels: choice(['exact', 'relaxed']).default('exact').describe('How the engine computes: exact, with the same bits on every machine, or relaxed, with those of the processor, which is faster.'),
};

/** What a profile may not be called: it stands for none. */
export const NO_PROFILE = 'none';

const profileNameAllowed = `a name of letters, digits, underscores and dashes, other than ${NO_PROFILE}`;
const PROFILE_NAME = new RegExp(`^(?!${NO_PROFILE}$)[A-Za-z0-9][A-Za-z0-9_-]{0,49}$`);

/** Any part of the config. What defaults there are is filled in once it is put over the file's. */
const profile = section({ ...checkSettings, model: modelSettings.optional(), data: dataSettings.partial().optional() });

export const settings = section({
  $schema: editorSchema,
  ...checkSettings,
  profiles: z
    .record(z.string().regex(PROFILE_NAME, profileNameAllowed), profile, { error: 'names with a part of the config each, such as { nightly: { experiment: { seeds: 24 } } }' })
    .optional()
    .describe('Parts of the config that take the place of what stands above where a run asks for them by name; `nightly` is what a schedule runs.'),
});

/** A config that says nothing but where the config is. */
export const pointer = section({
  $schema: editorSchema,
  config: text('the path of another config').describe('Path of the config to use, relative to this file; nothing else may stand beside it.'),
});

export type Settings = z.output<typeof settings>;
export type LayerSpec = Readonly<z.output<typeof layerSpec>>;
