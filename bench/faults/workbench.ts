/** A program on the product's own laboratory. */
import { PRESETS } from '../../src/config/presets.ts';
import { type Treatment, treatments } from '../../src/config/treatments.ts';
import { probeBatch } from '../../src/data/probe.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { randomOf } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { Laboratory, type LaboratorySetup } from '../../src/experiment/laboratory.ts';
import type { ArmFacts, ChannelStatistics } from '../../src/evidence/types.ts';
import type { LayerSpec } from '../../src/config/settings.ts';
import { treat } from '../../src/experiment/treat.ts';
import { TrunkResults } from '../../src/experiment/trunk-results.ts';
import type { InputFacts } from '../peers/rules/peers.ts';
import { moments } from '../../src/stats/moments.ts';
import type { DataSet } from './data-set.ts';
import { networkOf, type Program } from './program.ts';

const IMAGES_AT_ONCE = 48;
const PROBE = 32;

/** Where the trunk lies, and where what it makes of pictures is kept. */
export interface Places {
  readonly trunk: string;
  readonly cache: string | null;
}

export interface Workbench {
  readonly laboratory: Laboratory;
  /** The first one is `normalized`. */
  readonly arms: readonly Treatment[];
  /** What the trained part is fed, by arm. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** The labels that runs are given; may be written. */
  readonly labels: Int32Array;
  readonly probe: readonly number[];
  /** What the probe batch is like as it is fed in arm `normalized`. */
  readonly input: InputFacts;
  /** Statistics of the examples in the units of a pixel: the range of values is 0..255. */
  readonly channel: ChannelStatistics;
  /** The arms with their numbers in those units. */
  readonly armFacts: readonly ArmFacts[];
  readonly trunk: TrunkResults;
  close(): void;
}

/**
 * @param examples whose features are needed, and that the probe is chosen from
 * @param only the arm `normalized`
 * @throws UserError where the product refuses the program
 */
export async function openWorkbench(program: Program, data: DataSet, examples: readonly number[], places: Places, only: boolean): Promise<Workbench> {
  const backend = await startBackend('wasm');
  const values = spoilt(data, program);
  const { optimizer, learningRate, epochs, batchSize, pretrained } = program;
  const labels = data.labels.slice();
  const chosen = probeBatch(Int32Array.from(examples, (example) => labels[example]!), PROBE);
  const probe = chosen.map((position) => examples[position]!);
  const size = [data.shape[0]!, data.shape[1] ?? 1] as const;
  const setup: Omit<LaboratorySetup, 'network'> = { backend: 'wasm', size, images: values, answers: { kind: 'labels', labels, classes: data.classes }, strata: labels, loss: 'cross-entropy', probe, recipe: { epochs, batchSize, optimizer, learningRate, chunk: 64 }, kernels: 'exact' };
  const arms = armsOf(program, only);
  const laboratory = pretrained
    ? await Laboratory.open({ ...setup, network: { path: { written: 'efficientnet-lite0', absolute: places.trunk }, boundary: null, head: program.blocks as LayerSpec[], train: 'head' } })
    : Laboratory.of(networkOf(program, data), setup, backend, (_, indices) => fed(program, values, data.shape, indices));
  const trunk = new TrunkResults(laboratory, pretrained ? places.cache : null);
  const features = new Map(arms.map((arm) => [arm.name, featuresOf(trunk, laboratory, arm, labels.length)]));
  const batch = pretrained ? treat(arms[0]!, values, probe, ...size) : fed(program, values, data.shape, probe);
  const input = factsOf(Array.from(batch.dataSync()));
  const pixels = pixelsOf(values, data);
  const { mean, std, signal, min, max } = moments(rowsOf(pixels.values, data, examples), { examples: examples.length });
  batch.dispose();
  return { laboratory, arms, features, labels, probe, input, channel: { mean, std, signal, min, max }, armFacts: arms.map((arm) => pixels.arm(arm)), trunk, close: () => { laboratory.close(); } };
}

function featuresOf(trunk: TrunkResults, { featureSize }: Laboratory, arm: Treatment, examples: number): Float32Array {
  const features = new Float32Array(examples * featureSize);
  for (let from = 0; from < examples; from += IMAGES_AT_ONCE) trunk.features(arm, from, Math.min(from + IMAGES_AT_ONCE, examples), features);
  return features;
}

/** Values, and what is subtracted and divided by, with the range of the values of a data set that is no picture as 0..255. */
function pixelsOf(values: Float32Array, { shape, values: whole }: DataSet): { values: Float32Array; arm: (arm: Treatment) => ArmFacts } {
  const isPicture = shape.length === 3;
  const [low, high] = isPicture ? [0, 255] : [whole.reduce((least, value) => Math.min(least, value)), whole.reduce((most, value) => Math.max(most, value))];
  const unit = 255 / (high - low);
  const facts = ({ name, preset, formula, order, mean, std }: Treatment): ArmFacts => ({ name, preset, formula, order, mean: mean.map((value) => (value - low) * unit), std: std.map((value) => value * unit) });
  return { values: values.map((value) => (value - low) * unit), arm: facts };
}

function rowsOf(values: Float32Array, { shape }: DataSet, examples: readonly number[]): Float32Array {
  const row = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from(examples.flatMap((example) => Array.from(values.subarray(example * row, (example + 1) * row))));
}

function factsOf(values: readonly number[]): InputFacts {
  return values.reduce<InputFacts>((facts, value) => ({ min: Math.min(facts.min, value), max: Math.max(facts.max, value), mean: facts.mean + value / values.length }), { min: Infinity, max: -Infinity, mean: 0 });
}

/** Pictures before a trunk are compared as a check does it by default; all else has one arm. */
function armsOf({ input, pretrained }: Program, only: boolean): readonly Treatment[] {
  if (pretrained && !('shift' in Object(input))) {
    return treatments({ input: { normalization: input as Exclude<Program['input'], { shift: number }>, arms: only ? ['normalized'] : ['normalized', 'raw', 'unit'] } });
  }
  const { mean, std, formula } = affine(input);
  return [{ name: 'normalized', preset: 'custom', formula, order: 'rgb', mean: [mean, mean, mean], std: [std, std, std] }];
}

function affine(input: Program['input']): { mean: number; std: number; formula: string } {
  if (typeof input === 'string') return { mean: PRESETS[input].mean[0], std: PRESETS[input].std[0], formula: PRESETS[input].formula };
  if (!('shift' in input)) return { mean: input.mean[0], std: input.std[0], formula: `(x - ${input.mean[0]}) / ${input.std[0]}` };
  return { mean: input.shift, std: 1 / input.scale, formula: `(x - ${input.shift}) * ${input.scale}` };
}

function fed({ input }: Program, values: Float32Array, shape: readonly number[], indices: readonly number[]): tf.Tensor {
  const { mean, std } = affine(input);
  const row = shape.reduce((product, side) => product * side, 1);
  const batch = Float32Array.from(indices.flatMap((index) => Array.from(values.subarray(index * row, (index + 1) * row), (value) => (value - mean) / std)));
  return tf.tensor(batch, [indices.length, ...shape]);
}

/** Values as a program with a defect reads them. */
function spoilt({ values, shape }: DataSet, { defect }: Program): Float32Array {
  if (defect === null) return values;
  const row = shape.reduce((product, side) => product * side, 1);
  return defect === 'zeros' ? new Float32Array(values.length) : Float32Array.from(values, (_, at) => values[at % row]!);
}

/** The labels with a share of them drawn at random, as a program with noise has them. */
export function noisy(labels: Int32Array, { labelNoise }: Program, classes: number, seed: number): Int32Array {
  const random = randomOf(seed, 'faults/label-noise');
  return labels.map((label) => {
    const [isDrawn, drawn] = [random() < labelNoise, Math.floor(random() * classes)];
    return isDrawn ? drawn : label;
  });
}
