import * as z from 'zod';
import { EVIDENCE_VERSION, type Evidence } from './types.ts';

/** A number, or the word for one that JSON has no sign for. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const count = z.int().min(0);
const text = z.string();

const validation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folds'), folds: count, trainImages: count, validationImages: count }),
  z.strictObject({ kind: z.literal('fixed'), path: text, trainImages: count, validationImages: count }),
]);

const data = z.strictObject({
  path: text,
  images: count,
  classes: z.array(text),
  counts: z.array(count),
  size: z.tuple([count, count]),
  validation,
  answers: text.optional(),
  channels: z.array(z.strictObject({ mean: number, std: number, min: number, max: number, signal: number })).optional(),
});

const trivial = z.strictObject({ metric: number, std: number, loss: number });

const task = z.strictObject({
  kind: z.enum(['classification', 'segmentation', 'regression']),
  metric: z.enum(['accuracy', 'mIoU', 'R²']),
  loss: z.enum(['cross-entropy', 'dice', 'cross-entropy-and-dice', 'mean-squared-error']),
  trivial,
  heldOutTrivial: trivial.optional(),
});

const model = z.strictObject({
  name: text,
  path: text.nullable(),
  boundary: text.nullable(),
  newLayers: count,
  parameters: count,
  trainableParameters: count,
  train: text,
  remembered: z
    .strictObject({ told: z.boolean(), preset: text.nullable(), formula: text, probability: number, difference: number, arm: text.nullable(), memories: z.array(text) })
    .optional(),
});

const plan = z.strictObject({
  arms: z.array(
    z.strictObject({
      name: text,
      preset: text,
      formula: text,
      mean: z.array(number).optional(),
      std: z.array(number).optional(),
      order: z.enum(['rgb', 'bgr']).optional(),
      batchnorm: z.enum(['inference', 'training']).optional(),
      against: text.optional(),
    }),
  ),
  seeds: z.array(count),
  looks: z.array(count),
  epochs: count,
  batchSize: count,
  stepsPerEpoch: count,
  optimizer: text,
  learningRate: number,
  observedSteps: z.array(count),
  margin: z.strictObject({ points: number, planned: number, chosen: z.boolean(), equivalence: number.optional() }),
  smallestP: number,
  probeImages: count,
});

const site = z.strictObject({
  id: text,
  className: text,
  part: z.enum(['trunk', 'head', 'output']),
  boundary: z.boolean(),
  kind: z.enum(['weighted', 'normalization', 'merge', 'pass', 'unjudged']),
  inputs: z.array(text),
  shape: z.array(count),
  activation: text.nullable(),
  targetGain: number.nullable(),
  fanIn: count.nullable(),
  parameters: count,
  trainable: z.boolean(),
  dropRate: number.optional(),
});

const moments = z.strictObject({
  n: count,
  mean: number,
  std: number,
  rms: number,
  min: number,
  max: number,
  zeros: number,
  rails: z.tuple([number, number]),
  nonFinite: count,
  signal: number,
  histogram: z.array(z.tuple([z.int(), count])),
});

const observation = z.strictObject({
  site: text,
  step: count,
  mode: z.enum(['training', 'inference']),
  x: z.strictObject({ std: number, rms: number }),
  y: moments,
  gain: number.nullable(),
  gradient: moments.nullable(),
  kernelStd: number.nullable(),
  deadUnits: number.optional(),
});

const spread = z.strictObject({ std: number, rms: number });

const score = z.strictObject({ loss: number, metric: number });

const outcomes = z.strictObject({
  examples: z.array(count),
  scores: z.array(number),
  pixels: z.strictObject({ accuracy: number, iou: z.array(number.nullable()) }).optional(),
});

const run = z.strictObject({
  arm: text,
  seed: count,
  fold: count.nullable(),
  epochs: z.array(z.strictObject({ epoch: count, step: count, train: score, validation: score, certainty: number.optional(), penalty: number.optional() })),
  outcomes,
  observations: z.array(observation),
  initial: z.array(spread.extend({ site: text, difference: number.nullable(), bias: spread.nullable() })).optional(),
  updates: z.array(z.strictObject({ site: text, step: count, ratio: number, gradient: number })).optional(),
  nonFinite: z.strictObject({ step: count, where: text }).nullable(),
  weights: text,
});

const reference = z.strictObject({
  site: text,
  seed: count,
  gain: number,
  reference: number,
  kernelStd: number,
  referenceKernelStd: number,
});

const timing = z.strictObject({
  total: number,
  trunk: number,
  runs: z.array(z.strictObject({ arm: text, seed: count, seconds: number, steps: count })),
});

const environment = z.strictObject({
  version: text,
  tfjs: text,
  backend: text,
  kernels: z.enum(['exact', 'relaxed']),
  fusedMultiplyAdd: z.boolean(),
  native: z.strictObject({ tensorflow: text, threads: count, instructionSet: text.nullable(), gpu: z.boolean() }).optional(),
});

/** The shape of evidence in JSON; the types in `types.ts` say what each field means. */
export const evidenceSchema: z.ZodType<Evidence> = z.strictObject({
  version: z.literal(EVIDENCE_VERSION),
  check: z.strictObject({ id: text, config: text, profile: text.optional() }),
  environment,
  model,
  task,
  data,
  plan,
  sites: z.array(site),
  trunk: z.record(text, z.array(observation)),
  runs: z.array(run),
  references: z.array(reference),
  trials: z.array(z.strictObject({ rule: text, change: text, sites: z.array(text), runs: z.array(run) })),
  confirmation: z.array(run),
  notes: z.array(text),
  timing,
});
