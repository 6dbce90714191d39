import { trivialAnswer } from '../../evidence/trivial-answer.ts';
import type { Comparison } from '../../rules/types.ts';
import { inlineCode } from '../escape.ts';
import { count, interval, pValue, percent, shortNumber } from '../numbers.ts';
import type { Report } from '../types.ts';
import { fold } from './fold.ts';

const MOST_ARMS = 30;

/** The folded part for those who ask how the figures came about and how far they carry. */
export function certaintySection(report: Report): string {
  return fold('How sure is this?', [design(report), ...(report.judgement.comparisons.length > 0 ? comparisons(report) : []), ...training(report)].map((line) => `- ${line}`).join('\n'));
}

function design({ evidence: { plan, data: { validation } } }: Report): string {
  const paired = `${count(plan.seeds.length, 'seed')}, paired: per seed every input starts from the same weights and sees the same batches`;
  const heldOut =
    validation.kind === 'folds'
      ? `Every image is held out equally often, over ${count(validation.folds, 'fold')} (${count(validation.trainImages, 'image')} to train on, ${count(validation.validationImages, 'image')} to judge by)`
      : `Judged by the ${count(validation.validationImages, 'image')} of ${inlineCode(validation.path)}, trained on ${count(validation.trainImages, 'image')}`;
  return `${heldOut}. ${paired}. ${count(plan.epochs, 'epoch')} with ${inlineCode(plan.optimizer)}.`;
}

function comparisons({ evidence: { plan, confirmation }, judgement }: Report): readonly string[] {
  const shown = judgement.comparisons.slice(0, MOST_ARMS);
  const { points: size, planned, chosen, equivalence } = plan.margin;
  const repeated = new Set(confirmation.map(({ seed }) => seed)).size;
  return [
    `In brackets: ${percentOf(1 - shown[0]!.alpha)} intervals. ${method(shown[0]!)}`,
    ...looks(plan),
    `“Not needed” means that the ${percentOf(1 - 2 * shown[0]!.alpha)} interval lies within ±${shortNumber(size)} points (${chosen ? 'the margin of the config' : 'the default margin'}); the smallest difference that this plan can show is ${shortNumber(planned)} points.${equivalence === undefined ? '' : ` To find that arms are equal, four times in five where they truly differ by a fifth of it, takes a margin of ${shortNumber(equivalence)} points${size < equivalence ? `, or ${shortNumber((equivalence / size) ** 2)} times as many images` : ''}.`}`,
    `Exact sign-flip p, over seeds on these images: ${shown.map(({ arm, p }) => `${inlineCode(arm)} ${pValue(p)}`).join(', ')}; with ${count(plan.looks.at(-1)!, 'seed')} it cannot get below ${pValue(plan.smallestP)}.`,
    ...shown.flatMap(wouldTake),
    ...(repeated > 0 ? [`What failed was repeated on ${count(repeated, 'fresh seed')} before it was called a failure.`] : []),
  ];
}

/** Looking several times at growing data takes wider intervals each time. */
function looks({ looks, seeds }: Report['evidence']['plan']): readonly string[] {
  if (looks.length < 2) return [];
  return [`Judged after ${looks.slice(0, looks.indexOf(seeds.length) + 1).join(', ')} of at most ${count(looks.at(-1)!, 'seed')}, as long as a comparison was open. The intervals are wider for it: all looks together are wrong in at most 5 % of checks.`];
}

function percentOf(share: number): string {
  return `${shortNumber(100 * share)} %`;
}

function method({ method }: Comparison): string {
  return method === 'repeated-folds'
    ? 'They hold for other seeds and other images like these (variance over seeds and images of repeated folds).'
    : 'They hold for other seeds and other images like these (crossed variance components of seeds and images, Satterthwaite degrees of freedom).';
}

/** What an open comparison would have needed, from its own interval. */
function wouldTake({ arm, verdict, because, alpha, equivalence: { low, high } }: Comparison): readonly string[] {
  if (verdict !== 'inconclusive' || because === 'nothing-learns') return [];
  const needed = Math.max(Math.abs(low), Math.abs(high));
  return [
    `${inlineCode(arm)} stays open: its ${percentOf(1 - 2 * alpha)} interval is ${interval(low, high)}. A margin of ${shortNumber(needed)} points would have settled it; so can more images or seeds, which narrow the interval.`,
  ];
}

function training({ evidence: { task }, judgement }: Report): readonly string[] {
  const onTraining = judgement.arms.slice(0, MOST_ARMS).map(({ arm, trainMetric }) => `${inlineCode(arm)} ${percent(trainMetric)}`);
  const { targetMetric, trivialMetric } = judgement;
  const target = targetMetric > trivialMetric ? ` Epochs are counted until ${percent(targetMetric)}, which is 95 % of the way from there to the best input.` : '';
  return [
    `For comparison, ${trivialAnswer(task)} scores ${percent(trivialMetric)}.${target}`,
    ...(onTraining.length > 0 ? [`On the images trained on, ${task.metric} is: ${onTraining.join(', ')}.`] : []),
  ];
}
