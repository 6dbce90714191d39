import type { Metric } from '../../evidence/types.ts';
import type { BeforeAfter, ChangeEffect, LayerChange, Text } from '../../rules/types.ts';
import { count, factor, interval, percent, points, scientific, signalShare } from '../numbers.ts';
import type { Report } from '../types.ts';
import { declaredInput } from './verdict.ts';

/** Shares of the signal that differ by less are not worth a line. */
const CLEAR_FACTOR = 1.1;
const MOST_NAMED = 3;

/** One input or one layer before the change and with it; what did not change is empty. */
export type ChangeRow = readonly string[];

/** What this change did, in words. */
export interface ChangeWords {
  /** The answer in one line; always there. */
  readonly summary: Text;
  readonly inputs: readonly ChangeRow[];
  readonly layers: readonly ChangeRow[];
}

export const INPUT_HEADINGS = ['what changed', 'before', 'now', 'points'] as const;
export const LAYER_HEADINGS = ['layer', 'signal left', 'passes on', 'differs', 'gradient'] as const;

/** Null where nobody asked for a comparison. */
export function changeWords({ baseline, evidence, judgement: { change } }: Report): ChangeWords | null {
  if (!baseline) return null;
  const { metric } = evidence.task;
  if (baseline.kind === 'none') return oneLine(['Not compared with the code without this change: ', baseline.why, '.']);
  const commit = { name: baseline.commit.slice(0, 10) };
  if (baseline.kind === 'untouched') return oneLine(['This change does not touch what is checked: the same config, model and data as in commit ', commit, '.']);
  if (!change || change.identical) return oneLine([`This change has no effect: ${sharedSeeds(change, evidence)}every number is the same as in commit `, commit, ', to the last bit.']);
  return { summary: summary(change, commit, metric), inputs: inputRows(change, metric, declaredInput(evidence.plan)), layers: change.layers.flatMap(layerRows) };
}

/** Where one side has more seeds than the other, only those of both were compared. */
function sharedSeeds(change: ChangeEffect | null, { plan }: Report['evidence']): string {
  const shared = Math.max(0, ...(change?.arms ?? []).map(({ seeds }) => seeds));
  return shared > 0 && shared < plan.seeds.length ? `on the ${count(shared, 'seed')} that both have, ` : '';
}

function oneLine(summary: Text): ChangeWords {
  return { summary, inputs: [], layers: [] };
}

function summary(change: ChangeEffect, commit: { readonly name: string }, metric: Metric): Text {
  const effects = [...metricEffects(change, metric), ...signalEffects(change), ...listOf('new layers: ', change.newLayers), ...listOf('layers that are gone: ', change.goneLayers)];
  const said: readonly Text[] = effects.length > 0 ? effects : [[`no clear effect on ${change.otherMetric ? '' : `${metric} or `}signal`]];
  const images = change.sameImages ? [] : [' The data differ as well, which can be the cause.'];
  const scores = change.otherMetric ? [` Scores are not compared: they were ${change.otherMetric} and are ${metric} now.`] : [];
  const rounding = change.rounding ? [` The two sides were not computed alike (${change.rounding.why}): layers that differ by less than ${percent(change.rounding.tolerance, 2)} are the same up to rounding.`] : [];
  return ['This change, against commit ', commit, ': ', ...said.flatMap((effect, index) => (index === 0 ? effect : ['; ', ...effect])), '.', ...scores, ...images, ...rounding];
}

/** What seeds and images do not explain. */
function metricEffects({ arms }: ChangeEffect, metric: Metric): readonly Text[] {
  const clear = arms.filter(({ difference: { low, high } }) => low > 0 || high < 0);
  return clear.map(({ arm, difference: { estimate, low, high } }): Text => [`${metric} with `, { name: arm }, ` ${points(estimate)} points ${interval(low, high)}`]);
}

/** The layers whose share of the signal changed most. */
function signalEffects({ layers }: ChangeEffect): readonly Text[] {
  const changed = layers.filter(({ judged }) => judged).flatMap(({ site, shrinkage: { before, after } }) => {
    const ratio = before !== null && after !== null ? Math.abs(Math.log(after / before)) : 0;
    return ratio > Math.log(CLEAR_FACTOR) ? [{ site, ratio, text: `${signalShare(before!)} → ${signalShare(after!)}` }] : [];
  });
  const most = changed.toSorted((a, b) => b.ratio - a.ratio)[0];
  if (!most) return [];
  const others = changed.length > 1 ? `, and at ${changed.length - 1} more` : '';
  return [['signal at ', { name: most.site }, ` ${most.text}${others}`]];
}

function listOf(label: string, names: readonly string[]): readonly Text[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMED ? [` and ${names.length - MOST_NAMED} more`] : [];
  return [[label, ...names.slice(0, MOST_NAMED).flatMap((name, index): Text => [...(index === 0 ? [] : [', ']), { name }]), ...more]];
}

function inputRows({ arms, benefits }: ChangeEffect, metric: Metric, declared: string): readonly ChangeRow[] {
  return [
    ...arms.map(({ arm, before, after, difference: { estimate, low, high } }) => [`${metric}, ${arm}`, percent(before), percent(after), `${points(estimate)} ${interval(low, high)}`]),
    ...benefits.map(({ arm, before, after, moved: { estimate, low, high } }) => [`${declared}, against ${arm}`, points(before), points(after), `${points(estimate)} ${interval(low, high)}`]),
  ];
}

/** None for a layer of which everything that is shown stayed as it was. */
function layerRows({ site, was, shrinkage, relativeGain, signal, gradient }: LayerChange): readonly ChangeRow[] {
  const cells = [moved(shrinkage, signalShare), moved(relativeGain, factor), moved(signal, (share) => percent(share, 0)), moved(gradient, scientific)];
  const name = was === site ? site : `${site} (was ${was})`;
  return cells.some((cell) => cell !== '') || was !== site ? [[name, ...cells]] : [];
}

function moved({ before, after }: BeforeAfter, shown: (value: number) => string): string {
  const [then, now] = [before, after].map((value) => (value === null ? 'none' : shown(value)));
  return then === now ? '' : `${then!} → ${now!}`;
}
