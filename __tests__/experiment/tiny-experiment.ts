import { configOf } from '../../src/config/config.ts';
import { settings } from '../../src/config/settings.ts';
import { randomOf } from '../../src/engine/seeding.ts';
import type { DataSet } from '../../src/data/load.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { describe } from '../../src/experiment/describe.ts';
import { settled } from '../../src/experiment/fingerprint/in-check.ts';
import { designOf } from '../../src/experiment/design.ts';
import { Experiment } from '../../src/experiment/experiment.ts';
import { judge, untriedRemedies } from '../../src/rules/judge.ts';
import type { Judgement } from '../../src/rules/types.ts';

/** What a check of a small network looks like; everything else has its default. */
export interface TinyCheck {
  /** The layers; a dense softmax layer is put behind them. */
  readonly head: readonly object[];
  /** Whether the layers end in an output of their own. */
  readonly ends?: boolean;
  readonly training?: Readonly<Record<string, unknown>>;
  readonly normalization?: unknown;
  /** What becomes of pixels and labels; by default, stripes of two directions in noise. */
  readonly images?: (values: Float32Array, labels: Int32Array) => void;
}

const SIDE = 12;
const CLASSES = 2;
const IMAGES = 64;
const SEEDS = 4;
const OUTPUT = { layer: 'dense', name: 'logits', units: CLASSES, activation: 'softmax' };

/** Horizontal or vertical stripes, anywhere, in noise: what a small convolution can learn in a few steps. */
function stripes(): { values: Float32Array; labels: Int32Array } {
  const random = randomOf(0, 'stripes');
  const labels = Int32Array.from({ length: IMAGES }, (_, image) => image % CLASSES);
  const values = new Float32Array(IMAGES * SIDE * SIDE * 3);
  for (let image = 0, at = 0; image < IMAGES; image++) {
    const phase = Math.floor(random() * 4);
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const isBright = ((labels[image] === 0 ? row : column) + phase) % 4 < 2;
        for (let channel = 0; channel < 3; channel++) values[at++] = Math.round(255 * (0.2 + 0.35 * random() + (isBright ? 0.4 : 0)));
      }
    }
  }
  return { values, labels };
}

/** Trains a small network for real, in this thread, tries fixes as a check does, and judges it. */
export async function tinyExperiment({ head, ends = false, training = {}, normalization = 'minus-one-to-one', images = () => undefined }: TinyCheck): Promise<{ evidence: Evidence; judgement: Judgement }> {
  const written = settings.parse({
    model: { head: ends ? head : [...head, OUTPUT] },
    data: { path: 'images', size: SIDE, validation: 2 },
    input: { normalization, arms: ['normalized'] },
    training: { epochs: 8, 'batch-size': 8, ...training },
    experiment: { seeds: SEEDS },
  });
  const config = configOf(written, { file: '/check/layer-vitals.yml', shown: 'layer-vitals.yml', profile: null, cwd: '/check' });
  const { values, labels } = stripes();
  images(values, labels);
  const dataSet: DataSet = {
    files: [],
    classes: ['across', 'down'],
    answers: { kind: 'labels', labels, classes: CLASSES },
    strata: labels,
    counts: Array.from({ length: CLASSES }, (_, label) => labels.filter((other) => other === label).length),
    fixedValidation: null,
    notes: [],
  };
  const experiment = new Experiment(designOf(settled(config, null), dataSet, [SIDE, SIDE], values), { onProgress: () => undefined, onNotice: () => undefined, mostThreads: 1, threads: null, cache: null });
  try {
    const { survey, design } = await experiment.prepare();
    const facts = { ...describe(config, dataSet, design, survey, 'test'), notes: [] };
    let evidence: Evidence = { ...facts, ...(await experiment.conduct()), trials: [], confirmation: [], timing: experiment.timing() };
    const judged = () => judge(evidence, config.thresholds, 'error');
    for (let [remedy] = untriedRemedies(judged()); remedy; [remedy] = untriedRemedies(judged())) {
      evidence = { ...evidence, trials: [...evidence.trials, await experiment.attempt(remedy)] };
    }
    return { evidence, judgement: judged() };
  } finally {
    await experiment.close();
  }
}
