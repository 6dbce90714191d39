import { type CamelKeys, camelKeys } from './camel-keys.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './settings.ts';
import { thresholdSettings } from './threshold-settings.ts';

/** Limits of one rule. A `fail` of `on-harm` fails where the warning fires and the run is harmed as well; null never does. */
export interface Threshold {
  readonly warn: number | null;
  readonly fail: number | 'on-harm' | null;
  /** By how much the figure may get worse against the baseline; absent where it may at will. */
  readonly worsenedBy?: number;
}

type RuleName = keyof Settings['thresholds'];

/** Limits of the rules; null switches a rule off. Of `accuracyDelta`, a `warn` of null stands for the plan's margin. */
export type Thresholds = Readonly<CamelKeys<Record<RuleName, Threshold | null>>> & { readonly expectation: Expectation | null };

/** What the user expects of normalization, by the arm that it is compared with. */
export type Expectation = Readonly<Record<string, 'needed' | 'not-needed'>>;

type Limits = Exclude<Settings['thresholds'][RuleName], 'off'>;

/** Whether a rule fires when its figure falls below a limit, or when it rises to it. */
const FIRES: Readonly<Record<RuleName, 'below' | 'above'>> = {
  'input-scale': 'above',
  'output-loss': 'above',
  'frozen-mismatch': 'above',
  'std-shrinkage': 'below',
  'std-explosion': 'above',
  'poor-initialization': 'above',
  'dead-units': 'above',
  saturation: 'above',
  'lost-signal': 'below',
  'vanishing-gradient': 'below',
  'exploding-gradient': 'above',
  'learning-rate': 'above',
  'update-ratio': 'above',
  'unchanged-weights': 'below',
  'accuracy-delta': 'above',
  'normalization-mismatch': 'above',
  labels: 'above',
  'not-learning': 'above',
  'loss-trend': 'above',
  overfitting: 'above',
  underfitting: 'above',
  'metric-floor': 'below',
};

const RULES = Object.keys(FIRES) as RuleName[];
const DEFAULTS = thresholdSettings.parse({});

/** Limits as written, completed: a lone numeric `fail` is the limit of the warning too, everything else has its default. */
export function thresholdsOf(written: Settings['thresholds'], expect?: Settings['input']['expect']): Thresholds {
  const limits = camelKeys(Object.fromEntries(RULES.map((rule) => [rule, completed(written[rule], DEFAULTS[rule])])) as Record<RuleName, Threshold | null>);
  return { ...limits, expectation: expect === undefined ? null : expectationOf(expect) };
}

/** A word alone is about the images as they are. */
export function expectationOf(expect: NonNullable<Settings['input']['expect']>): Expectation {
  return typeof expect === 'string' ? { raw: expect } : expect;
}

/** Limits that can never take effect. */
export function thresholdProblems(written: Settings['thresholds']): readonly Problem[] {
  return RULES.flatMap((rule) => {
    const limits = written[rule];
    const fix = contradiction(limits, completed(limits, DEFAULTS[rule]), FIRES[rule]);
    if (limits === 'off' || fix === undefined) return [];
    const path = ['thresholds', rule, limits.warn === undefined ? 'fail' : 'warn'];
    return [{ path, at: 'value', code: 'threshold-order', what: `The limits of \`thresholds.${rule}\` contradict each other.`, fix }];
  });
}

function contradiction(written: Limits | 'off', limits: Threshold | null, fires: 'below' | 'above'): string | undefined {
  if (written === 'off' || limits === null) return undefined;
  const { warn, fail } = limits;
  if (written.warn === 'off' && fail === 'on-harm') {
    return 'With `fail: on-harm` the check fails where the warning fires: give `warn` or `fail` a number.';
  }
  if (warn === null || typeof fail !== 'number') return undefined;
  if (fires === 'below' ? warn >= fail : warn <= fail) return undefined;
  return `The rule fires ${fires} its limits: \`warn\` (${warn}) must be at ${fires === 'below' ? 'least' : 'most'} \`fail\` (${fail}).`;
}

function completed(written: Limits | 'off', defaults: Limits | 'off'): Threshold | null {
  if (written === 'off') return null;
  const { fail: failDefault, warn: warnDefault }: { readonly [Limit in 'warn' | 'fail']?: Limits[Limit] } = defaults === 'off' ? {} : defaults;
  const fail = written.fail ?? failDefault;
  const warn = written.warn ?? (typeof written.fail === 'number' ? written.fail : warnDefault);
  return {
    warn: typeof warn === 'number' ? warn : null,
    fail: fail === undefined || fail === 'off' ? null : fail,
    ...('worsened-by' in written && written['worsened-by'] !== undefined && { worsenedBy: written['worsened-by'] }),
  };
}
