/** Builds evidence for tests: a small, coherent check whose layers, accuracies and data a test chooses. */
import type {
  ArmFacts,
  EpochScore,
  Evidence,
  Mode,
  Moments,
  Observation,
  ReferenceGain,
  Run,
  Site,
  SiteKind,
  Trial,
} from '../../src/evidence/types.ts';

/** One layer after the boundary (or, without a boundary, after the input). */
export interface SampleLayer {
  readonly id: string;
  readonly className?: string;
  readonly kind?: SiteKind;
  readonly part?: Site['part'];
  /** Default: the layer before it. */
  readonly inputs?: readonly string[];
  readonly activation?: string | null;
  readonly targetGain?: number | null;
  readonly trainable?: boolean;
  /** gain / target gain at the start, for a weighted layer. */
  readonly relativeGain?: number;
  /** gain / target gain at the end; default: as at the start. */
  readonly relativeGainAtEnd?: number;
  /** std(y) / std(x) in inference mode, for other layers. */
  readonly ratio?: number;
}

export interface Story {
  readonly layers?: readonly SampleLayer[];
  /** False: nothing is pretrained. */
  readonly boundary?: boolean;
  readonly seeds?: number;
  /** First seed. */
  readonly from?: number;
  /** Accuracy at the end on held-out images, by arm; one value per seed where they differ. */
  readonly accuracy?: Readonly<Record<string, number | readonly number[]>>;
  /** The same on training images. */
  readonly trainAccuracy?: Readonly<Record<string, number | readonly number[]>>;
  readonly epochs?: number;
  /** Images per class, 6 classes. */
  readonly perClass?: number;
  /** Size of a fixed validation set; default: folds, one per seed up to 6. */
  readonly fixedValidation?: number;
}

const CLASSES = ['animal-bug', 'animal-mammal', 'clothing', 'family', 'food-prepared', 'office'];

const ARMS: Readonly<Record<string, ArmFacts>> = {
  normalized: { name: 'normalized', preset: 'efficientnet-lite', formula: '(x - 127) / 128' },
  raw: { name: 'raw', preset: 'raw', formula: 'x' },
  unit: { name: 'unit', preset: 'unit', formula: 'x / 255' },
};

const HEALTHY: readonly SampleLayer[] = [
  { id: 'pool', className: 'GlobalAveragePooling2D', kind: 'pass', ratio: 0.51 },
  { id: 'head_1', relativeGain: 0.91 },
  { id: 'logits', part: 'output', activation: 'linear', targetGain: 1, relativeGain: 0.6 },
];

/** Six layers that pass on about a fifth each, as a too small initialization makes them. */
export const VANISHING: readonly SampleLayer[] = [
  { id: 'pool', className: 'GlobalAveragePooling2D', kind: 'pass', ratio: 0.51 },
  ...[0.21, 0.21, 0.2, 0.21, 0.22, 0.21].map((relativeGain, i) => ({ id: `head_${i + 1}`, relativeGain })),
  { id: 'logits', part: 'output' as const, activation: 'linear', targetGain: 1, relativeGain: 0.6 },
];

/** Evidence of a healthy check; `overrides` replace whole parts of it. */
export function sampleEvidence(overrides: Partial<Evidence> = {}): Evidence {
  return { ...storyEvidence({}), ...overrides };
}

/** Evidence of the failing example: a head that vanishes, why it does, and the fix that was tried. */
export function vanishingEvidence(overrides: Partial<Evidence> = {}): Evidence {
  const dead = { normalized: 1 / 6, raw: 1 / 6, unit: 1 / 6 };
  const weighted = VANISHING.filter((layer) => layer.id.startsWith('head_'));
  const story: Story = { layers: VANISHING, accuracy: dead, trainAccuracy: dead };
  return {
    ...storyEvidence(story),
    references: weighted.flatMap((layer) => sampleReferences(layer.id, { gain: (layer.relativeGain ?? 1) * Math.SQRT2 })),
    trials: [
      sampleTrial(
        weighted.map((layer) => layer.id),
        { ...story, layers: VANISHING.map((layer) => ({ ...layer, relativeGain: 0.98 })), accuracy: { normalized: [0.7, 0.75, 0.775, 0.725, 0.75, 0.725] }, trainAccuracy: { normalized: 0.9 } },
      ),
    ],
    ...overrides,
  };
}

export function sampleTrial(sites: readonly string[], story: Story, change = 'kernel-initializer: he-normal'): Trial {
  return { rule: 'std-shrinkage', change, sites, runs: storyEvidence(story).runs.filter((run) => run.arm === 'normalized') };
}

/** One reference per seed. */
export function sampleReferences(
  site: string,
  { gain, reference = 1.38, kernelStd = 0.006, referenceKernelStd = 0.134, seeds = 6 }: Partial<Omit<ReferenceGain, 'site' | 'seed'>> & { seeds?: number },
): readonly ReferenceGain[] {
  const facts = { site, gain: gain ?? 0.3, reference, kernelStd, referenceKernelStd };
  return range(seeds).map((i) => ({ ...facts, seed: i + 1 }));
}

const TRIVIAL = { metric: 1 / CLASSES.length, std: Math.sqrt(CLASSES.length - 1) / CLASSES.length, loss: Math.log(CLASSES.length) };

/** Evidence of the check that a story tells. */
export function storyEvidence(story: Story): Evidence {
  const seeds = range(story.seeds ?? 6).map((i) => i + (story.from ?? 1));
  const boundary = story.boundary ?? true;
  const sites = sampleSites(story.layers ?? HEALTHY, boundary);
  const perClass = story.perClass ?? 40;
  const images = perClass * CLASSES.length;
  const folds = Math.min(6, Math.max(2, seeds.length));
  const fixed = story.fixedValidation;
  const validationImages = fixed ?? images / folds;
  const trainImages = fixed === undefined ? images - validationImages : images;
  const accuracy = story.accuracy ?? { normalized: [0.75, 0.775, 0.8, 0.75, 0.775, 0.75], raw: [0.675, 0.7, 0.7, 0.675, 0.7, 0.675], unit: [0.775, 0.75, 0.8, 0.775, 0.75, 0.775] };
  const arms = Object.keys(accuracy);
  const epochs = story.epochs ?? 20;
  const batchSize = 16;
  const stepsPerEpoch = Math.ceil(trainImages / batchSize);
  const lastStep = epochs * stepsPerEpoch;
  const observedSteps = [0, 1, 2, 4, 8, lastStep];
  const runs = arms.flatMap((arm) =>
    seeds.map((seed, i): Run => {
      const fold = fixed === undefined ? i % folds : null;
      const examples = fold === null ? range(validationImages) : range(images).filter((image) => image % folds === fold);
      const final = nth(accuracy[arm], i);
      const train = nth(story.trainAccuracy?.[arm] ?? final, i);
      return {
        arm,
        seed,
        fold,
        epochs: range(epochs + 1).map((epoch) => sampleEpoch(epoch, epochs, stepsPerEpoch, train, final)),
        outcomes: { examples, scores: examples.map((_, k) => Number(k < Math.round(final * examples.length))) },
        observations: observedSteps.flatMap((step) => observe(sites, story.layers ?? HEALTHY, step, lastStep)),
        nonFinite: null,
        weights: `${arm}-${seed}`.padEnd(64, '0'),
      };
    }),
  );
  const trunk = sites.filter((site) => site.part === 'trunk');
  return {
    version: 2,
    check: { id: 'default', config: 'layer-vitals.yml' },
    environment: { version: '0.1.0', tfjs: '4.22.0', backend: 'wasm', kernels: 'exact', fusedMultiplyAdd: false },
    model: {
      name: 'EfficientNet-Lite0',
      path: 'fixtures/models/efficientnet-lite0/model.json',
      boundary: boundary ? 'block10_add' : null,
      newLayers: sites.length - trunk.length,
      parameters: 704_000,
      trainableParameters: 13_000,
      train: 'head',
    },
    task: { kind: 'classification', metric: 'accuracy', loss: 'cross-entropy', trivial: TRIVIAL, ...(fixed === undefined ? {} : { heldOutTrivial: TRIVIAL }) },
    data: {
      path: 'fixtures/data/emoji',
      images,
      classes: CLASSES,
      counts: CLASSES.map(() => perClass),
      size: [96, 96],
      validation: fixed === undefined ? { kind: 'folds', folds, trainImages, validationImages } : { kind: 'fixed', path: 'validation', trainImages, validationImages },
    },
    plan: {
      arms: arms.map((arm) => ARMS[arm] ?? { name: arm, preset: 'custom', formula: 'x' }),
      seeds,
      looks: [seeds.length],
      epochs,
      batchSize,
      stepsPerEpoch,
      optimizer: 'adam',
      learningRate: 1e-3,
      observedSteps,
      margin: { points: 3, planned: 2.8, chosen: false },
      smallestP: 2 / 2 ** seeds.length,
      probeImages: 32,
    },
    sites,
    trunk: Object.fromEntries(arms.map((arm) => [arm, trunk.map((site) => trunkObservation(site.id))])),
    runs,
    references: [],
    trials: [],
    confirmation: [],
    notes: [],
    timing: { total: 2.4, trunk: 0.6, runs: runs.map((run) => ({ arm: run.arm, seed: run.seed, seconds: 0.1, steps: lastStep })) },
  };
}

export function sampleMoments(std: number, overrides: Partial<Moments> = {}): Moments {
  return {
    n: 4096,
    mean: 0,
    std,
    rms: std,
    min: -3 * std,
    max: 3 * std,
    zeros: 0,
    rails: [0, 0],
    nonFinite: 0,
    signal: std * 0.88,
    histogram: std > 0 ? [[Math.floor(Math.log2(std)), 4096]] : [],
    ...overrides,
  };
}

function sampleSites(layers: readonly SampleLayer[], boundary: boolean): readonly Site[] {
  const trunk: readonly Site[] = ['stem', 'block10_add'].map((id, i) => ({
    ...site({ id, kind: i === 0 ? 'weighted' : 'merge', part: 'trunk', inputs: i === 0 ? [] : ['stem'] }, []),
    boundary: id === 'block10_add',
    trainable: false,
  }));
  const head = layers.map((layer, i) => {
    const before = layers[i - 1]?.id ?? (boundary ? 'block10_add' : null);
    return site(layer, before === null ? [] : [before]);
  });
  return boundary ? [...trunk, ...head] : head;
}

function site(layer: SampleLayer, before: readonly string[]): Site {
  const kind = layer.kind ?? 'weighted';
  const weighted = kind === 'weighted';
  return {
    id: layer.id,
    className: layer.className ?? (weighted ? 'Dense' : 'Activation'),
    part: layer.part ?? 'head',
    boundary: false,
    kind,
    inputs: layer.inputs ?? before,
    shape: [112],
    activation: layer.activation === undefined ? (weighted ? 'relu' : null) : layer.activation,
    targetGain: layer.targetGain === undefined ? (weighted ? Math.SQRT2 : null) : layer.targetGain,
    fanIn: weighted ? 112 : null,
    parameters: weighted ? 12_656 : 0,
    trainable: layer.trainable ?? weighted,
  };
}

function observe(sites: readonly Site[], layers: readonly SampleLayer[], step: number, lastStep: number): readonly Observation[] {
  const out: Observation[] = [];
  for (const mode of ['training', 'inference'] as const) {
    const stds = new Map<string, number>([['block10_add', 7.85]]);
    for (const [i, layer] of layers.entries()) {
      const facts = sites[sites.length - layers.length + i]!;
      const x = stds.get(facts.inputs[0] ?? '') ?? 1;
      const weighted = facts.kind === 'weighted';
      const relative = (step === lastStep ? layer.relativeGainAtEnd : undefined) ?? layer.relativeGain ?? 1;
      const gain = weighted ? relative * (facts.targetGain ?? 1) : null;
      const batch = facts.kind === 'normalization' && mode === 'training' && facts.trainable;
      const y = gain !== null ? x * gain * 0.7 : batch ? 1 : x * (layer.ratio ?? 1);
      stds.set(layer.id, y);
      out.push(observation(layer.id, step, mode, x, y, gain));
    }
  }
  return out;
}

function observation(id: string, step: number, mode: Mode, x: number, y: number, gain: number | null): Observation {
  return {
    site: id,
    step,
    mode,
    x: { std: x, rms: x },
    y: sampleMoments(y),
    gain,
    gradient: mode === 'training' ? sampleMoments(2.1e-3) : null,
    kernelStd: gain === null ? null : gain / Math.sqrt(112),
  };
}

function trunkObservation(id: string): Observation {
  return { ...observation(id, 0, 'inference', 7.85, 7.85, null), gradient: null };
}

function sampleEpoch(epoch: number, epochs: number, stepsPerEpoch: number, train: number, validation: number): EpochScore {
  const trivial = 1 / CLASSES.length;
  const share = (1 - Math.exp((-5 * epoch) / epochs)) / (1 - Math.exp(-5));
  const score = (final: number): { loss: number; metric: number } => ({
    metric: trivial + (final - trivial) * share,
    loss: Math.log(CLASSES.length) * (1 - 0.8 * Math.max(0, final - trivial) * share),
  });
  return { epoch, step: epoch * stepsPerEpoch, train: score(train), validation: score(validation) };
}

function nth(value: number | readonly number[] | undefined, i: number): number {
  return (typeof value === 'number' ? value : value?.[i % value.length]) ?? Number.NaN;
}

function range(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i);
}
