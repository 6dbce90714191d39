import { describe, expect, test } from 'vitest';
import { flattened } from '../../src/rules/root-causes.ts';
import type { Cause, RuleName } from '../../src/rules/types.ts';
import { shown } from '../rules/shown.ts';
import { type TinyCheck, tinyExperiment } from './tiny-experiment.ts';

const conv = (more: object = {}) => ({ layer: 'conv-2d', filters: 8, 'kernel-size': 3, activation: 'relu', ...more });
const dense = (more: object = {}) => ({ layer: 'dense', units: 16, activation: 'relu', ...more });
const FLAT = { layer: 'flatten' };
const POOL = { layer: 'global-average-pooling-2d' };
const BATCH_NORM = { layer: 'batch-normalization' };
const times = (n: number, ...layers: object[]) => Array.from({ length: n }, () => layers).flat();
const he = { 'kernel-initializer': 'he-normal' };
const lecun = { 'kernel-initializer': 'lecun-normal' };
const gaussian = (stddev: number, mean = 0) => ({ 'kernel-initializer': { 'random-normal': { stddev, mean } } });
const FAST = { 'learning-rate': 0.01 };

const HEALTHY: Readonly<Record<string, TinyCheck>> = {
  'Glorot, convolution and dense': { head: [conv(), FLAT, dense()], training: { 'learning-rate': 0.003 } },
  'He, deep and dense': { head: [FLAT, ...times(8, dense(he))], training: { 'learning-rate': 0.003 } },
  'Glorot, deep and dense': { head: [FLAT, ...times(6, dense())], training: { 'learning-rate': 0.003 } },
  'convolutions with batch normalization': { head: [...times(3, conv({ 'use-bias': false, activation: 'linear' }), BATCH_NORM, { layer: 're-lu' }), POOL], training: FAST },
  'pooled features': { head: [conv(he), { layer: 'max-pooling-2d' }, conv(he), POOL], training: FAST },
  SELU: { head: [FLAT, ...times(4, dense({ activation: 'selu', ...lecun }))], training: { 'learning-rate': 0.003 } },
  tanh: { head: [FLAT, ...times(3, dense({ activation: 'tanh' }))], training: { 'learning-rate': 0.003 } },
  ELU: { head: [conv({ activation: 'elu' }), FLAT, dense({ activation: 'elu' })], training: { 'learning-rate': 0.003 } },
  'half of it dropped': { head: [FLAT, dense({ units: 64, ...he }), { layer: 'dropout', rate: 0.5 }, dense({ units: 64, ...he }), { layer: 'dropout', rate: 0.5 }], training: { 'learning-rate': 0.003 } },
  'raw pixels into a batch normalization': { head: [{ ...BATCH_NORM, momentum: 0.5 }, conv(he), FLAT], normalization: 'raw', training: { 'learning-rate': 0.003 } },
  'pixels by the statistics of ImageNet': { head: [conv(he), FLAT, dense(he)], normalization: 'imagenet', training: { 'learning-rate': 0.003 } },
  'pixels from 0 to 1': { head: [conv(he), FLAT, dense(he)], normalization: 'unit', training: { 'learning-rate': 0.003 } },
  'an output that starts at zero': { ends: true, head: [conv(he), FLAT, dense({ units: 2, activation: 'softmax', 'kernel-initializer': 'zeros' })], training: { 'learning-rate': 0.003 } },
  'plain gradient descent': { head: [conv(he), FLAT, dense(he)], training: { optimizer: 'sgd', 'learning-rate': 0.05 } },
  'one linear layer': { head: [conv(he), FLAT], training: { 'learning-rate': 0.002 } },
};

/** The sickness, the rules that may name it first, and its cause. */
const SICK: Readonly<Record<string, readonly [check: TinyCheck, rules: readonly RuleName[], cause: Cause]>> = {
  'weights of a hundredth of their size': [{ head: [FLAT, ...times(5, dense(gaussian(0.002)))] }, ['std-shrinkage'], 'initialization'],
  'weights of twenty times their size': [{ head: [FLAT, ...times(3, dense(gaussian(3)))] }, ['std-explosion'], 'initialization'],
  'weights that are all zero': [{ head: [FLAT, dense({ 'kernel-initializer': 'zeros' }), dense()] }, ['std-shrinkage', 'poor-initialization'], 'initialization'],
  'weights that are all the same': [{ head: [FLAT, dense({ 'kernel-initializer': { constant: { value: 0.05 } } }), dense({ 'kernel-initializer': { constant: { value: 0.2 } } })] }, ['poor-initialization', 'std-explosion'], 'initialization'],
  'weights with a large mean': [{ head: [FLAT, dense(he), ...times(2, dense({ units: 32, ...gaussian(0.05, 2) }))] }, ['poor-initialization', 'std-explosion'], 'initialization'],
  'biases that kill units': [{ head: [FLAT, dense({ ...he, 'bias-initializer': { constant: { value: -30 } } })] }, ['poor-initialization', 'dead-units'], 'initialization'],
  'sigmoids, one behind the other': [{ head: [FLAT, ...times(7, dense({ activation: 'sigmoid' }))] }, ['vanishing-gradient', 'lost-signal'], 'activation'],
  'tanh at its limits': [{ head: [FLAT, ...times(2, dense({ activation: 'tanh', ...gaussian(2) }))] }, ['std-explosion', 'saturation'], 'initialization'],
  'raw pixels': [{ head: [conv(he), FLAT, dense(he)], normalization: 'raw' }, ['input-scale'], 'data'],
  'pixels that were normalized twice': [{ head: [conv(he), FLAT, dense(he)], normalization: { mean: 127.5, std: 32_000 } }, ['input-scale'], 'data'],
  'a softmax too many': [{ ends: true, head: [conv(he), FLAT, dense({ units: 2, activation: 'softmax' }), { layer: 'softmax' }] }, ['output-loss'], 'wiring'],
  'rectified logits': [{ ends: true, head: [conv(he), FLAT, dense({ units: 2, activation: 'linear' }), { layer: 're-lu' }], training: { 'learning-rate': 0.003 } }, ['output-loss'], 'wiring'],
  'a new layer that is frozen': [{ head: [conv({ ...he, trainable: false }), FLAT, dense(he)], training: { 'learning-rate': 0.003 } }, ['frozen-mismatch'], 'wiring'],
  'a rate a thousand times too large': [{ head: [conv(he), FLAT, dense(he)], training: { 'learning-rate': 3, optimizer: 'adam' } }, ['learning-rate', 'update-ratio', 'dead-units'], 'rate'],
  'a rate a thousand times too small': [{ head: [conv(he), FLAT, dense(he)], training: { 'learning-rate': 3e-6, epochs: 12 } }, ['learning-rate'], 'rate'],
  'nearly all of it dropped': [{ head: [FLAT, dense(he), { layer: 'dropout', rate: 0.95 }, dense(he), { layer: 'dropout', rate: 0.95 }], training: { epochs: 10 } }, ['underfitting'], 'regularization'],
};

describe('a healthy network', () => {
  test.each(Object.entries(HEALTHY))('%s stays without a word', async (_, check) => {
    const { judgement } = await tinyExperiment(check);
    expect(flattened(judgement.findings).map(({ rule, severity, what }) => `${severity} ${rule}: ${shown(what)}`)).toEqual([]);
  });
});

describe('a sick network', () => {
  test.each(Object.entries(SICK))('%s is found and named', async (_, [check, rules, cause]) => {
    const { judgement } = await tinyExperiment(check);
    const [first] = judgement.findings;
    const told = flattened(judgement.findings).map(({ rule, severity, what }) => `${severity} ${rule}: ${shown(what)}`).join('\n');
    expect(rules, told).toContain(first?.rule);
    expect(first!.cause, told).toBe(cause);
    expect(first!.severity, told).not.toBe('note');
  });

  test('random labels are learned by heart, and said to be random', async () => {
    const shuffle = (_: Float32Array, labels: Int32Array) => {
      labels.forEach((__, image) => {
        labels[image] = (image >> 1) % 2;
      });
    };
    const { judgement } = await tinyExperiment({ head: [conv(he), FLAT, dense({ units: 64, ...he })], training: { epochs: 30, 'learning-rate': 0.01 }, images: shuffle });
    expect(judgement.findings.map(({ rule }) => rule)).toContain('labels');
  });

  test('images that are all the same say nothing', async () => {
    const { judgement } = await tinyExperiment({ head: [conv(he), FLAT], images: (values) => values.fill(128) });
    expect(judgement.findings[0]).toMatchObject({ rule: 'input-scale', cause: 'data', severity: 'error' });
  });
});
