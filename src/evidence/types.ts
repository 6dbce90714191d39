/** Everything a check measured, as plain data. Rules, reports and comparisons see nothing else. */

/** Version of the evidence format; a reader refuses any other. */
export const EVIDENCE_VERSION = 2;

export interface Evidence {
  readonly version: typeof EVIDENCE_VERSION;
  readonly check: CheckFacts;
  readonly environment: Environment;
  readonly model: ModelFacts;
  readonly task: TaskFacts;
  readonly data: DataFacts;
  readonly plan: Plan;
  /** Every site of the network, in the order of execution. */
  readonly sites: readonly Site[];
  /** Sites of a frozen trunk, by arm. No seed and no step can change them, so each arm has one set. */
  readonly trunk: Readonly<Record<string, readonly Observation[]>>;
  readonly runs: readonly Run[];
  /** What each new weighted layer would pass on if it were well initialized (arm `normalized`). */
  readonly references: readonly ReferenceGain[];
  /** Fixes that were tried. */
  readonly trials: readonly Trial[];
  /** Runs on fresh seeds that confirm, or do not, what failed on the planned ones. */
  readonly confirmation: readonly Run[];
  /** What the user should know about the input: "12 images were resized", one sentence each. */
  readonly notes: readonly string[];
  /** Wall-clock figures: the only part that differs between two runs of the same check. */
  readonly timing: Timing;
}

export interface CheckFacts {
  /** Tells several checks of one repository apart. */
  readonly id: string;
  /** Path of the config as the user gave it, with forward slashes. */
  readonly config: string;
  /** Name of the config's profile; absent where none took part. */
  readonly profile?: string | undefined;
}

export interface Environment {
  /** Version of layer-vitals. */
  readonly version: string;
  readonly tfjs: string;
  readonly backend: string;
  readonly kernels: Kernels;
  /** Whether products are rounded together with the sum that they are added to, which not every processor does. */
  readonly fusedMultiplyAdd: boolean;
  /** What computed on the native backend, as each of these changes last bits; absent on the others. */
  readonly native?: NativeFacts | undefined;
}

export interface NativeFacts {
  /** Version of libtensorflow. */
  readonly tensorflow: string;
  /** Threads that one operation is computed on. */
  readonly threads: number;
  /** Widest vector instructions of the processor; null where it does not tell. */
  readonly instructionSet: string | null;
  readonly gpu: boolean;
}

/** How the engine computes: `exact`, with the same bits everywhere; `relaxed`, with those of the processor. */
export type Kernels = 'exact' | 'relaxed';

export interface ModelFacts {
  readonly name: string;
  /** Path of the model file as in the config; null where the network is built from its layer list alone. */
  readonly path: string | null;
  /** Site id of the last pretrained layer; null where nothing is pretrained. */
  readonly boundary: string | null;
  /** How many layers are new. */
  readonly newLayers: number;
  readonly parameters: number;
  readonly trainableParameters: number;
  /** `head`, `all` or `from:<layer>`. */
  readonly train: string;
  /** Absent where nothing is pretrained, it remembers nothing, or the evidence is older. */
  readonly remembered?: RememberedInput | undefined;
}

/** What the network learns, and what it is judged by. */
export interface TaskFacts {
  readonly kind: TaskKind;
  /** Larger is better; 1 is perfect. */
  readonly metric: Metric;
  readonly loss: Loss;
  /** What the best answer scores that never looks at an image: on the images that are trained on, which are all of them where folds are held out. */
  readonly trivial: TrivialScore;
  /** The same on the user's own validation set; absent where folds are held out, and in older evidence, where `trivial` is of both sets together. */
  readonly heldOutTrivial?: TrivialScore | undefined;
}

export type TaskKind = 'classification' | 'segmentation' | 'regression';

/** `mIoU`: mean over the classes that occur of the intersection over union of all held-out pixels. `R²`: share of the variance explained. */
export type Metric = 'accuracy' | 'mIoU' | 'R²';

/** Means over images (cross-entropy: in nats, over images or labelled pixels; Dice: 1 minus the soft Dice coefficient, over images and classes). */
export type Loss = 'cross-entropy' | 'dice' | 'cross-entropy-and-dice' | 'mean-squared-error';

export interface TrivialScore {
  readonly metric: number;
  /** Standard deviation over images of its scores, whose mean is `metric`. */
  readonly std: number;
  readonly loss: number;
}

export interface DataFacts {
  readonly path: string;
  readonly images: number;
  /** Empty where the answers are numbers. */
  readonly classes: readonly string[];
  /** Images per class, in the order of `classes`: those in which it occurs. */
  readonly counts: readonly number[];
  /** Height and width that the network is fed, in pixels. */
  readonly size: readonly [height: number, width: number];
  readonly validation: ValidationFacts;
  /** SHA-256 of the classes, masks or numbers that the images are labelled with. */
  readonly answers?: string | undefined;
  /** Red, green and blue as the pixels are, 0..255, before any treatment. */
  readonly channels?: readonly ChannelStatistics[] | undefined;
}

/** `folds`: every image is held out equally often, where the seeds are a multiple of the folds. `fixed`: the user's own validation set. */
export type ValidationFacts =
  | { readonly kind: 'folds'; readonly folds: number; readonly trainImages: number; readonly validationImages: number }
  | { readonly kind: 'fixed'; readonly path: string; readonly trainImages: number; readonly validationImages: number };

export interface ArmFacts {
  readonly name: string;
  /** Name of the preset, or `custom`. */
  readonly preset: string;
  /** How the arm treats a pixel, e.g. `(x - 127) / 128`. */
  readonly formula: string;
  /** Per channel in the order that the network reads: pixels minus mean, divided by std; absent where no such numbers hold for every image. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly order?: 'rgb' | 'bgr' | undefined;
  /** Mode of the pretrained BatchNorm in training, where the check sets it. */
  readonly batchnorm?: BatchNormMode | undefined;
  /** The arm that it is compared with, where that is not `normalized`: the same input treatment under the same BatchNorm. */
  readonly against?: string | undefined;
}

/** What the pretrained part remembers of its input (docs/fingerprint.md), beside what `normalized` feeds it. */
export interface RememberedInput {
  /** Whether it can be relied on. */
  readonly told: boolean;
  /** Name of the preset, or null where it has none. */
  readonly preset: string | null;
  /** E.g. `(x - 127) / 128`, x in 0..255. */
  readonly formula: string;
  readonly probability: number;
  /** Largest difference between what `normalized` feeds a pixel as and this, as a share of the range; infinite where they are of another kind or channel order. */
  readonly difference: number;
  /** The compared arm that feeds the same within 3 % of the range, if any. */
  readonly arm: string | null;
  /** Layers whose memories were read. */
  readonly memories: readonly string[];
}

export interface Plan {
  /** The first arm is `normalized`; the others are compared with it. */
  readonly arms: readonly ArmFacts[];
  /** Those that every arm was trained on. */
  readonly seeds: readonly number[];
  /** Numbers of seeds at which the comparisons are judged, until none is open; the first is always reached. */
  readonly looks: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly optimizer: string;
  readonly learningRate: number;
  /** Steps at which layers are observed. */
  readonly observedSteps: readonly number[];
  /** Margin of equivalence in points of the metric; `planned` is the smallest that this plan can show. */
  readonly margin: {
    readonly points: number;
    readonly planned: number;
    readonly chosen: boolean;
    /** The smallest one within which the plan finds arms equal in 80 % of cases where they differ by a fifth of it; absent in older evidence. */
    readonly equivalence?: number | undefined;
  };
  /** Smallest two-sided sign-flip p that the seeds of the last look can reach. */
  readonly smallestP: number;
  /** Number of images in the fixed batch on which layers are observed. */
  readonly probeImages: number;
}

/** How a site takes part in the walk of cumulative shrinkage (docs/rules.md#std-shrinkage). */
export type SiteKind =
  /** kernel times input: S(in) * gain / target */
  | 'weighted'
  /** BatchNorm and its like */
  | 'normalization'
  /** add, concatenate, average, maximum: the largest S of the inputs */
  | 'merge'
  /** activation, pooling, reshape, dropout, padding: S(in) */
  | 'pass'
  /** embedding, recurrent, attention, multiply, unknown: S(in), not judged */
  | 'unjudged';

/** One call of one layer. */
export interface Site {
  /** Path of layer names through nested models, `#2` for the second call of a shared layer. */
  readonly id: string;
  readonly className: string;
  readonly part: 'trunk' | 'head' | 'output';
  readonly boundary: boolean;
  readonly kind: SiteKind;
  /** Ids of the sites whose outputs this one reads; empty where it reads the model's input. */
  readonly inputs: readonly string[];
  /** Output shape without the batch dimension. */
  readonly shape: readonly number[];
  /** Name of the activation that follows this site, directly or after a normalization. */
  readonly activation: string | null;
  /** Gain that keeps the signal's size through that activation; null where it is not judged. */
  readonly targetGain: number | null;
  readonly fanIn: number | null;
  readonly parameters: number;
  readonly trainable: boolean;
  /** Share of its input that a dropout layer drops. */
  readonly dropRate?: number | undefined;
}

/** Statistics of a tensor. Shares are of the finite values. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  readonly min: number;
  readonly max: number;
  /** Share of exact zeros. */
  readonly zeros: number;
  /** Share at the activation's lower and upper rail: ReLU6 at 6, tanh beyond 0.97, sigmoid beyond 0.015 and 0.985. */
  readonly rails: readonly [low: number, high: number];
  readonly nonFinite: number;
  /** Root mean variance across examples at fixed position and unit: the part that carries information. */
  readonly signal: number;
  /** Count of values by floor(log2 |x|) in every eighth example: pairs of exponent and count, ascending, zeros left out. */
  readonly histogram: readonly (readonly [exponent: number, count: number])[];
}

export type Mode = 'training' | 'inference';

/** By which statistics BatchNorm normalizes in training: those that it remembers, or those of the batch. */
export type BatchNormMode = Mode;

/** Statistics of one site at one step, on the probe batch. */
export interface Observation {
  readonly site: string;
  /** Number of updates done before this look. */
  readonly step: number;
  readonly mode: Mode;
  /** Of the layer's first input. */
  readonly x: { readonly std: number; readonly rms: number };
  readonly y: Moments;
  /** std(pre-activation without its bias) / rms(x); null for a layer without a kernel. */
  readonly gain: number | null;
  /** Gradient of the mean loss by the site's output; null where none flows (frozen) or in inference mode. */
  readonly gradient: Moments | null;
  /** std of the layer's kernel; null for a layer without one. */
  readonly kernelStd: number | null;
  /** Share of units that are zero for every example and position, where the site ends in a rectifier. */
  readonly deadUnits?: number | undefined;
}

/** Weights that a layer starts from. */
export interface InitialWeights {
  /** Id of the layer's first site. */
  readonly site: string;
  readonly std: number;
  readonly rms: number;
  /** Share of their size that differs from unit to unit: 0 where all units are the same; null where that has no meaning. */
  readonly difference: number | null;
  readonly bias: { readonly std: number; readonly rms: number } | null;
}

/** What one update did to the kernel of a layer. */
export interface Update {
  /** Id of the layer's first site. */
  readonly site: string;
  /** Number of updates done after this one. */
  readonly step: number;
  /** rms of the change / rms of what was changed. */
  readonly ratio: number;
  /** rms of the gradient of the batch's loss by the kernel, as the optimizer was given it. */
  readonly gradient: number;
}

/** Statistics of one channel of the pixels, over all images. */
export interface ChannelStatistics {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Root mean variance across images at fixed position. */
  readonly signal: number;
}

export interface Score {
  /** Of the task, without the penalties of regularizers. */
  readonly loss: number;
  /** Of the task. */
  readonly metric: number;
}

export interface EpochScore {
  /** 0 is before the first update. */
  readonly epoch: number;
  readonly step: number;
  readonly train: Score;
  readonly validation: Score;
  /** Mean over the training images of the largest probability. */
  readonly certainty?: number | undefined;
  /** What regularizers add to the loss; absent where there are none. */
  readonly penalty?: number | undefined;
}

/** One training of one arm with one seed. */
export interface Run {
  readonly arm: string;
  readonly seed: number;
  /** Which fold was held out; null with a fixed validation set. */
  readonly fold: number | null;
  readonly epochs: readonly EpochScore[];
  readonly outcomes: Outcomes;
  readonly observations: readonly Observation[];
  readonly initial?: readonly InitialWeights[] | undefined;
  /** At the observed steps. */
  readonly updates?: readonly Update[] | undefined;
  /** Where a NaN or an infinity appeared first; the run ends there. */
  readonly nonFinite: { readonly step: number; readonly where: string } | null;
  /** sha256 of the trained weights: equal bits, equal hash. */
  readonly weights: string;
}

/** How held-out examples were answered at the end of a run. */
export interface Outcomes {
  /** Indices into the data set. */
  readonly examples: readonly number[];
  /**
   * Score of each example; their mean is the metric. 1 or 0 for an image that was classified right or wrong; for a metric
   * of all pixels or numbers together, what the example adds to it (docs/statistics.md#scores).
   */
  readonly scores: readonly number[];
  /** Where pixels are classified. */
  readonly pixels?: PixelScores | undefined;
}

/** Of all labelled pixels of the held-out images. */
export interface PixelScores {
  /** Share that was classified right. */
  readonly accuracy: number;
  /** Intersection over union of each class; null where a class does not occur (in older evidence: and is not answered). */
  readonly iou: readonly (number | null)[];
}

/** The cause of a gain, taken apart: what redrawn weights at the target gain pass on of the same input. */
export interface ReferenceGain {
  readonly site: string;
  readonly seed: number;
  /** Gain of the layer as initialized. */
  readonly gain: number;
  /** Median gain of the redraws. */
  readonly reference: number;
  readonly kernelStd: number;
  /** Kernel std of the redraws. */
  readonly referenceKernelStd: number;
}

/** A fix that was tried: the runs of arm `normalized`, same seeds, with one thing changed. */
export interface Trial {
  readonly rule: string;
  /** What was changed, in the words of the config, e.g. `kernel-initializer: he-normal`. */
  readonly change: string;
  readonly sites: readonly string[];
  readonly runs: readonly Run[];
}

export interface Timing {
  /** Seconds. */
  readonly total: number;
  readonly trunk: number;
  readonly runs: readonly { readonly arm: string; readonly seed: number; readonly seconds: number; readonly steps: number }[];
}
