/**
 * Faults as changes of a program, after the published mutation operators for deep learning (DeepMutation++, Hu et al.
 * 2019; DeepCrime, Humbatova et al. 2021), each with strengths.
 *
 * `shows` says which statistics can show an operator at all, and `right` which first finding names its cause. Both were
 * settled before any threshold was tuned.
 */
import type { LayerSpec } from '../../src/config/settings.ts';
import { dense, dropout, times } from './layers.ts';
import { type Block, isAround, layersOf, type Program } from './program.ts';

export type Group = 'initialization' | 'activation' | 'rate' | 'scale' | 'data' | 'labels' | 'freezing' | 'output' | 'regularization' | 'structure';

/** `nothing`: what is measured in a training that goes on looks like that of a harder task. */
export type Shows = 'layers' | 'gradients' | 'inputs' | 'loss' | 'nothing';

export interface Operator {
  readonly name: string;
  readonly group: Group;
  readonly shows: readonly Shows[];
  /** Causes and rules that are right to be named first. */
  readonly right: { readonly causes: readonly string[]; readonly rules: readonly string[] };
  /** By strength; none where the operator does not apply. */
  readonly apply: (program: Program) => Readonly<Record<string, Program>>;
}

const KERNELS: Readonly<Record<string, string>> = { dense: 'kernel-initializer', 'conv-2d': 'kernel-initializer', 'conv-1d': 'kernel-initializer', 'depthwise-conv-2d': 'depthwise-initializer' };
const ACTIVATION_LAYERS: readonly string[] = ['activation', 're-lu', 'leaky-re-lu', 'p-re-lu'];
const RECTIFIERS: readonly string[] = ['relu', 'relu6'];

const INITIALIZATION = { causes: ['initialization'], rules: ['poor-initialization', 'std-shrinkage', 'std-explosion', 'dead-units', 'saturation', 'lost-signal', 'vanishing-gradient', 'exploding-gradient'] };
const RATE = { causes: ['rate'], rules: ['learning-rate', 'update-ratio'] };
const DATA = { causes: ['data'], rules: ['input-scale', 'lost-signal'] };

export const OPERATORS: readonly Operator[] = [
  { name: 'zero weights', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { all: () => 'zeros' }) },
  { name: 'constant weights', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { '0.2': () => ({ constant: { value: 0.2 } }), '1': () => ({ constant: { value: 1 } }) }) },
  { name: 'weights too small', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { '÷ 3': () => scaled(1 / 3), '÷ 10': () => scaled(1 / 10), '÷ 100': () => scaled(1 / 100) }) },
  { name: 'weights too large', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { '× 3': () => scaled(3), '× 10': () => scaled(10), '× 100': () => scaled(100) }) },
  { name: 'weights around 0.2', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { 'std 0.05': () => ({ 'random-normal': { mean: 0.2, stddev: 0.05 } }) }) },
  { name: 'weights of one sign', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => hiddenWeights(p, { '0..1': () => ({ 'random-uniform': { minval: 0, maxval: 1 } }) }) },
  { name: 'biases shifted', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: biasesShifted },
  { name: 'shrinking head', group: 'initialization', shows: ['layers', 'gradients'], right: INITIALIZATION, apply: (p) => beforeOutput(p, { 'std 0.02': times(3, () => dense(16, 'linear', { 'kernel-initializer': { 'random-normal': { mean: 0, stddev: 0.02 } } })) }) },

  { name: 'activation removed', group: 'activation', shows: ['nothing'], right: { causes: ['activation', 'wiring'], rules: [] }, apply: activationRemoved },
  { name: 'activation saturates', group: 'activation', shows: ['layers', 'gradients'], right: { causes: ['activation', 'initialization'], rules: ['saturation', 'vanishing-gradient', 'lost-signal', 'std-shrinkage'] }, apply: (p) => activations(p, { sigmoid: 'sigmoid', 'hard-sigmoid': 'hard-sigmoid' }) },

  { name: 'rate too high', group: 'rate', shows: ['gradients', 'loss'], right: RATE, apply: (p) => rates(p, [30, 300, 1000]) },
  { name: 'rate too low', group: 'rate', shows: ['gradients', 'loss'], right: RATE, apply: (p) => rates(p, [1 / 30, 1 / 300, 1 / 1000]) },
  { name: 'optimizer swapped', group: 'rate', shows: ['gradients', 'loss'], right: RATE, apply: (p) => ({ [p.optimizer === 'sgd' ? 'rmsprop' : 'sgd']: { ...p, optimizer: p.optimizer === 'sgd' ? 'rmsprop' : 'sgd' } }) },

  { name: 'input not scaled', group: 'scale', shows: ['inputs', 'layers'], right: { causes: ['data'], rules: ['input-scale', 'accuracy-delta', 'std-explosion', 'saturation'] }, apply: (p) => inputScaled(p, { raw: 'raw' }, { '× 100': 100 }) },
  { name: 'input scaled twice', group: 'scale', shows: ['inputs', 'layers'], right: { causes: ['data'], rules: ['input-scale', 'accuracy-delta', 'std-shrinkage'] }, apply: (p) => inputScaled(p, { '÷ 255 twice': { order: 'rgb', mean: [0, 0, 0], std: [65025, 65025, 65025] } }, { '÷ 255': 1 / 255 }) },
  { name: 'input of another model', group: 'scale', shows: ['nothing'], right: { causes: ['data'], rules: ['accuracy-delta', 'input-scale'] }, apply: (p) => (p.pretrained ? { caffe: { ...p, input: 'caffe' }, imagenet: { ...p, input: 'imagenet' } } : {}) },

  { name: 'constant data', group: 'data', shows: ['inputs', 'layers', 'loss'], right: DATA, apply: (p) => (p.pretrained ? {} : { 'every example the first': { ...p, defect: 'constant' }, 'all zero': { ...p, defect: 'zeros' } }) },
  { name: 'labels shuffled', group: 'labels', shows: ['loss'], right: { causes: ['data'], rules: ['labels'] }, apply: (p) => ({ all: { ...p, labelNoise: 1 } }) },
  { name: 'labels partly shuffled', group: 'labels', shows: ['nothing'], right: { causes: ['data'], rules: ['labels', 'overfitting'] }, apply: (p) => ({ half: { ...p, labelNoise: 0.5 + p.labelNoise / 2 }, 'eight of ten': { ...p, labelNoise: 0.8 + p.labelNoise / 5 } }) },

  { name: 'layers frozen', group: 'freezing', shows: ['gradients'], right: { causes: ['wiring'], rules: ['frozen-mismatch', 'unchanged-weights'] }, apply: frozen },

  { name: 'output activation', group: 'output', shows: ['layers', 'gradients'], right: { causes: ['wiring', 'activation'], rules: ['output-loss'] }, apply: outputActivation },

  { name: 'absurd penalty', group: 'regularization', shows: ['layers', 'loss'], right: { causes: ['regularization'], rules: ['underfitting', 'update-ratio'] }, apply: (p) => ({ 'L2 0.3': penalized(p, 0.3), 'L2 3': penalized(p, 3) }) },
  { name: 'dropout .95', group: 'regularization', shows: ['loss'], right: { causes: ['regularization'], rules: ['underfitting'] }, apply: (p) => (hiddenOf(p).length > 0 ? beforeOutput(p, { '.95': [dropout(0.95)] }) : {}) },

  { name: 'BatchNorm removed', group: 'structure', shows: ['nothing'], right: { causes: ['initialization', 'data'], rules: [] }, apply: (p) => batchNormRemoved(p) },
  { name: 'depth added', group: 'structure', shows: ['layers', 'gradients'], right: { causes: ['initialization', 'activation'], rules: ['vanishing-gradient', 'std-shrinkage', 'lost-signal', 'saturation', 'poor-initialization'] }, apply: (p) => beforeOutput(p, { '8 sigmoid': times(8, () => dense(16, 'sigmoid')), '12 relu': times(12, () => dense(16, 'relu')) }) },
  { name: 'stopped early', group: 'structure', shows: ['loss'], right: { causes: ['rate'], rules: ['underfitting', 'learning-rate'] }, apply: (p) => ({ 'one epoch': { ...p, epochs: 1 } }) },
  { name: 'batch size', group: 'structure', shows: ['nothing'], right: { causes: ['rate'], rules: ['underfitting', 'learning-rate'] }, apply: (p) => ({ '90': { ...p, batchSize: 90 } }) },
  { name: 'biases removed', group: 'structure', shows: ['nothing'], right: { causes: [], rules: [] }, apply: (p) => ({ all: mapped(p, (spec) => (spec.layer in KERNELS ? { ...spec, 'use-bias': false } : spec)) }) },
];

function mapped(program: Program, change: (spec: LayerSpec, isOutput: boolean) => LayerSpec | null): Program {
  const last = layersOf(program).at(-1);
  const one = (spec: LayerSpec) => [change(spec, spec === last)].flatMap((changed) => changed ?? []);
  const blocks = program.blocks.flatMap((block): Block[] => (isAround(block) ? [{ around: block.around.flatMap(one) }] : one(block)));
  return { ...program, blocks };
}

/** Layers with a kernel before the output layer. */
function hiddenOf(program: Program): readonly LayerSpec[] {
  return layersOf(program).slice(0, -1).filter(({ layer }) => layer in KERNELS);
}

function each<T>(strengths: Readonly<Record<string, T>>, make: (strength: T) => Program): Record<string, Program> {
  return Object.fromEntries(Object.entries(strengths).map(([name, strength]) => [name, make(strength)]));
}

function hiddenWeights(program: Program, strengths: Readonly<Record<string, () => unknown>>): Record<string, Program> {
  if (hiddenOf(program).length === 0) return {};
  return each(strengths, (initializer) => mapped(program, (spec, isOutput) => (isOutput || !(spec.layer in KERNELS) ? spec : { ...spec, [KERNELS[spec.layer]!]: initializer() })));
}

/** A factor on the weights that keep a rectifier's signal. */
function scaled(factor: number): unknown {
  return { 'variance-scaling': { scale: 2 * factor ** 2, mode: 'fan-in', distribution: 'normal' } };
}

function biasesShifted(program: Program): Record<string, Program> {
  if (hiddenOf(program).length === 0) return {};
  const shifted = (size: number) =>
    mapped(program, (spec, isOutput) => {
      if (isOutput || !(spec.layer in KERNELS) || spec['use-bias'] === false) return spec;
      return { ...spec, 'bias-initializer': { constant: { value: RECTIFIERS.includes(String(spec.activation)) ? -size : size } } };
    });
  return { '3': shifted(3), '10': shifted(10) };
}

function beforeOutput(program: Program, strengths: Readonly<Record<string, readonly LayerSpec[]>>): Record<string, Program> {
  return each(strengths, (added) => ({ ...program, blocks: [...program.blocks.slice(0, -1), ...added, program.blocks.at(-1)!] }));
}

function hasActivation({ layer, activation = 'linear' }: LayerSpec): boolean {
  return ACTIVATION_LAYERS.includes(layer) || (layer in KERNELS && activation !== 'linear');
}

function activations(program: Program, strengths: Readonly<Record<string, string>>): Record<string, Program> {
  if (!layersOf(program).slice(0, -1).some(hasActivation)) return {};
  return each(strengths, (activation) =>
    mapped(program, (spec, isOutput) => {
      if (isOutput || !hasActivation(spec)) return spec;
      return ACTIVATION_LAYERS.includes(spec.layer) ? { layer: 'activation', activation } : { ...spec, activation };
    }),
  );
}

function activationRemoved(program: Program): Record<string, Program> {
  return Object.fromEntries(Object.values(activations(program, { all: 'linear' })).map((changed) => ['all', changed]));
}

function rates(program: Program, factors: readonly number[]): Record<string, Program> {
  return Object.fromEntries(factors.map((factor) => [factor > 1 ? `× ${factor}` : `÷ ${Math.round(1 / factor)}`, { ...program, learningRate: program.learningRate * factor }]));
}

/** Token numbers are no measurements: they are not scaled. */
function inputScaled(program: Program, pictures: Readonly<Record<string, Program['input']>>, factors: Readonly<Record<string, number>>): Record<string, Program> {
  const { input } = program;
  if (program.blocks.some((block) => 'layer' in block && block.layer === 'embedding')) return {};
  if (typeof input === 'string') return each(pictures, (other) => ({ ...program, input: other }));
  if (!('shift' in input)) return {};
  return each(factors, (factor) => ({ ...program, input: { shift: input.shift, scale: input.scale * factor } }));
}

function frozen(program: Program): Record<string, Program> {
  const freeze = (which: (isOutput: boolean) => boolean) => mapped(program, (spec, isOutput) => (which(isOutput) && spec.layer in KERNELS ? { ...spec, trainable: false } : spec));
  if (hiddenOf(program).length === 0) return {};
  return { 'the output layer': freeze((isOutput) => isOutput), 'all others': freeze((isOutput) => !isOutput) };
}

function outputActivation(program: Program): Record<string, Program> {
  const ending = (activation: string) => mapped(program, (spec, isOutput) => (isOutput ? { ...spec, activation } : spec));
  const doubled = { ...program, blocks: [...program.blocks, { layer: 'activation', activation: 'softmax' }] };
  return { sigmoid: ending('sigmoid'), relu: ending('relu'), 'softmax twice': doubled };
}

function penalized(program: Program, l2: number): Program {
  return mapped(program, (spec) => (spec.layer in KERNELS && spec.layer !== 'depthwise-conv-2d' ? { ...spec, 'kernel-regularizer': { 'l1-l2': { l1: 0, l2 } } } : spec));
}

function batchNormRemoved(program: Program): Record<string, Program> {
  if (!layersOf(program).some(({ layer }) => layer === 'batch-normalization')) return {};
  return { all: mapped(program, (spec) => (spec.layer === 'batch-normalization' ? null : spec)) };
}
