import { stratifiedFolds } from '../../data/splits.ts';
import { randomOf } from '../../engine/seeding.ts';
import * as tf from '../../engine/tf.ts';
import type { Fingerprint } from '../../evidence/fingerprint.ts';
import { nodeOf } from '../../model/graph.ts';
import { mcnemarP } from '../../stats/mcnemar.ts';
import { crossValidatedRidge } from '../../stats/ridge.ts';
import { treat } from '../treat.ts';
import { areEquivalent, CANDIDATES, type Candidate } from './candidates.ts';
import { matchOf } from './match.ts';
import type { Pixels } from './pixels.ts';

const FOLDS = 5;
/** A wrong word is worse than none: the best has to beat every other candidate at this level, all together. */
const LEVEL = 0.01;
const CHUNK = 8;

interface Probed {
  readonly candidate: Candidate;
  readonly correct: readonly boolean[];
}

/**
 * Ranks preprocessings by how well a linear classifier does on the network's frozen output: for networks that remember
 * nothing. Scale and offset of the output do not count, so that a network that only passes them on cannot be told.
 *
 * @param model its output is pooled over places where it has any
 * @param labels class of each image
 */
export function probeLinearly(model: tf.LayersModel, pixels: Pixels, labels: Int32Array): Fingerprint {
  const features = beforeLastWeights(model);
  const folds = stratifiedFolds(labels, FOLDS, randomOf(0, 'fingerprint/folds'));
  const named = CANDIDATES.filter(({ preset }) => preset !== null);
  const distinct = named.filter((candidate, index) => !named.slice(0, index).some((other) => areEquivalent(other, candidate)));
  const probed = distinct
    .map((candidate): Probed => ({ candidate, correct: crossValidatedRidge(featuresOf(features, pixels, candidate), labels, folds) }))
    .toSorted((a, b) => accuracyOf(b) - accuracyOf(a));
  const [best, ...others] = probed;
  const told = others.every(({ correct }) => mcnemarP(best!.correct, correct) < LEVEL / others.length);
  return {
    method: 'linear-probe',
    told,
    because: told ? null : 'No input lets a linear classifier on the frozen network do better than every other, beyond chance.',
    best: matchOf(best!.candidate),
    confidence: null,
    orderConfidence: null,
    equivalents: named.filter((other) => other !== best!.candidate && areEquivalent(other, best!.candidate)).map(({ name }) => name),
    estimate: null,
    candidates: probed.map((entry) => ({ name: entry.candidate.name, formula: entry.candidate.formula, probability: null, implied: null, accuracy: accuracyOf(entry) })),
    memories: [],
    images: labels.length,
  };
}

function accuracyOf({ correct }: Probed): number {
  return correct.filter(Boolean).length / correct.length;
}

function featuresOf(model: tf.LayersModel, { values, size }: Pixels, candidate: Candidate): Float32Array[] {
  const count = values.length / (size[0] * size[1] * 3);
  const rows: Float32Array[] = [];
  for (let from = 0; from < count; from += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, count - from) }, (_, index) => from + index);
    tf.tidy(() => {
      const images = treat({ ...candidate, preset: 'custom' }, values, indices, size[0], size[1]);
      const features = pooled(model.apply(images, { training: false }) as tf.Tensor);
      const width = features.size / indices.length;
      const flat = features.dataSync() as Float32Array;
      for (let row = 0; row < indices.length; row++) rows.push(flat.slice(row * width, (row + 1) * width));
    });
  }
  return rows;
}

/** The network without its last layer with weights, which knows classes of its own. */
function beforeLastWeights(model: tf.LayersModel): tf.LayersModel {
  let tensor = model.outputs[0]!;
  while (tensor.sourceLayer.weights.length === 0 && nodeOf(tensor).inputTensors[0] !== tensor) tensor = nodeOf(tensor).inputTensors[0]!;
  const [input] = nodeOf(tensor).inputTensors;
  const isInner = tensor.sourceLayer instanceof tf.LayersModel || input === undefined || input === model.inputs[0];
  return isInner ? model : tf.model({ inputs: model.inputs, outputs: input });
}

/** Mean and spread of each channel over the places. */
function pooled(output: tf.Tensor): tf.Tensor {
  if (output.rank !== 4) return output;
  const { mean, variance } = tf.moments(output, [1, 2]);
  return tf.concat([mean, tf.sqrt(variance)], 1);
}
