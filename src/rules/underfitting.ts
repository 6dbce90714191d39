import type { Evidence } from '../evidence/types.ts';
import { symptomRule } from './diagnosis.ts';
import { meanCourse } from './course.ts';
import { learned, runsOf } from './learning.ts';
import type { Proposal } from './remedies.ts';
import type { Cause, Text } from './types.ts';
import { name, names, percent, plain, significant, text } from './words.ts';

/** Dropout beyond this is no use that is known. */
const HEAVY_DROPOUT = 0.75;
const USUAL_DROPOUT = 0.2;
/** A loss that still falls by this share in the last quarter of the epochs is not where it goes to. */
const STILL_FALLING = 0.1;
const FEWEST_EPOCHS = 8;
/** Nobody trains for so few in earnest. */
const HARDLY_ANY_EPOCHS = 2;

/** The training images themselves are not learned well. docs/rules.md#underfitting */
export const underfitting = symptomRule({
  name: 'underfitting',
  limits: ({ underfitting: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 2.5,
  examine({ evidence }, limit) {
    const loss = meanCourse(evidence, ({ train }) => train.loss);
    const figure = loss.at(-1)! / evidence.task.trivial.loss;
    if (!(figure >= limit)) return [];
    const reason = regularization(evidence) ?? tooShort(evidence, loss);
    if (!reason) return [];
    const { sites, cause, why, remedies, advice, isMild } = reason;
    return [{ sites, cause, what: text`After training, the loss on the training images is still ${percent(figure)} of that of guessing by frequency.`, why, figure, isHealed: false, remedies, advice, isMild }];
  },
});

interface Reason {
  readonly sites: readonly string[];
  readonly cause: Cause;
  readonly why: Text;
  readonly remedies: readonly Proposal[];
  readonly advice: Text;
  readonly isMild: boolean;
}

function regularization(evidence: Evidence): Reason | null {
  const heavy = evidence.sites.filter(({ dropRate = 0 }) => dropRate > HEAVY_DROPOUT);
  const common = { cause: 'regularization', isMild: false, advice: text`Regularize less.` } as const;
  if (heavy.length > 0) {
    const sites = heavy.map(({ id }) => id);
    return { ...common, sites, why: text`Regularization. ${names(sites)} ${heavy.length === 1 ? 'drops' : 'drop'} ${percent(heavy[0]!.dropRate!)} of the values.`, remedies: [{ change: `rate: ${USUAL_DROPOUT}`, sites, amendment: { kind: 'dropout', rate: USUAL_DROPOUT } }] };
  }
  // A heavy penalty is gone by the end, and the weights with it.
  const courses = [meanCourse(evidence, ({ penalty = 0 }) => penalty), meanCourse(evidence, ({ train }) => train.loss)] as const;
  const [penalty, loss] = worstShare(...courses);
  if (penalty < loss) return null;
  return {
    ...common,
    sites: [],
    why: text`Regularization. Penalties on weights add ${significant(penalty)} to a loss of ${significant(loss)}: the updates make weights small instead of right.`,
    remedies: [{ change: 'kernel-regularizer: null', sites: [], amendment: { kind: 'no-penalties' } }],
  };
}

/** Penalty and loss of the epoch in which the penalty weighs most. */
function worstShare(penalties: readonly number[], losses: readonly number[]): readonly [penalty: number, loss: number] {
  const epoch = penalties.reduce((worst, penalty, at) => (penalty / losses[at]! > penalties[worst]! / losses[worst]! ? at : worst), 0);
  return [penalties[epoch] ?? 0, losses[epoch] ?? Infinity];
}

function tooShort(evidence: Evidence, loss: readonly number[]): Reason | null {
  const { epochs, learningRate } = evidence.plan;
  if (epochs > HARDLY_ANY_EPOCHS && epochs < FEWEST_EPOCHS) return null;
  const before = loss[Math.floor((loss.length - 1) * 0.75)]!;
  const runs = runsOf(evidence.runs, 'normalized');
  const right = meanCourse(evidence, ({ train }) => train.metric).at(-1)!;
  const chance = evidence.task.trivial.metric;
  if (right > chance + (1 - chance) / 2 || !(loss.at(-1)! < (1 - STILL_FALLING) * before) || !runs.every((run) => learned(evidence, run))) return null;
  return { sites: [], cause: 'rate', why: text`It still falls: training ends too early, or steps are too short.`, remedies: [], advice: text`${name(`epochs: ${2 * epochs}`)}, or ${name(`learning-rate: ${plain(3 * learningRate)}`)}, under ${name('training')}.`, isMild: epochs > HARDLY_ANY_EPOCHS };
}
