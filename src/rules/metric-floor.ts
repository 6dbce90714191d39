import { mean } from '../stats/summary.ts';
import { finalMetric, runsOf } from './learning.ts';
import type { Finding, Rule, Severity, Subject, Threshold } from './types.ts';
import { count, limitPercent, percent, text } from './words.ts';

/** The model is not as good as it has to be. docs/rules.md#metric-floor */
export const metricFloor: Rule = {
  name: 'metric-floor',
  judge(subject) {
    const { metricFloor: threshold } = subject.thresholds;
    const scores = runsOf(subject.evidence.runs, 'normalized').map(finalMetric);
    const reached = mean(scores);
    const crossed = threshold && crossedBy(reached, threshold);
    return crossed ? [finding(subject, scores, reached, crossed)] : [];
  },
};

/** The gravest limit that is not reached. NaN reaches none. */
function crossedBy(reached: number, { warn, fail }: Threshold): { severity: Severity; limit: number } | null {
  if (typeof fail === 'number' && !(reached >= fail)) return { severity: 'error', limit: fail };
  return warn !== null && !(reached >= warn) ? { severity: 'warning', limit: warn } : null;
}

function finding({ evidence: { task }, trivialMetric }: Subject, scores: readonly number[], reached: number, { severity, limit }: { severity: Severity; limit: number }): Finding {
  return {
    rule: 'metric-floor',
    severity,
    sites: [],
    arm: 'normalized',
    cause: null,
    what: text`The model reaches ${percent(reached)} ${task.metric} on held-out images; the floor is ${limitPercent(limit)}.`,
    why: text`Over ${count(scores.length, 'seed')} it is ${percent(Math.min(...scores))} to ${percent(Math.max(...scores))}; without looking at an image one would reach ${percent(trivialMetric)}.`,
    fix: { text: text`Look at the other findings, and at what has changed; give more images or epochs; or lower the floor if it asks for too much.`, remedy: null, tried: null },
    numbers: { reached, limit, trivial: trivialMetric },
    explains: [],
  };
}
