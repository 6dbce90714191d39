import type { DataFacts, ModelFacts, TaskFacts } from '../../evidence/types.ts';
import type { Finding, Text } from '../../rules/types.ts';
import { count, duration, signalShare } from '../numbers.ts';
import type { Report } from '../types.ts';
import { conclusions } from './verdict.ts';

export type Outcome = 'pass' | 'pass-with-findings' | 'fail';

/** The answer in one line: fine or not, and what. */
export interface Headline {
  readonly outcome: Outcome;
  readonly text: Text;
}

/** The first line of every form of the report. */
export function headline({ evidence, judgement }: Report): Headline {
  const gravest = judgement.findings.find(({ severity }) => severity !== 'note');
  if (!gravest) {
    const subject = evidence.model.boundary === null ? 'layers' : 'new layers';
    const healthy = judgement.worst ? `${subject} healthy` : 'training healthy';
    const said = conclusions(judgement.comparisons, evidence);
    return { outcome: 'pass', text: said.length > 0 ? [healthy, ' · ', ...said] : [healthy] };
  }
  const found = symptom(gravest, evidence.task.metric);
  if (judgement.verdict === 'fail') return { outcome: 'fail', text: found };
  const passes = judgement.failOn === 'never' ? 'passes, since it never fails (`fail-on: never`), but ' : 'passes, but ';
  return { outcome: 'pass-with-findings', text: [passes, ...found] };
}

/** `1 error, 2 warnings`; null where there is neither. */
export function findingCounts(findings: readonly Finding[]): string | null {
  const parts = (['error', 'warning'] as const).flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n === 0 ? [] : [count(n, severity)];
  });
  return parts.length === 0 ? null : parts.join(', ');
}

/** What was checked, in a few words each: the network, the images, the experiment, the time it took. */
export function facts({ evidence: { check, model, task, data, plan, timing }, reused }: Report): readonly Text[] {
  return [
    ...(check.profile === undefined ? [] : [['profile ', { name: check.profile }]]),
    network(model),
    [imagesOf(data, task)],
    [`${count(plan.arms.length, 'input')} × ${count(plan.seeds.length, 'seed')}`],
    [duration(timing.total)],
    ...(reused ? [['measured before: nothing that matters has changed since']] : []),
  ];
}

/** The judged layer with the least signal; null where none is judged. */
export function weakest({ evidence: { model }, judgement: { worst } }: Report): Text | null {
  if (!worst) return null;
  const start: Text = model.boundary === null ? ['the input'] : [{ name: model.boundary }];
  return ['The signal is weakest after ', { name: worst.site }, `: ${signalShare(worst.shrinkage)} of that of `, ...start, ' is left.'];
}

/** `240 images in 6 classes`. */
export function imagesOf({ images, classes }: DataFacts, { kind }: TaskFacts): string {
  if (classes.length === 0) return count(images, 'image');
  return `${count(images, 'image')} ${kind === 'segmentation' ? 'with masks of' : 'in'} ${count(classes.length, 'class', 'classes')}`;
}

function network({ name, path, boundary, newLayers }: ModelFacts): Text {
  if (boundary !== null) return [{ name }, `: ${count(newLayers, 'new layer')} after `, { name: boundary }];
  const layers = `${count(newLayers, 'layer')} trained from scratch`;
  return path === null ? [layers] : [{ name }, `: ${layers}`];
}

/** What is wrong, and the words that join the first layer to it, where there is one. */
const SYMPTOMS: Readonly<Record<Finding['rule'], readonly [what: string, before?: string, after?: string]>> = {
  'std-shrinkage': ['the signal gets too weak', 'the signal is too weak from ', ' on'],
  'std-explosion': ['the signal gets too large', 'the signal is too large from ', ' on'],
  'accuracy-delta': ['this input normalization costs '],
  'normalization-mismatch': ['the model was trained with another input normalization'],
  'non-finite': ['training breaks down (NaN or infinity)', 'training breaks down (NaN or infinity), first in '],
  'not-learning': ['the model does not learn'],
  'input-scale': ['the input has an unreasonable scale'],
  'output-loss': ['the last layers do not fit the loss', 'the loss does not get logits: see '],
  'frozen-mismatch': ['new layers do not train', 'new layers do not train: ', ' is frozen'],
  'poor-initialization': ['initial weights are poor', 'the initial weights are poor, first in '],
  'dead-units': ['units are dead', 'units are dead, first in '],
  saturation: ['units are stuck at their limits', 'units are stuck at their limits, first in '],
  'lost-signal': ['all images look the same', 'all images look nearly the same after '],
  'vanishing-gradient': ['the gradient vanishes', 'the gradient vanishes on the way back to '],
  'exploding-gradient': ['the gradient explodes', 'the gradient explodes on the way back to '],
  'learning-rate': ['the learning rate does not fit'],
  'update-ratio': ['the updates are too large', 'the updates are too large, most of all in '],
  'unchanged-weights': ['weights do not change', 'the weights of ', ' do not change'],
  labels: ['the labels look random'],
  'loss-trend': ['the loss does not settle'],
  overfitting: ['the model overfits'],
  underfitting: ['the model underfits'],
  'metric-floor': ['the model is below its floor'],
  expectation: ['normalization is not what the config expects'],
  worsened: ['this change makes it worse', 'this change weakens the signal at '],
};

function symptom({ rule, sites: [first], arm }: Finding, metric: string): Text {
  const [what, before, after = ''] = SYMPTOMS[rule];
  if (rule === 'accuracy-delta') return [what + metric, ...(arm === undefined ? [] : [': better with ', { name: arm }])];
  return first === undefined || before === undefined ? [what] : [before, { name: first }, ...(after === '' ? [] : [after])];
}
