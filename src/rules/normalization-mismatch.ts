import type { ArmFacts } from '../evidence/types.ts';
import { effectOfArm } from './accuracy-delta.ts';
import type { Comparison, Finding, Rule, Severity, Subject, Text } from './types.ts';
import { bound, limitPercent, level, name, names, points, text } from './words.ts';

/** The model remembers another input than it is fed. docs/rules.md#normalization-mismatch */
export const normalizationMismatch: Rule = {
  name: 'normalization-mismatch',
  judge(subject) {
    const { thresholds: { normalizationMismatch: threshold }, evidence: { model: { remembered } } } = subject;
    if (!threshold || !remembered?.told) return [];
    const { difference } = remembered;
    const isOver = (limit: number | null) => limit !== null && difference >= limit;
    if (typeof threshold.fail === 'number' && isOver(threshold.fail)) return [finding(subject, remembered, 'error')];
    return isOver(threshold.warn) ? [finding(subject, remembered, costsNothing(measuredCost(subject)) ? 'note' : 'warning')] : [];
  },
};

type Remembered = NonNullable<Subject['evidence']['model']['remembered']>;

/** `normalized` against the arm that feeds what is remembered, where there is one and something learns. */
function measuredCost({ evidence: { model }, comparisons }: Subject): Comparison | null {
  const found = comparisons.find(({ arm }) => arm === model.remembered?.arm) ?? null;
  return found?.because === 'nothing-learns' ? null : found;
}

/** Where that was not compared: `normalized` against the arm that is clearly better by most. */
function costBeside({ comparisons }: Subject): Comparison | null {
  const worse = comparisons.filter(({ benefit, because }) => because !== 'nothing-learns' && benefit.high < 0);
  return worse.toSorted((a, b) => a.benefit.estimate - b.benefit.estimate)[0] ?? null;
}

function costsNothing(measured: Comparison | null): boolean {
  return measured !== null && (measured.verdict === 'not-needed' || measured.benefit.estimate >= 0);
}

function finding(subject: Subject, remembered: Remembered, severity: Severity): Finding {
  const { plan: { arms } } = subject.evidence;
  const { formula, difference, probability, memories } = remembered;
  const measured = measuredCost(subject);
  const shown = measured ?? costBeside(subject);
  return {
    rule: 'normalization-mismatch',
    severity,
    sites: [],
    ...(shown && { arm: shown.arm }),
    cause: 'data',
    what: text`This model remembers inputs of ${name(formula)}; you feed ${name(arms[0]!.formula)}: ${costText(shown, measured === null)}.`,
    why: text`The data. Its first BatchNormalization (${names(memories, 2)}) kept mean and variance of what it was trained on; with a probability of ${(100 * probability).toFixed(1)} % that was ${name(formula)}. ${distanceText(remembered, arms[0]!)}`,
    fix: { text: fixText(remembered, measured), remedy: null, tried: measured && effectOfArm(subject.arms, measured) },
    numbers: { difference, probability, ...(shown && { cost: -shown.benefit.estimate, low: -shown.benefit.high, high: -shown.benefit.low }) },
    explains: [],
  };
}

function costText(measured: Comparison | null, isBeside: boolean): Text {
  if (!measured) return text`what that costs was not measured`;
  const { arm, benefit: { estimate, low, high }, alpha } = measured;
  const against = isBeside ? text` against ${name(arm)}` : [];
  const interval = text`[${bound(-high)}, ${bound(-low)}] (${level(alpha)} interval)`;
  return high < 0 ? text`measured cost${against} ${points(estimate)} ${interval}` : text`whether that costs anything${against} cannot be told: ${bound(-estimate)} points ${interval}`;
}

/** @param fed what `normalized` feeds */
function distanceText({ difference, formula }: Remembered, fed: ArmFacts): string {
  if (Number.isFinite(difference)) return `The two differ by up to ${limitPercent(Number(difference.toPrecision(2)))} of the range.`;
  const byImage = (one: string) => one.includes('of the image');
  if (byImage(formula) !== byImage(fed.formula)) return `The one standardizes each image by itself, the other treats all alike.`;
  return 'The two are in another order of channels (RGB, BGR).';
}

function fixText({ preset, formula }: Remembered, measured: Comparison | null): Text {
  const declare = preset === null ? text`Declare what ${name(formula)} says, as ${name('normalization: { mean, std }')} in units of 0..255` : text`Declare ${name(`normalization: ${preset}`)}`;
  const measure = preset === null ? [] : text`, or add ${name(preset)} to ${name('input.arms')} to see what it costs`;
  return text`${declare}${measured ? [] : measure}. If the pixels are scaled before they get here, undo that.`;
}
