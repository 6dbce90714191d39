import * as z from 'zod';
import { positive, section } from './schema-parts.ts';

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
