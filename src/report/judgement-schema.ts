import * as z from 'zod';
import type { Finding, Judgement } from '../rules/types.ts';

/** A number, or the word for one that JSON has no sign for. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const count = z.int().min(0);
const text = z.array(z.union([z.string(), z.strictObject({ name: z.string() })]));
const interval = z.object({ estimate: number, low: number, high: number });
const change = z.object({ before: number, after: number });

const rules = [
  'non-finite', 'input-scale', 'output-loss', 'frozen-mismatch', 'std-shrinkage', 'std-explosion', 'poor-initialization', 'dead-units',
  'saturation', 'lost-signal', 'vanishing-gradient', 'exploding-gradient', 'learning-rate', 'update-ratio', 'unchanged-weights',
  'normalization-mismatch', 'accuracy-delta', 'labels', 'not-learning', 'loss-trend', 'overfitting', 'underfitting', 'metric-floor', 'expectation', 'worsened',
] as const satisfies readonly Finding['rule'][];

const fix = z.object({
  text,
  // Carried out by the check alone; a report shows only what it did.
  remedy: z.unknown().transform(() => null),
  tried: z
    .object({ seeds: count, metric: change, loss: change.nullable(), shrinkage: change.nullable(), gradient: change.nullable(), gain: interval, atLeast: number })
    .nullable(),
});

const finding: z.ZodType<Finding> = z.lazy(() =>
  z.object({
    rule: z.enum(rules),
    severity: z.enum(['error', 'warning', 'note']),
    sites: z.array(z.string()),
    arm: z.exactOptional(z.string()),
    known: z.exactOptional(z.literal(true)),
    isDoubt: z.exactOptional(z.literal(true)),
    cause: z.enum(['initialization', 'data', 'rate', 'activation', 'wiring', 'regularization']).nullable(),
    what: text,
    why: text,
    fix: fix.nullable(),
    numbers: z.record(z.string(), number),
    explains: z.array(finding),
  }),
);

const comparison = z.object({
  arm: z.string(),
  against: z.string(),
  seeds: count,
  alpha: number,
  benefit: interval,
  equivalence: interval,
  p: number,
  margin: number,
  verdict: z.enum(['needed', 'harmful', 'not-needed', 'inconclusive']),
  because: z.enum(['nothing-learns', 'precision']).nullable(),
  method: z.enum(['repeated-folds', 'crossed-components']),
  effect: number.nullable(),
  superiority: number,
  area: interval,
  time: z
    .object({ ratio: interval, p: number, censored: z.object({ normalized: count, other: count }), verdict: z.enum(['faster', 'slower', 'inconclusive']) })
    .nullable(),
});

const layer = z.object({
  site: z.string(),
  part: z.enum(['trunk', 'head', 'output']),
  boundary: z.boolean(),
  judged: z.boolean(),
  std: number,
  relativeStd: number.nullable(),
  relativeGain: number.nullable(),
  shrinkage: number.nullable(),
  shrinkageAtEnd: number.nullable(),
  signal: number,
  gradient: number.nullable(),
  stdBySteps: z.array(number),
});

const beforeAfter = z.object({ before: number.nullable(), after: number.nullable() });
const names = z.array(z.string());
const benefits = z.array(z.object({ arm: z.string(), seeds: count, before: number, after: number, moved: interval }));

const changeEffect = z.object({
  identical: z.boolean(),
  rounding: z.object({ tolerance: number, why: z.string() }).nullable(),
  sameImages: z.boolean(),
  otherMetric: z.exactOptional(z.enum(['accuracy', 'mIoU', 'R²'])),
  arms: z.array(z.object({ arm: z.string(), seeds: count, before: number, after: number, difference: interval })),
  benefits,
  confirmed: benefits,
  stuck: change,
  newArms: names,
  goneArms: names,
  layers: z.array(
    z.object({ site: z.string(), was: z.string(), judged: z.boolean(), shrinkage: beforeAfter, relativeGain: beforeAfter, signal: beforeAfter, gradient: beforeAfter }),
  ),
  newLayers: names,
  goneLayers: names,
});

/** The shape of a judgement in JSON; the types of the rules say what each field means. What they do not know is dropped. */
export const judgementSchema: z.ZodType<Judgement> = z.object({
  verdict: z.enum(['pass', 'fail']),
  failOn: z.enum(['error', 'warning', 'never']),
  findings: z.array(finding),
  // As remedies: of the check alone.
  suspected: z.unknown().transform(() => []),
  arms: z.array(
    z.object({ arm: z.string(), metric: number, trainMetric: number, epochsToTarget: number.nullable(), secondsToTarget: number.nullable(), diverged: count }),
  ),
  comparisons: z.array(comparison),
  trivialMetric: number,
  targetMetric: number,
  layers: z.array(layer),
  worst: z.object({ site: z.string(), shrinkage: number }).nullable(),
  change: changeEffect.nullable(),
});
