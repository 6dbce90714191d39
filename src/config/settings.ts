import * as z from 'zod';
import { DERIVED_NAMES, PRESET_NAMES } from './presets.ts';

/**
 * What a config file may say: the single truth of keys, types, defaults and their one-line documentation.
 * The `error` of a value says what is allowed, so that a message can end "It must be ...".
 */

function text(allowed: string) {
  return z.string({ error: allowed }).min(1, allowed);
}

function whole(min: number, max: number, allowed = `a whole number from ${min} to ${max}`) {
  return z.int({ error: allowed }).min(min, allowed).max(max, allowed);
}

function positive(allowed: string) {
  return z.number({ error: allowed }).positive(allowed);
}

function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: `keys and values (${Object.keys(shape).join(', ')})` });
}

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

export const trainingSettings = section({
  epochs: whole(1, 10_000).default(20).describe('Passes through the training images.'),
  'batch-size': whole(1, 65_536).default(16).describe('Images per update.'),
  optimizer: choice(OPTIMIZERS).default('adam').describe('Rule of the updates.'),
  'learning-rate': positive('a positive number').default(0.001).describe('Step size of the optimizer.'),
  loss: choice(['cross-entropy', 'dice', 'cross-entropy-and-dice']).default('cross-entropy').describe('What is minimized. The ones with Dice are for masks.'),
  'clip-norm': positive('a positive number').optional().describe('Largest norm of the gradients over all weights; larger ones are scaled down. Default: none.'),
});

const marginAllowed = 'auto, or points of the metric above 0 and up to 100';

const moreSeedsAllowed = 'a list of whole numbers up to 1000, such as [12, 24]';

export const experimentSettings = section({
  seeds: whole(2, 1000).default(6).describe('Paired runs per arm.'),
  'more-seeds': z
    .array(whole(3, 1000, moreSeedsAllowed), { error: moreSeedsAllowed })
    .default([])
    .describe('Numbers of paired runs to go on to, one after the other, while a comparison stays open.'),
  margin: z
    .union([z.literal('auto'), positive(marginAllowed).max(100, marginAllowed)], { error: marginAllowed })
    .default('auto')
    .describe('Difference, in points of the metric, that matters to you. auto: 2 points, or what the plan can show where that is more.'),
});

/** A number or one of a few words. */
function limit<const Words extends readonly [string, ...string[]]>(words: Words, max: number, unit: string) {
  const allowed = [`${unit} above 0 and up to ${max}`, ...words].join(', ').replace(/, ([^,]*)$/, ' or $1');
  return z.union([positive(allowed).max(max, allowed), z.enum(words)], { error: allowed });
}

function limits<Warn extends z.ZodType, Fail extends z.ZodType>(warn: Warn, fail: Fail) {
  const pair = section({ warn: warn.optional().describe('Limit of a warning.'), fail: fail.optional().describe('Limit of an error.') });
  return z.union([z.literal('off'), pair], { error: 'off or { warn, fail }' });
}

/** Limits of a rule that can be held against the code before the change, too. */
function limitsOfChange<Warn extends z.ZodType, Fail extends z.ZodType>(warn: Warn, fail: Fail, max: number, unit: string) {
  const allowed = `${unit} above 0 and up to ${max}`;
  const all = section({
    warn: warn.optional().describe('Limit of a warning.'),
    fail: fail.optional().describe('Limit of an error.'),
    'worsened-by': positive(allowed).max(max, allowed).optional().describe('By how much it may get worse against the code without the change.'),
  });
  return z.union([z.literal('off'), all], { error: 'off or { warn, fail, worsened-by }' });
}

/** Limits of a rule that fires below or above a share; `max` of more than 1 makes it a factor. */
function onHarm(warn: number, max = 1) {
  const unit = max === 1 ? 'a share' : 'a number';
  return limits(limit(['off'], max, unit), limit(['on-harm', 'off'], max, unit)).default({ warn, fail: 'on-harm' });
}

const ANY_FACTOR = 1e9;

export const thresholdSettings = section({
  'input-scale': onHarm(30, ANY_FACTOR).describe('How many times too large or too small the input is: fires at or above.'),
  'output-loss': onHarm(1, ANY_FACTOR).describe('Layers between the logits and the loss that bend them: fires at or above.'),
  'frozen-mismatch': onHarm(1, ANY_FACTOR).describe('New layers that do not train: fires at or above.'),
  'std-shrinkage': limitsOfChange(limit(['off'], 1, 'a share'), limit(['on-harm', 'off'], 1, 'a share'), 1, 'a share')
    .default({ warn: 0.03, fail: 'on-harm' })
    .describe('Share of the signal that reaches a new layer, relative to the last pretrained layer: fires below.'),
  'std-explosion': onHarm(30, ANY_FACTOR).describe('How many times as large as it should be the signal gets in a new layer: fires at or above.'),
  'poor-initialization': onHarm(10, ANY_FACTOR).describe('By what factor initial weights or biases are off: fires at or above.'),
  'dead-units': onHarm(0.7).describe('Share of the units of a rectified layer that are zero for every probe image: fires at or above.'),
  saturation: onHarm(0.5).describe('Share of the outputs that lie at the limits of their activation: fires at or above.'),
  'lost-signal': onHarm(0.01).describe('Share of the std behind a new layer that differs from image to image: fires below.'),
  'vanishing-gradient': onHarm(0.001).describe('Share of the gradient of the last layer that reaches a new one: fires below.'),
  'exploding-gradient': onHarm(100, ANY_FACTOR).describe('How many times the gradient of the last layer a new one gets: fires at or above.'),
  'learning-rate': limits(limit(['off'], 100, 'points of the metric'), limit(['on-harm', 'off'], 100, 'points of the metric'))
    .default({ warn: 5, fail: 'on-harm' })
    .describe('Points of the metric that another learning rate gains, where there is a reason to try one: fires at or above.'),
  'update-ratio': onHarm(0.5, ANY_FACTOR).describe('Share of its size by which an update changes the weights of a layer: fires at or above.'),
  'unchanged-weights': onHarm(1e-7).describe('Share of its size by which the largest update changes the weights of a layer: fires below.'),
  'accuracy-delta': limitsOfChange(limit(['margin'], 100, 'points of the metric'), limit(['on-harm', 'off'], 100, 'points of the metric'), 100, 'points of the metric')
    .default({ warn: 'margin', fail: 'on-harm' })
    .describe('Points of the metric by which `normalized` is worse than another arm, beyond what chance explains: fires at or above.'),
  'normalization-mismatch': limits(limit(['off'], ANY_FACTOR, 'a share'), limit(['off'], ANY_FACTOR, 'a share'))
    .default({ warn: 0.1 })
    .describe('Difference between what the model is fed and what it remembers of its training, as a share of the range: fires at or above.'),
  labels: onHarm(0.05).describe('Share of what there is to learn of the training images that is learned, while held-out images are guessed: fires at or above.'),
  'not-learning': limitsOfChange(limit(['off'], 1, 'a share of the runs'), limit(['off'], 1, 'a share of the runs'), 1, 'a share of the runs')
    .default({ warn: 0.5, fail: 0.5 })
    .describe('Share of the runs that learn nothing: fires at or above.'),
  'loss-trend': onHarm(0.3).describe('Share of the epochs after which the training loss rises: fires at or above.'),
  overfitting: onHarm(2, ANY_FACTOR).describe('How many times its best the loss on held-out images grows: fires at or above.'),
  underfitting: onHarm(0.5).describe('Loss on training images at the end, as a share of that of guessing: fires at or above.'),
  'metric-floor': limits(limit(['off'], 1, 'a share'), limit(['off'], 1, 'a share'))
    .default('off')
    .describe('What `normalized` has to reach on held-out images, as a share of the metric: fires below.'),
});

const editorSchema = text('the address of a JSON Schema').optional().describe('Where an editor finds the JSON Schema. Not read.');

/** `auto` takes the faster one of `wasm` and `native`. */
const BACKENDS = ['wasm', 'native', 'auto', 'cpu'] as const;

const baselineAllowed = 'auto, off, or the name of a branch, a tag or a commit';
/** Nothing that git could take for an option, a range or an address. */
const BASELINE = /^(?!.*\.\.)(?!.*@\{)[A-Za-z0-9][A-Za-z0-9._/~^+@-]{0,199}$/;

const durationAllowed = 'a number with a unit: 90s, 10m or 2h';

export const settings = section({
  $schema: editorSchema,
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
    .describe('What computes: bundled WebAssembly, an installed tfjs-node, the faster of both, or plain JavaScript.'),
  'fail-on': choice(['error', 'warning', 'never']).default('error').describe('The mildest finding that fails the check.'),
  baseline: z
    .string({ error: baselineAllowed })
    .regex(BASELINE, baselineAllowed)
    .default('auto')
    .describe('What this change is compared with: auto, off, or a branch or commit. auto: on a pull request, the code without it.'),
  judge: choice(['all', 'introduced']).default('all').describe('Which problems can fail the check: all, or those that the baseline does not have.'),
  'time-limit': z
    .string({ error: durationAllowed })
    .regex(/^(?=.*[1-9])\d+(\.\d+)?[smh]$/, durationAllowed)
    .default('10m')
    .describe('The check ends as could-not-run after this time.'),
  kernels: choice(['exact', 'relaxed']).default('exact').describe('How the engine computes: exact, with the same bits on every machine, or relaxed, with those of the processor, which is faster.'),
});

/** A config that says nothing but where the config is. */
export const pointer = section({
  $schema: editorSchema,
  config: text('the path of another config').describe('Path of the config to use, relative to this file; nothing else may stand beside it.'),
});

export type Settings = z.output<typeof settings>;
export type LayerSpec = Readonly<z.output<typeof layerSpec>>;
