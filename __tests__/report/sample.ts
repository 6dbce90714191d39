/** Sample reports for tests of the layout: the figures are made up, nothing here was measured. */
import type { Report } from '../../src/report/types.ts';
import { judge } from '../../src/rules/judge.ts';
import type { ArmSummary, Comparison, Finding, Judgement, LayerVitals } from '../../src/rules/types.ts';
import { changeEffect } from '../../src/rules/change.ts';
import { layerVitals } from '../../src/rules/layers.ts';
import { sampleEvidence, storyEvidence, VANISHING, vanishingEvidence } from '../rules/evidence.ts';
import { DEFAULTS } from '../rules/shown.ts';

export function comparison(arm: string, overrides: Partial<Comparison> = {}): Comparison {
  return {
    arm,
    seeds: 6,
    against: 'normalized', alpha: 0.05,
    benefit: { estimate: 7.8, low: 4.6, high: 11 },
    equivalence: { estimate: 7.8, low: 5.2, high: 10.4 },
    p: 0.03125,
    margin: 3,
    verdict: 'needed',
    because: null,
    method: 'repeated-folds',
    effect: 2.1,
    superiority: 1,
    area: { estimate: 6.4, low: 4.1, high: 8.7 },
    time: null,
    ...overrides,
  };
}

function arm(name: string, overrides: Partial<ArmSummary> = {}): ArmSummary {
  return { arm: name, metric: 0.764, trainMetric: 0.982, epochsToTarget: 9, secondsToTarget: 0.4, diverged: 0, ...overrides };
}

export function layer(site: string, overrides: Partial<LayerVitals> = {}): LayerVitals {
  return {
    site,
    part: 'head',
    boundary: false,
    judged: true,
    std: 3.31,
    relativeStd: 0.42,
    relativeGain: 0.91,
    shrinkage: 0.91,
    shrinkageAtEnd: 0.9,
    signal: 0.88,
    gradient: 2.1e-3,
    stdBySteps: [3.31, 3.4, 3.6, 4.1, 5.2, 6.3],
    ...overrides,
  };
}

const BOUNDARY = layer('block10_add', {
  part: 'trunk',
  boundary: true,
  judged: false,
  std: 7.85,
  relativeStd: 1,
  relativeGain: null,
  shrinkage: 1,
  signal: 0.81,
  gradient: null,
  stdBySteps: [7.85, 7.85, 7.85, 7.85, 7.85, 7.85],
});
const STEM = layer('stem', { part: 'trunk', judged: false, relativeStd: null, shrinkage: null });
const POOL = layer('pool', { judged: false, std: 4, relativeStd: 0.51, relativeGain: null, shrinkage: 1, gradient: 1.2e-3, stdBySteps: [4, 4, 4, 4, 4, 4] });
const LOGITS = layer('logits', { part: 'output', judged: false, std: 0.62, relativeStd: 0.08, relativeGain: 0.6, shrinkage: 0.55, gradient: 4e-3, stdBySteps: [0.62, 0.9, 1.6, 2.4, 4.9, 8.8] });

export function judgement(overrides: Partial<Judgement> = {}): Judgement {
  return {
    verdict: 'pass',
    failOn: 'error',
    findings: [],
    suspected: [],
    arms: [arm('normalized'), arm('raw', { metric: 0.686, trainMetric: 0.951, epochsToTarget: 14 }), arm('unit', { metric: 0.772 })],
    comparisons: [
      comparison('raw', { time: { ratio: { estimate: 1.6, low: 1.2, high: 2.1 }, p: 0.03125, censored: { normalized: 0, other: 1 }, verdict: 'faster' } }),
      comparison('unit', {
        benefit: { estimate: -0.8, low: -3.0, high: 1.4 },
        equivalence: { estimate: -0.8, low: -2.6, high: 1 },
        p: 0.6875,
        verdict: 'not-needed',
        time: { ratio: { estimate: 1, low: 0.82, high: 1.21 }, p: 0.6875, censored: { normalized: 0, other: 0 }, verdict: 'inconclusive' },
      }),
    ],
    trivialMetric: 1 / 6,
    targetMetric: 0.742,
    layers: [STEM, BOUNDARY, POOL, layer('head_1'), LOGITS],
    worst: { site: 'head_1', shrinkage: 0.91 },
    change: null,
    ...overrides,
  };
}

const ROOT_CHECK = { id: 'layer-vitals', config: 'layer-vitals.yml' };

export function passing(): Report {
  return { evidence: sampleEvidence({ check: ROOT_CHECK }), judgement: judgement() };
}

/** A class for each pixel; one class is in no held-out image. */
function segmentation(): Report {
  const { evidence, judgement } = passing();
  const shares: Readonly<Record<string, number>> = { normalized: 0, raw: 0.1, unit: 0.02 };
  return {
    evidence: {
      ...evidence,
      task: { kind: 'segmentation', metric: 'mIoU', loss: 'cross-entropy', trivial: { metric: 0.204, std: 0.01, loss: 0.68 } },
      data: { ...evidence.data, classes: ['background', 'animal', 'food', 'object'], counts: [96, 64, 64, 64] },
      runs: evidence.runs.map((run) => ({ ...run, outcomes: { ...run.outcomes, pixels: { accuracy: 0.931 - shares[run.arm]!, iou: [0.95, 0.42 - shares[run.arm]!, 0.55, null] } } })),
    },
    judgement,
  };
}

const NOTHING_LEARNS = {
  benefit: { estimate: 0.2, low: -2.9, high: 3.3 },
  equivalence: { estimate: 0.2, low: -2.3, high: 2.7 },
  p: 1,
  verdict: 'inconclusive',
  because: 'nothing-learns',
} as const;

const FLAT: Finding = {
  rule: 'not-learning',
  severity: 'error',
  sites: [],
  cause: null,
  what: ['the loss stays flat in all 18 runs'],
  why: ['No gradient reaches the new layers.'],
  fix: null,
  numbers: { runs: 18 },
  explains: [],
};

export const SHRINKING: Finding = {
  rule: 'std-shrinkage',
  severity: 'error',
  sites: ['head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6'],
  cause: 'initialization',
  what: [{ name: 'head_6' }, ' receives 0.009 % of the signal (limit 5 %).'],
  why: [
    'The initialization. The weights of ',
    { name: 'head_1' },
    ' have std 0.006; before a ReLU with 112 inputs they need 0.134. Redrawn at that scale the layer passes on × 0.98, so the data are not the cause.',
  ],
  fix: {
    text: ['Set ', { name: 'kernel-initializer: he-normal' }, ' on ', { name: 'head_1' }, ' … ', { name: 'head_6' }, '.'],
    remedy: null,
    tried: {
      seeds: 6,
      metric: { before: 0.169, after: 0.738 },
      loss: { before: 1.79, after: 0.21 },
      shrinkage: { before: 0.000086, after: 0.93 },
      gradient: { before: 0.0000017, after: 0.74 },
      gain: { estimate: 56.9, low: 52.3, high: 61.5 },
      atLeast: 53.3,
    },
  },
  numbers: { shrinkage: 0.000086, limit: 0.05 },
  explains: [FLAT],
};

export function vanishing(): Report {
  const gains = VANISHING.filter(({ id }) => id.startsWith('head_')).map(({ relativeGain }) => relativeGain ?? 1);
  const heads = gains.map((relativeGain, index) => {
    const shrinkage = gains.slice(0, index + 1).reduce((a, b) => a * b, 1);
    const std = 4 * shrinkage;
    return layer(`head_${index + 1}`, { relativeGain, shrinkage, std, relativeStd: std / 7.85, signal: 0.8, gradient: 1.1e-9 * 3 ** index, stdBySteps: Array<number>(6).fill(std) });
  });
  return {
    evidence: vanishingEvidence({ check: { id: 'fixtures/vanishing-head/layer-vitals', config: 'fixtures/vanishing-head/layer-vitals.yml' } }),
    judgement: judgement({
      verdict: 'fail',
      findings: [SHRINKING],
      arms: ['normalized', 'raw', 'unit'].map((name) => arm(name, { metric: name === 'normalized' ? 0.169 : 0.167, trainMetric: 0.167, epochsToTarget: null, secondsToTarget: null })),
      comparisons: ['raw', 'unit'].map((name) => comparison(name, NOTHING_LEARNS)),
      layers: [STEM, BOUNDARY, POOL, ...heads, { ...LOGITS, stdBySteps: Array<number>(6).fill(0.62) }],
      targetMetric: 1 / 6,
      worst: { site: 'head_6', shrinkage: heads.at(-1)!.shrinkage! },
    }),
  };
}

/** Too few images: neither a difference nor its absence can be shown. */
export function inconclusive(): Report {
  const evidence = storyEvidence({ fixedValidation: 24, accuracy: { normalized: 0.764, raw: 0.701 } });
  return {
    evidence: { ...evidence, check: ROOT_CHECK, plan: { ...evidence.plan, margin: { points: 8.1, planned: 8.1, chosen: false } }, notes: ['12 images of `food-prepared` were resized to 96 x 96.', "The class 'office' has 8 images, the others have 40."] },
    judgement: judgement({
      comparisons: [
        comparison('raw', { benefit: { estimate: 6.3, low: -4.2, high: 16.8 }, equivalence: { estimate: 6.3, low: -2.4, high: 15 }, p: 0.1875, margin: 8.1, verdict: 'inconclusive', because: 'precision', method: 'crossed-components' }),
      ],
      arms: [arm('normalized'), arm('raw', { metric: 0.701 })],
    }),
  };
}

/** A small network trained from its initialization. */
export function fromScratch(): Report {
  const evidence = storyEvidence({
    boundary: false,
    layers: [
      { id: 'conv_1', className: 'Conv2D', relativeGain: 0.97 },
      { id: 'conv_2', className: 'Conv2D', relativeGain: 0.88 },
      { id: 'logits', part: 'output', activation: 'linear', targetGain: 1 },
    ],
  });
  return {
    evidence: { ...evidence, check: { id: 'fixtures/from-scratch/layer-vitals', config: 'fixtures/from-scratch/layer-vitals.yml', profile: 'nightly' }, model: { ...evidence.model, name: 'small-cnn', path: null, train: 'all' } },
    judgement: judgement({
      layers: [
        layer('conv_1', { relativeStd: null, relativeGain: 0.97, shrinkage: 0.97, std: 1.1, stdBySteps: [1.1, 1.1, 1.2, 1.2, 1.4, 1.7] }),
        layer('conv_2', { relativeStd: null, relativeGain: 0.88, shrinkage: 0.85, std: 0.93, stdBySteps: [0.93, 0.93, 1, 1.2, 1.4, 1.9] }),
        { ...LOGITS, relativeStd: null },
      ],
      worst: { site: 'conv_2', shrinkage: 0.85 },
    }),
  };
}

/** Without normalization the numbers overflow. */
export function diverged(): Report {
  const evidence = sampleEvidence({ check: ROOT_CHECK });
  const runs = evidence.runs.map((run) => (run.arm === 'raw' ? { ...run, nonFinite: { step: 3, where: 'head_1' } } : run));
  const overflow: Finding = {
    rule: 'non-finite',
    severity: 'warning',
    sites: ['head_1'],
    cause: 'rate',
    what: ['Without normalization (', { name: 'raw' }, ') numbers overflow in ', { name: 'head_1' }, ' at step 3, in 6 of 6 runs.'],
    why: ['Inputs up to 255 make the first updates too large for learning rate 0.001.'],
    fix: { text: ['Keep the normalization, or lower ', { name: 'training.learning-rate' }, '.'], remedy: null, tried: null },
    numbers: { runs: 6 },
    explains: [],
  };
  return {
    evidence: { ...evidence, runs },
    judgement: judgement({
      findings: [overflow],
      arms: [arm('normalized'), arm('raw', { metric: 1 / 6, trainMetric: Number.NaN, epochsToTarget: null, secondsToTarget: null, diverged: 6 }), arm('unit', { metric: 0.772 })],
    }),
  };
}

/** The declared normalization is the wrong one. */
function harmful(): Report {
  const evidence = storyEvidence({ accuracy: { normalized: 0.678, unit: 0.772 } });
  const check = { id: 'fixtures/wrong-normalization/layer-vitals', config: 'fixtures/wrong-normalization/layer-vitals.yml' };
  const costs: Finding = {
    rule: 'accuracy-delta',
    severity: 'error',
    sites: [],
    cause: 'data',
    what: [{ name: 'normalized' }, ' is 9.4 points less accurate than ', { name: 'unit' }, ' (limit 3).'],
    why: ['The interval [−13.1, −5.7] lies below 0 on the planned seeds and again on 6 fresh ones.'],
    fix: { text: ['Set ', { name: 'input.normalization: unit' }, '.'], remedy: null, tried: null },
    numbers: { delta: -9.4, limit: 3 },
    explains: [],
  };
  return {
    evidence: { ...evidence, check, confirmation: evidence.runs.map((run) => ({ ...run, seed: run.seed + 100 })) },
    judgement: judgement({
      verdict: 'fail',
      findings: [costs],
      arms: [arm('normalized', { metric: 0.678, epochsToTarget: null }), arm('unit', { metric: 0.772 })],
      comparisons: [comparison('unit', { benefit: { estimate: -9.4, low: -13.1, high: -5.7 }, equivalence: { estimate: -9.4, low: -12.4, high: -6.4 }, verdict: 'harmful' })],
    }),
  };
}

/** Units that start dead: what the rules themselves say of it, with a fix that helps and one that does not. */
function deadUnits(): Report {
  const accuracy = { normalized: 1 / 6, unit: 1 / 6 };
  const evidence = storyEvidence({ accuracy, trainAccuracy: accuracy });
  const runs = evidence.runs.map((run) => ({
    ...run,
    initial: [{ site: 'head_1', std: 0.13, rms: 0.13, difference: 0.99, bias: { std: 0, rms: 2 } }],
    observations: run.observations.map((seen) => (seen.site === 'head_1' ? { ...seen, deadUnits: 0.93 } : seen)),
  }));
  const trials = [
    { rule: 'dead-units', change: 'kernel-initializer: he-normal; bias-initializer: zeros', sites: ['head_1'], runs },
    { rule: 'dead-units', change: 'activation: elu', sites: ['head_1'], runs: storyEvidence({ accuracy: { normalized: [0.72, 0.7, 0.74, 0.71, 0.75, 0.73] } }).runs },
  ];
  const measured = { ...evidence, check: ROOT_CHECK, runs, trials };
  return { evidence: measured, judgement: judge(measured, DEFAULTS, 'error') };
}

const COMMIT = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** A change that renames a layer, weakens it, puts one in and makes the input normalization worth less. */
function compared(): Report {
  const before = storyEvidence({ accuracy: { normalized: 0.775, raw: 0.675, unit: 0.775 } });
  const after = storyEvidence({
    layers: [
      { id: 'pool', className: 'GlobalAveragePooling2D', kind: 'pass', ratio: 0.51 },
      { id: 'hidden', relativeGain: 0.31 },
      { id: 'extra', className: 'Dropout', kind: 'pass' },
      { id: 'logits', part: 'output', activation: 'softmax', targetGain: 1, relativeGain: 0.6 },
    ],
    accuracy: { normalized: [0.7, 0.725, 0.7, 0.675, 0.7, 0.7], raw: 0.65, unit: 0.775 },
  });
  const [then, now] = [before, after].map((evidence) => ({ evidence, layers: layerVitals(evidence) }));
  const change = changeEffect(then!, now!);
  return { evidence: { ...after, check: ROOT_CHECK }, judgement: judgement({ change, layers: now!.layers, worst: { site: 'hidden', shrinkage: 0.31 } }), baseline: { kind: 'compared', commit: COMMIT } };
}

/** A change of something else. */
function untouched(): Report {
  return { ...passing(), baseline: { kind: 'untouched', commit: COMMIT }, reused: true };
}

/** The first pull request. */
function withoutBaseline(): Report {
  return { ...passing(), baseline: { kind: 'none', why: "the check cannot run at commit 4b825dc642: There is no layer-vitals.yml in the working directory" } };
}

/** Every kind of report, by the name of its golden files. */
export const REPORTS = [
  ['pass', passing],
  ['fail-vanishing-head', vanishing],
  ['fail-wrong-normalization', harmful],
  ['inconclusive', inconclusive],
  ['from-scratch', fromScratch],
  ['diverged-arm', diverged],
  ['fail-dead-units', deadUnits],
  ['change-compared', compared],
  ['change-untouched', untouched],
  ['change-without-baseline', withoutBaseline],
  ['segmentation', segmentation],
] as const satisfies readonly (readonly [string, () => Report])[];
