import type { Remedy } from '../evidence/remedy.ts';
import type { Evidence, Metric } from '../evidence/types.ts';

/** Text of a finding. Names come from the user's files: a report escapes them, and shows them as code. */
export type Text = readonly (string | { readonly name: string })[];

export type Severity = 'error' | 'warning' | 'note';

/** `on-harm`: fails where the warning threshold is crossed and the run is harmed as well. */
export type FailThreshold = number | 'on-harm';

/** Limits of one rule; null switches it off. */
export interface Threshold {
  readonly warn: number | null;
  readonly fail: FailThreshold | null;
  /** By how much the figure may get worse against the baseline, in its own unit; shrinkage: share of what arrived before. */
  readonly worsenedBy?: number;
}

/** What each rule holds against its limits is said in docs/rules.md; null switches it off. */
export interface Thresholds {
  readonly inputScale: Threshold | null;
  readonly outputLoss: Threshold | null;
  readonly frozenMismatch: Threshold | null;
  readonly stdShrinkage: Threshold | null;
  readonly stdExplosion: Threshold | null;
  readonly poorInitialization: Threshold | null;
  readonly deadUnits: Threshold | null;
  readonly saturation: Threshold | null;
  readonly lostSignal: Threshold | null;
  readonly vanishingGradient: Threshold | null;
  readonly explodingGradient: Threshold | null;
  readonly learningRate: Threshold | null;
  readonly updateRatio: Threshold | null;
  readonly unchangedWeights: Threshold | null;
  /** In points of the metric; a `warn` of null is the plan's margin. */
  readonly accuracyDelta: Threshold | null;
  /** Share of the range of what is fed. */
  readonly normalizationMismatch: Threshold | null;
  readonly labels: Threshold | null;
  readonly notLearning: Threshold | null;
  readonly lossTrend: Threshold | null;
  readonly overfitting: Threshold | null;
  readonly underfitting: Threshold | null;
  /** Shares of the metric. */
  readonly metricFloor: Threshold | null;
  /** What the user expects of normalization, by the arm that it is compared with. */
  readonly expectation: Readonly<Record<string, Expected>> | null;
}

export type Expected = 'needed' | 'not-needed';

export type RuleName =
  | 'non-finite'
  | 'input-scale'
  | 'output-loss'
  | 'frozen-mismatch'
  | 'std-shrinkage'
  | 'std-explosion'
  | 'poor-initialization'
  | 'dead-units'
  | 'saturation'
  | 'lost-signal'
  | 'vanishing-gradient'
  | 'exploding-gradient'
  | 'learning-rate'
  | 'update-ratio'
  | 'unchanged-weights'
  | 'accuracy-delta'
  | 'normalization-mismatch'
  | 'labels'
  | 'not-learning'
  | 'loss-trend'
  | 'overfitting'
  | 'underfitting'
  | 'metric-floor'
  | 'expectation'
  | 'worsened';

/** Which part of the recipe is to blame. */
export type Cause = 'initialization' | 'data' | 'rate' | 'activation' | 'wiring' | 'regularization';

export interface Finding {
  readonly rule: RuleName;
  readonly severity: Severity;
  /** The sites it is about, first culprit first; empty where it is about the whole run. */
  readonly sites: readonly string[];
  /** The arm it is about, where it is about one. */
  readonly arm?: string;
  /** It was there before the change, and so fails nothing (`judge: introduced`). */
  readonly known?: true;
  /** A suspicion that a tried change bore out; the figure itself lies within its limit. */
  readonly isDoubt?: true;
  /** Null where it cannot be told. */
  readonly cause: Cause | null;
  /** One line: what is wrong. */
  readonly what: Text;
  /** The cause, with the numbers that show it. */
  readonly why: Text;
  readonly fix: Fix | null;
  readonly numbers: Readonly<Record<string, number>>;
  /** Findings that this one explains. */
  readonly explains: readonly Finding[];
}

export interface Fix {
  readonly text: Text;
  /** What to change in order to try it; null where nothing can be tried by itself, or nothing is left to try. */
  readonly remedy: Remedy | null;
  /** Its measured effect; null where it was not tried. */
  readonly tried: FixEffect | null;
}

export interface Change {
  readonly before: number;
  readonly after: number;
}

/** Before and after, over the same paired seeds; null is what was not measured, or is not a number. */
export interface FixEffect {
  readonly seeds: number;
  /** On held-out images, means over seeds. */
  readonly metric: Change;
  /** On training images at the end, medians over seeds. */
  readonly loss: Change | null;
  /** The smallest S of a judged layer. */
  readonly shrinkage: Change | null;
  /** Gradient by the output of the first new layer, relative to the last, at the start. */
  readonly gradient: Change | null;
  /** Paired difference of the metric in points, with its 95 % interval. */
  readonly gain: Interval;
  /** What it gains at least, in points: one-sided, at 95 %. */
  readonly atLeast: number;
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export type ComparisonVerdict = 'needed' | 'harmful' | 'not-needed' | 'inconclusive';

/** Arm `normalized` against another one. Points of the metric; positive when `normalized` is better. */
export interface Comparison {
  readonly arm: string;
  /** The arm that stands for `normalized` in it: `normalized` itself, or that under the same mode of BatchNorm. */
  readonly against: string;
  readonly seeds: number;
  /** Level of the test: .05, or what this look may spend of it. */
  readonly alpha: number;
  /** 1 - alpha interval: of 95 % where there is one look. */
  readonly benefit: Interval;
  /** 1 - 2 alpha interval: the one that is held against the margin to declare equivalence. */
  readonly equivalence: Interval;
  /** Exact two-sided sign-flip p over seeds, on these data. */
  readonly p: number;
  readonly margin: number;
  readonly verdict: ComparisonVerdict;
  /** Why nothing can be said, where nothing can. */
  readonly because: 'nothing-learns' | 'precision' | null;
  /** How the interval was made. */
  readonly method: 'repeated-folds' | 'crossed-components';
  /** Benefit in units of its std over seeds (Hedges' g of the paired differences); null for fewer than three pairs, and where all are equal. */
  readonly effect: number | null;
  /** Share of the pairs in which `normalized` is better; ties count half. */
  readonly superiority: number;
  /** Mean of the metric over the epochs, in points: the area under the learning curve. */
  readonly area: Interval;
  /** Null where no run of either arm reaches the target. */
  readonly time: TimeComparison | null;
}

/** How long arm `normalized` trains until the target, against another arm. */
export interface TimeComparison {
  /** How many times as many epochs the other arm takes: geometric mean over the pairs, 1 - alpha interval. */
  readonly ratio: Interval;
  /** Exact two-sided sign-flip p of the log ratios over seeds, on these data. */
  readonly p: number;
  /** Runs that end before the target. They count as arriving one epoch later: the ratio is a bound where there are any. */
  readonly censored: { readonly normalized: number; readonly other: number };
  readonly verdict: 'faster' | 'slower' | 'inconclusive';
}

/** One arm over all its seeds. */
export interface ArmSummary {
  readonly arm: string;
  /** On held-out images at the end, mean over seeds. */
  readonly metric: number;
  readonly trainMetric: number;
  /** Median epochs until the target is reached; null where most runs never reach it. */
  readonly epochsToTarget: number | null;
  /** Median seconds of training until then. */
  readonly secondsToTarget: number | null;
  /** How many runs ended early by a NaN or an infinity. */
  readonly diverged: number;
}

/** The vital signs of one site in arm `normalized`, over the seeds. */
export interface LayerVitals {
  readonly site: string;
  readonly part: 'trunk' | 'head' | 'output';
  readonly boundary: boolean;
  /**
   * False for the output layer, for trunk layers before the boundary, for layers that are passed on unjudged, and for
   * layers whose output a normalization brings back to size.
   */
  readonly judged: boolean;
  /** Median over seeds, inference mode, before the first update. */
  readonly std: number;
  /** std relative to the boundary's; null where there is no boundary or before it. */
  readonly relativeStd: number | null;
  /** gain / target gain; null for a layer without a kernel. */
  readonly relativeGain: number | null;
  /** Cumulative shrinkage S before the first update, in training mode, median over seeds; null before the boundary. */
  readonly shrinkage: number | null;
  /** S after the last update. */
  readonly shrinkageAtEnd: number | null;
  /** signal / std. */
  readonly signal: number;
  /** rms of the loss gradient by the output; null where none flows. */
  readonly gradient: number | null;
  /** std at each observed step, for a sparkline. */
  readonly stdBySteps: readonly number[];
}

/** Before and after the change; null is what there is not. */
export interface BeforeAfter {
  readonly before: number | null;
  readonly after: number | null;
}

/** What a change did to one arm: accuracies as shares, the paired difference in points with its 95 % interval. */
export interface ArmChange {
  readonly arm: string;
  readonly seeds: number;
  readonly before: number;
  readonly after: number;
  readonly difference: Interval;
}

/** How the benefit of normalization against an arm moved, in points; the interval is one over seeds. */
export interface BenefitChange {
  readonly arm: string;
  readonly seeds: number;
  readonly before: number;
  readonly after: number;
  readonly moved: Interval;
}

/** What a change did to one layer: medians over seeds, before the first update. */
export interface LayerChange {
  readonly site: string;
  /** What it was called before. */
  readonly was: string;
  readonly judged: boolean;
  readonly shrinkage: BeforeAfter;
  readonly relativeGain: BeforeAfter;
  /** signal / std */
  readonly signal: BeforeAfter;
  readonly gradient: BeforeAfter;
}

/** Shares of a figure of a layer up to `tolerance` are no difference. */
export interface Rounding {
  readonly tolerance: number;
  /** A clause. */
  readonly why: string;
}

/** What a change did: the same check with it and without it, paired by seed. */
export interface ChangeEffect {
  /** All that was measured is the same, to the last bit. */
  readonly identical: boolean;
  /** What may make the two sides differ up to rounding; null where equal code gives equal bits. */
  readonly rounding: Rounding | null;
  /** Both sides were trained and judged on sets of the same sizes, classes and answers, whose pixels have the same statistics. */
  readonly sameImages: boolean;
  /** The metric before, where it was another one: then scores and benefits are not compared. */
  readonly otherMetric?: Metric;
  readonly arms: readonly ArmChange[];
  readonly benefits: readonly BenefitChange[];
  /** The same on fresh seeds, where a failure had to be confirmed. */
  readonly confirmed: readonly BenefitChange[];
  /** Share of the runs of arm `normalized` that learn nothing. */
  readonly stuck: { readonly before: number; readonly after: number };
  readonly newArms: readonly string[];
  readonly goneArms: readonly string[];
  /** Layers that were there before, in the order of the network. */
  readonly layers: readonly LayerChange[];
  readonly newLayers: readonly string[];
  readonly goneLayers: readonly string[];
}

/** What the findings are held against. */
export interface Against {
  /** The same check on the code without this change. */
  readonly evidence: Evidence;
  /** Whether only problems that the change introduced can fail. */
  readonly introducedOnly: boolean;
}

export type Verdict = 'pass' | 'fail';

export interface Judgement {
  readonly verdict: Verdict;
  readonly failOn: 'error' | 'warning' | 'never';
  /** Root causes first by severity; what they explain is inside them. */
  readonly findings: readonly Finding[];
  /** Changes to try, the likeliest first, for a suspicion that is no finding without proof. */
  readonly suspected: readonly Remedy[];
  readonly arms: readonly ArmSummary[];
  readonly comparisons: readonly Comparison[];
  /** What the best answer scores on held-out images that never looks at one. */
  readonly trivialMetric: number;
  /** Score whose reaching ends `epochsToTarget`. */
  readonly targetMetric: number;
  readonly layers: readonly LayerVitals[];
  /** The judged new layer with the smallest S; null where none is judged. */
  readonly worst: { readonly site: string; readonly shrinkage: number } | null;
  /** What this change did; null where nothing is known of the code without it. */
  readonly change: ChangeEffect | null;
}

/** A rule: pure, from what was measured to what is wrong. */
export interface Rule {
  readonly name: RuleName;
  judge(subject: Subject): readonly Finding[];
  /** Changes to try, the likeliest first, for a suspicion that is no finding, or no more than a note, without proof. */
  suspect?(subject: Subject): readonly Remedy[];
}

/** What a rule sees: the evidence, the limits and the figures derived once for all rules. */
export interface Subject {
  readonly evidence: Evidence;
  readonly thresholds: Thresholds;
  readonly layers: readonly LayerVitals[];
  readonly arms: readonly ArmSummary[];
  readonly comparisons: readonly Comparison[];
  /** The comparisons again on fresh seeds, where a failure had to be confirmed. */
  readonly confirmations: readonly Comparison[];
  /** On held-out images. */
  readonly trivialMetric: number;
  /** What this change did, where there is a baseline. */
  readonly change: ChangeEffect | null;
}
