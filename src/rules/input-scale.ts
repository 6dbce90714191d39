import type { Evidence } from '../evidence/types.ts';
import { effectOfArm } from './accuracy-delta.ts';
import { type Symptom, symptomRule } from './diagnosis.ts';
import type { LayerVitals, Subject, Text } from './types.ts';
import { joined, name, plain, significant, text } from './words.ts';

/** Images are alike where less than this of the range of pixels differs from image to image. */
const ALIKE = 255e-3;
const COLOURS = ['red', 'green', 'blue'] as const;

/** What the network is fed has an unreasonable size, or says nothing. docs/rules.md#input-scale */
export const inputScale = symptomRule({
  name: 'input-scale',
  limits: ({ inputScale: limits }) => limits,
  fires: 'at-or-above',
  examine(subject, limit) {
    const { evidence, layers } = subject;
    const { data: { channels = [] }, plan: { arms: [arm] } } = evidence;
    if (channels.length === 0 || !arm?.mean || !arm.std) return [];
    const symptom = (figure: number, what: Text, why: Text, advice: Text) => [{ sites: [], cause: 'data' as const, what, why, figure, isHealed: false, remedies: [], advice, measured: betterInput(subject) }];
    const constant = channels.flatMap(({ std }, index) => (std === 0 ? [text`${COLOURS[index]!}`] : []));
    if (channels.every(({ signal }) => signal < ALIKE)) {
      return symptom(limit, text`All images are the same.`, text`The data. At no place do pixels differ from image to image by more than a thousandth of their range.`, text`Look at the images.`);
    }
    if (constant.length > 0) return symptom(limit, text`The ${joined(constant)} channel has the same value in every pixel.`, text`The data. A channel that never changes says nothing.`, text`Look at how the images were made.`);
    const fed = channelsAsFed(evidence);
    const largest = Math.max(...fed.map(({ mean, std }) => Math.hypot(mean, std)));
    const smallest = Math.max(...fed.map(({ std }) => std));
    // What a pretrained model was fed is its own affair: it may want raw pixels, and accuracy tells.
    if (evidence.model.boundary !== null) return [];
    const tooLarge = readsRaw(evidence, layers) ? largest : 0;
    const figure = Math.max(tooLarge, 1 / smallest);
    if (!(figure >= limit)) return [];
    const formula = name(arm.formula);
    const scale = figure === tooLarge ? text`has values of about ${significant(largest)}` : text`has std ${significant(smallest)}`;
    return symptom(
      figure,
      text`The input ${formula} ${scale}, ${plain(Number(figure.toPrecision(2)))} times too ${figure === tooLarge ? 'large' : 'small'} (limit ${plain(limit)}).`,
      text`The data. Initial weights are made for inputs of about unit size, and nothing in the network brings this one there.`,
      text`${name('normalization: minus-one-to-one')} under ${name('input')}, or check ${name('mean')} and ${name('std')}, which are in units of 0..255.`,
    );
  },
});

/** The arm that is clearly better, where one is. */
function betterInput({ evidence, arms, comparisons }: Subject): NonNullable<Symptom['measured']> | null {
  const best = comparisons.filter(({ benefit }) => benefit.high < 0).toSorted((a, b) => a.benefit.estimate - b.benefit.estimate)[0];
  const preset = best && evidence.plan.arms.find(({ name: arm }) => arm === best.arm)?.preset;
  if (!best || preset === undefined) return null;
  return { text: text`${name(`normalization: ${preset}`)} under ${name('input')} is better than what is declared. Check ${name('mean')} and ${name('std')}, which are in units of 0..255, and whether images are normalized twice.`, effect: effectOfArm(arms, best) };
}

function channelsAsFed({ data: { channels = [] }, plan: { arms } }: Evidence): { mean: number; std: number }[] {
  const { mean = [], std = [], order } = arms[0]!;
  const seen = order === 'bgr' ? channels.toReversed() : channels;
  return seen.map((channel, index) => ({ mean: (channel.mean - (mean[index] ?? 0)) / (std[index] ?? 1), std: channel.std / (std[index] ?? 1) }));
}

/** Whether a layer with weights reads the input as it is, and no normalization behind it makes up for its size. */
function readsRaw({ sites }: Evidence, layers: readonly LayerVitals[]): boolean {
  const scaled = new Set<string>();
  for (const { id, kind, className, inputs } of sites) {
    const fromInput = inputs.length === 0 || inputs.some((input) => scaled.has(input));
    if (fromInput && kind === 'pass' && className !== 'Rescaling') scaled.add(id);
  }
  return sites.some(({ id, kind, inputs }) => kind === 'weighted' && (inputs.length === 0 || inputs.some((input) => scaled.has(input))) && layers.some(({ site, judged }) => site === id && judged));
}
