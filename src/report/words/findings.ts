import type { Change, Finding, Fix, FixEffect, Text } from '../../rules/types.ts';
import { compact, count, interval, percent, points, signalShare } from '../numbers.ts';

const MOST_NAMED = 3;
const MOST_EXPLAINED = 6;

/** One labelled paragraph of a finding. */
export interface Part {
  readonly label: string;
  readonly text: Text;
}

/** Where, why, what to do and what it explains; what is wrong stands before them. */
export function findingParts(finding: Finding, metric: string): readonly Part[] {
  return [...where(finding.sites), { label: 'Why', text: finding.why }, ...(finding.fix ? fixed(finding.fix, metric) : []), ...explained(finding), ...known(finding)];
}

/** The first culprit and, of many, the last: the ones between lie on the way. A single one is in the first line already. */
function where(sites: readonly string[]): readonly Part[] {
  if (sites.length < 2) return [];
  if (sites.length <= MOST_NAMED) return [{ label: 'Where', text: sites.flatMap((name, index) => (index === 0 ? [{ name }] : [', ', { name }])) }];
  return [{ label: 'Where', text: [{ name: sites[0]! }, ` first, then ${sites.length - 1} more up to `, { name: sites.at(-1)! }] }];
}

function known({ known }: Finding): readonly Part[] {
  return known ? [{ label: 'Known', text: ['it was there before this change, so it does not fail the check'] }] : [];
}

function fixed({ text, tried }: Fix, metric: string): readonly Part[] {
  return tried ? [{ label: 'Fix', text }, { label: 'Tried', text: [effect(tried, metric)] }] : [{ label: 'Fix (not tried in this run)', text }];
}

function effect({ metric, loss, shrinkage, gradient, gain, seeds }: FixEffect, called: string): string {
  // What a fix leaves as it was says nothing of it.
  const changed = (label: string, change: Change | null, shown: (value: number) => string): string[] => {
    if (!change || shown(change.before) === shown(change.after)) return [];
    return [`${label} ${shown(change.before)} → ${shown(change.after)}`];
  };
  const first = [...changed('signal', shrinkage, signalShare), `${called} ${percent(metric.before)} → ${percent(metric.after)}`].join(', ');
  const more = [...changed('backwards', gradient, signalShare), ...changed('training loss', loss, compact)].map((figure) => `; ${figure}`).join('');
  const clear = gain.low > 0 ? '' : gain.high < 0 ? ', so it does harm' : ', no clear gain';
  return `${first}: ${points(gain.estimate)} points ${interval(gain.low, gain.high)} over ${count(seeds, 'paired seed')}${clear}${more}`;
}

function explained(finding: Finding): readonly Part[] {
  const inside = consequences(finding);
  if (inside.length === 0) return [];
  const shown = inside.slice(0, MOST_EXPLAINED).flatMap(({ what }, index): Text => [...(index === 0 ? [] : ['; ']), ...withoutStop(what)]);
  const more = inside.length > MOST_EXPLAINED ? [`; and ${inside.length - MOST_EXPLAINED} more`] : [];
  return [{ label: 'It also explains', text: [...shown, ...more] }];
}

/** As a part of a sentence. */
function withoutStop(sentence: Text): Text {
  const last = sentence.at(-1);
  return typeof last === 'string' ? [...sentence.slice(0, -1), last.replace(/\.$/, '')] : sentence;
}

function consequences({ explains }: Finding): readonly Finding[] {
  return explains.flatMap((finding) => [finding, ...consequences(finding)]);
}
