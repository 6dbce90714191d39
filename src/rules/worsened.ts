import type { BenefitChange, ChangeEffect, Finding, LayerChange, Rule, Subject, Text } from './types.ts';
import { bound, limitPercent, name, percent, plain, points, text } from './words.ts';

/** This change made something worse by more than a limit that the user set. docs/rules.md#worsened */
export const worsened: Rule = {
  name: 'worsened',
  judge({ change, thresholds, layers }) {
    if (!change || change.identical) return [];
    const { stdShrinkage, accuracyDelta, notLearning } = thresholds;
    return [
      ...(stdShrinkage?.worsenedBy === undefined ? [] : weakened(change, layers, stdShrinkage.worsenedBy)),
      ...(accuracyDelta?.worsenedBy === undefined ? [] : lessBenefit(change, accuracyDelta.worsenedBy)),
      ...(notLearning?.worsenedBy === undefined ? [] : moreStuck(change, notLearning.worsenedBy)),
    ];
  },
};

interface Loss {
  readonly site: string;
  readonly before: number;
  readonly after: number;
}

/** The layer that lost most of what arrived there before. */
function weakened(change: ChangeEffect, layers: Subject['layers'], limit: number): Finding[] {
  const worst = lossesOf(change, layers).toSorted((a, b) => a.after / a.before - b.after / b.before)[0];
  if (!worst || worst.after >= (1 - limit) * worst.before) return [];
  const lost = 1 - worst.after / worst.before;
  return [
    finding({
      sites: [worst.site],
      what: text`Before this change ${percent(worst.before)} of the signal arrived at ${name(worst.site)}, now ${percent(worst.after)} does: ${percent(lost)} less (limit ${limitPercent(limit)}).`,
      why: text`The change did it: same seeds, same check, without it.`,
      numbers: { before: worst.before, after: worst.after, limit },
    }),
  ];
}

/** Of each judged layer; a new one is held against the layer at which least arrived before. */
function lossesOf({ layers: changes, newLayers }: ChangeEffect, layers: Subject['layers']): Loss[] {
  const known = changes.filter((layer) => layer.judged).flatMap(({ site, shrinkage: { before, after } }) => sound({ site, before, after }));
  const least = Math.min(1, ...known.map(({ before }) => before));
  const added = layers.filter(({ site, judged }) => judged && newLayers.includes(site)).flatMap(({ site, shrinkage }) => sound({ site, before: least, after: shrinkage }));
  return [...known, ...added];
}

function sound({ site, before, after }: { site: string; before: LayerChange['shrinkage']['before']; after: LayerChange['shrinkage']['after'] }): Loss[] {
  return before !== null && after !== null && Number.isFinite(before) && Number.isFinite(after) && before > 0 ? [{ site, before, after }] : [];
}

/** Normalization is worth less than before, beyond what seeds explain, and again on fresh ones. */
function lessBenefit({ benefits, confirmed }: ChangeEffect, limit: number): Finding[] {
  return benefits.filter((benefit) => hasFallen(benefit, limit)).map((benefit) => {
    const again = confirmed.find(({ arm }) => arm === benefit.arm);
    const isRefuted = again !== undefined && again.moved.high >= 0;
    const { low, high } = benefit.moved;
    return {
      ...finding({
        sites: [],
        what: text`Against ${name(benefit.arm)}, normalization brought ${signed(benefit.before)} points before this change and brings ${signed(benefit.after)} now: ${points(benefit.moved.estimate)} less (limit ${plain(limit)}).`,
        why: text`The 95 % interval over ${benefit.seeds} seeds goes from ${bound(-high)} to ${points(low)} less${confirmation(again, isRefuted)}.`,
        numbers: { before: benefit.before, after: benefit.after, moved: benefit.moved.estimate, limit },
      }),
      severity: isRefuted ? ('note' as const) : ('error' as const),
      arm: benefit.arm,
    };
  });
}

function hasFallen({ moved }: BenefitChange, limit: number): boolean {
  return moved.high < 0 && -moved.estimate >= limit;
}

function confirmation(again: BenefitChange | undefined, isRefuted: boolean): string {
  if (!again) return '';
  return isRefuted ? `, but ${again.seeds} fresh seeds do not confirm it: it may be chance` : `, and on ${again.seeds} fresh seeds it falls again`;
}

function moreStuck({ stuck: { before, after } }: ChangeEffect, limit: number): Finding[] {
  if (!(after - before >= limit)) return [];
  return [
    finding({
      sites: [],
      what: text`Before this change ${percent(before)} of the runs learned nothing, now ${percent(after)} do (limit: ${limitPercent(limit)} more).`,
      why: text`The change did it: same seeds, same check, without it.`,
      numbers: { before, after, limit },
    }),
  ];
}

function finding({ sites, what, why, numbers }: Pick<Finding, 'sites' | 'numbers'> & { readonly what: Text; readonly why: Text }): Finding {
  const fix = { text: text`Look at what the change does to the layers that it names, or raise ${name('worsened-by')} if it is meant to be so.`, remedy: null, tried: null };
  return { rule: 'worsened', severity: 'error', sites, cause: null, what, why, fix, numbers, explains: [] };
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
