import { trivialAnswer } from '../../evidence/trivial-answer.ts';
import type { Comparison } from '../../rules/types.ts';
import { smallestP } from '../../stats/sign-flip.ts';
import { inlineCode } from '../escape.ts';
import { count, interval, points, pValue, percent, seconds, shortNumber, SMALLEST_SHOWN } from '../numbers.ts';
import type { Report } from '../types.ts';
import { imagesToSettle } from '../words/verdict.ts';
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
      ? `${turns(plan.seeds.length, validation.folds)} (${count(validation.trainImages, 'image')} to train on, ${count(validation.validationImages, 'image')} to judge by)`
      : `Judged by the ${count(validation.validationImages, 'image')} of ${inlineCode(validation.path)}, trained on ${count(validation.trainImages, 'image')}`;
  return `${heldOut}. ${paired}. ${count(plan.epochs, 'epoch')} with ${inlineCode(plan.optimizer)}.`;
}

/** How often an image is held out where each seed holds out the next fold. */
function turns(seeds: number, folds: number): string {
  if (seeds % folds === 0) return `Every image is held out equally often, over ${count(folds, 'fold')}`;
  if (seeds < folds) return `${seeds} of ${count(folds, 'fold')} ${seeds === 1 ? 'is' : 'are'} held out, once: the images of the others are judged under no seed`;
  const least = Math.floor(seeds / folds);
  return `Images are held out ${least} or ${least + 1} times, over ${count(folds, 'fold')}`;
}

function comparisons({ evidence: { plan, confirmation }, judgement }: Report): readonly string[] {
  const shown = judgement.comparisons.slice(0, MOST_ARMS);
  const { points: size, planned, chosen, equivalence } = plan.margin;
  const repeated = new Set(confirmation.map(({ seed }) => seed)).size;
  return [
    `In brackets: ${percentOf(1 - shown[0]!.alpha)} intervals. ${method(shown[0]!)}`,
    ...looks(plan),
    `“Not needed” and “alike” mean that the ${percentOf(1 - 2 * shown[0]!.alpha)} interval lies within ±${shortNumber(size)} points (${chosen ? 'the margin of the config' : 'the default margin'}); the smallest difference that this plan can show is ${shortNumber(planned)} points.${equivalence === undefined ? '' : ` To find that arms are equal, four times in five where they truly differ by a fifth of it, takes a margin of ${shortNumber(equivalence)} points${size < equivalence ? `, or ${shortNumber((equivalence / size) ** 2)} times as many images` : ''}.`}`,
    `Exact sign-flip p, over seeds on these images: ${shown.map(({ arm, p }) => `${inlineCode(arm)} ${pValue(p)}`).join(', ')}; ${leastP(plan.seeds.length)}.`,
    ...areas(shown),
    ...shown.flatMap(wouldTake),
    ...(repeated > 0 ? [`What failed was repeated on ${count(repeated, 'fresh seed')} before it was called a failure.`] : []),
  ];
}

/** The smallest p that the seeds which ran can reach. */
function leastP(seeds: number): string {
  const least = smallestP(seeds);
  return `with ${count(seeds, 'seed')} it ${least < SMALLEST_SHOWN ? `can get below ${SMALLEST_SHOWN}` : `cannot get below ${pValue(least)}`}`;
}

/** Looking several times at growing data takes wider intervals each time. */
function looks({ looks, seeds }: Report['evidence']['plan']): readonly string[] {
  if (looks.length < 2) return [];
  return [`Judged after ${looks.slice(0, looks.indexOf(seeds.length) + 1).join(', ')} of at most ${count(looks.at(-1)!, 'seed')}, as long as a comparison was open. The intervals are wider for it: all looks together are wrong in at most 5 % of comparisons; a check with several has that risk with each.`];
}

/** Who is good early is ahead in the mean over the epochs. */
function areas(shown: readonly Comparison[]): readonly string[] {
  const each = shown.map(({ arm, area: { estimate, low, high } }) => `${inlineCode(arm)} ${points(estimate)} ${interval(low, high)}`);
  return [`The same difference of the mean over all epochs, which is the area under the learning curve: ${each.join(', ')}.`];
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
function wouldTake(comparison: Comparison): readonly string[] {
  const { arm, verdict, because, alpha, benefit, equivalence: { low, high } } = comparison;
  if (verdict !== 'inconclusive' || because === 'nothing-learns') return [];
  const widest = shortNumber(Math.ceil(10 * Math.max(Math.abs(low), Math.abs(high))) / 10);
  // Where only the size of a difference is open, a smaller margin settles it as well.
  const reached = shortNumber(Math.floor(10 * Math.abs(benefit.estimate)) / 10);
  const isDifferent = benefit.low > 0 || benefit.high < 0;
  const margins = isDifferent
    ? `A margin of up to ${reached} points would settle it as ${benefit.low > 0 ? 'needed' : 'harmful'}, one above ${widest} as not needed`
    : `A margin above ${widest} points would settle it as not needed`;
  return [`${inlineCode(arm)} stays open: its ${percentOf(1 - 2 * alpha)} interval is ${interval(low, high)}. ${margins}${images(comparison)}.`];
}

function images(comparison: Comparison): string {
  const more = imagesToSettle(comparison);
  return more ? `; if its estimate is right, about ${more.times} times as many images would settle it as ${more.as}` : '. There are too few images for the default margin to say anything';
}

function training({ evidence: { task }, judgement }: Report): readonly string[] {
  const onTraining = judgement.arms.slice(0, MOST_ARMS).map(({ arm, trainMetric }) => `${inlineCode(arm)} ${percent(trainMetric)}`);
  const arrivals = judgement.arms.slice(0, MOST_ARMS).flatMap(({ arm, secondsToTarget }) => (secondsToTarget === null ? [] : [`${inlineCode(arm)} ${seconds(secondsToTarget)}`]));
  const { targetMetric, trivialMetric } = judgement;
  const target = targetMetric > trivialMetric ? ` Epochs are counted until ${percent(targetMetric)}, which is 95 % of the way from there to the best input.` : '';
  return [
    `For comparison, ${trivialAnswer(task)} scores ${percent(trivialMetric)}.${target}`,
    ...(arrivals.length > 0 ? [`Until then training takes, as the median of the runs on this machine: ${arrivals.join(', ')}.`] : []),
    ...(onTraining.length > 0 ? [`On the images trained on, ${task.metric} is: ${onTraining.join(', ')}.`] : []),
  ];
}
