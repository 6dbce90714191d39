import type { Remedy } from '../evidence/remedy.ts';
import type { Evidence } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { shareOfRises } from './course.ts';
import { trialOf } from './diagnosis.ts';
import { effectOf } from './effects.ts';
import { mostLearn, runsOf } from './learning.ts';
import { otherRate } from './remedies.ts';
import { FEWEST_EPOCHS, FEWEST_SEEDS, severityOf } from './severity.ts';
import type { Finding, FixEffect, Rule, Subject, Text, Threshold } from './types.ts';
import { medianOrNull, updateOf } from './weights.ts';
import { name, plain, points, significant, text } from './words.ts';

/** Share of its size by which an update usually changes a weight (Karpathy, CS231n). */
const USUAL_UPDATE = 1e-3;
const SMALL_UPDATE = USUAL_UPDATE / 10;
/** Of the loss of guessing, at the end of training. */
const MUCH_LEFT = 0.4;
/** Of the first update. */
const LARGE_UPDATE = 0.5;
/** A rise of the training loss that counts, and the share of epochs that may have one. */
const RISE = 0.05;
const MOST_RISES = 0.25;

/**
 * Another learning rate is clearly better. Updates and loss raise the suspicion; only runs at another rate prove it, and
 * where they do not, nothing is said. docs/rules.md#learning-rate
 */
export const learningRate: Rule = {
  name: 'learning-rate',
  judge(subject) {
    const { learningRate: threshold } = subject.thresholds;
    const suspicion = threshold && suspect(subject.evidence);
    if (!suspicion) return [];
    const limit = threshold.warn ?? (typeof threshold.fail === 'number' ? threshold.fail : Infinity);
    const proven = remediesOf(subject, suspicion).flatMap((remedy) => {
      const effect = effectWhereTried(subject, remedy);
      return effect && effect.atLeast > 0 && effect.gain.estimate >= limit ? [{ remedy, effect }] : [];
    });
    const [best] = proven.toSorted((a, b) => b.effect.gain.estimate - a.effect.gain.estimate);
    return best ? [finding(subject, threshold, suspicion, best.remedy, best.effect)] : [];
  },
  /** Rates that are still to be tried, until one is clearly better and learns what there is to learn. */
  suspect(subject) {
    const suspicion = subject.thresholds.learningRate && suspect(subject.evidence);
    if (!suspicion) return [];
    const remedies = remediesOf(subject, suspicion);
    const untried = remedies.filter((remedy) => !trialOf(subject, remedy));
    const [found] = learningRate.judge(subject);
    if (found) return (found.fix?.tried?.loss?.after ?? 0) >= MUCH_LEFT * subject.evidence.task.trivial.loss ? untried.slice(0, 1) : [];
    return suspicion.isStep && untried.length < remedies.length ? [] : untried;
  },
};

function remediesOf({ evidence }: Subject, { factors }: Suspicion): Remedy[] {
  return factors.map((factor) => ({ rule: 'learning-rate', ...otherRate(evidence, factor) }));
}

function effectWhereTried(subject: Subject, remedy: Remedy): FixEffect | null {
  const trial = trialOf(subject, remedy);
  return trial ? effectOf(subject, trial) : null;
}

interface Suspicion {
  /** What the rate is to be multiplied by, the likeliest first. */
  readonly factors: readonly number[];
  /** Each is worth a trial only if the one before is better and not enough. */
  readonly isStep: boolean;
  readonly why: Text;
}

function suspect(evidence: Evidence): Suspicion | null {
  const runs = runsOf(evidence.runs, 'normalized');
  if (runs.length < FEWEST_SEEDS) return null;
  const sizes = evidence.sites.flatMap((site) => updateOf(evidence, site, median) ?? []);
  const size = medianOrNull(sizes);
  const update = size === null ? text`the size of the updates is not known` : text`an update changes weights by ${significant(size)} of their size`;
  const learns = mostLearn(evidence, runs);
  const courses = runs.map(({ epochs }) => epochs.map(({ train }) => train.loss));
  const rises = medianOrNull(courses.map((course) => shareOfRises(course, RISE))) ?? 0;
  const left = (medianOrNull(courses.map((course) => course.at(-1))) ?? Infinity) / evidence.task.trivial.loss;
  const largest = Math.max(0, ...evidence.sites.flatMap((site) => updateOf(evidence, site, (ratios) => ratios[0]!) ?? []));
  const falls = courses.every((course) => course.at(-1)! < course[0]!) && rises === 0;
  const isSmall = (size ?? Infinity) < SMALL_UPDATE;
  const isLarge = runs.some(({ nonFinite }) => nonFinite !== null) || (!isSmall && (largest >= LARGE_UPDATE || rises >= MOST_RISES));
  // What the rate has to be multiplied by for updates of the usual size; of those that are not small, a step up.
  const up = isSmall && size ? 10 ** Math.round(Math.log10(USUAL_UPDATE / size)) : 10;
  if (learns && evidence.plan.epochs < FEWEST_EPOCHS) return null;
  if (learns && isLarge && left > 0.2) return { factors: [0.1, 0.01], isStep: false, why: text`The loss stays at ${significant(left)} of that of guessing, and ${update}.` };
  if (learns && (isSmall || falls) && left > MUCH_LEFT) return { factors: [up, 10 * up], isStep: true, why: text`The loss ${falls ? 'still falls and ' : ''}is ${significant(left)} of that of guessing, and ${update}.` };
  if (learns) return null;
  return { factors: isLarge ? [0.1, 0.01, 0.001] : isSmall || falls ? [up, 10 * up, 0.1] : [0.1, 10, 0.01], isStep: false, why: text`The runs do not learn, and ${update}.` };
}

function finding(subject: Subject, threshold: Threshold, { why }: Suspicion, remedy: Remedy, effect: FixEffect): Finding {
  const rate = remedy.amendment.kind === 'learning-rate' ? remedy.amendment.rate : Number.NaN;
  const { learningRate: used } = subject.evidence.plan;
  const { estimate } = effect.gain;
  return {
    rule: 'learning-rate',
    // Harm is that nothing is learned: that a run could be better still is no reason to fail it.
    severity: severityOf(subject, { threshold, crosses: (limit) => estimate >= limit, isHealed: false, effects: [] }),
    sites: [],
    cause: 'rate',
    what: text`The learning rate ${plain(used)} is too ${rate < used ? 'large' : 'small'}: ${plain(rate)} is ${points(estimate)} better.`,
    why,
    fix: { text: text`${name(remedy.change)} under ${name('training')}.`, remedy, tried: effect },
    numbers: { gain: estimate, rate: used, 'other-rate': rate },
    explains: [],
    isDoubt: true,
  };
}
