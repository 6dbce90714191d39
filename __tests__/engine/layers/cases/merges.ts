import * as tf from '../../../../src/engine/tf.ts';
import { type Draw, type LayerCase, spaced, withGaps } from '../layer-case.ts';

const MERGES: Readonly<Record<string, () => tf.layers.Layer>> = {
  Add: () => tf.layers.add(),
  Multiply: () => tf.layers.multiply(),
  Average: () => tf.layers.average(),
  Maximum: () => tf.layers.maximum(),
  Minimum: () => tf.layers.minimum(),
};

function merge(layer: string, variant: string, inputs: readonly (readonly number[])[], make: () => tf.layers.Layer): LayerCase {
  return { layer, variant, inputs, apply: (...xs) => make().apply(xs) as tf.SymbolicTensor };
}

/** Up to three inputs of which no two values are nearer than 1/24: which one is larger stays the same. */
const apart: Draw = (shape, seed) => spaced(shape, seed).map((value) => value + (seed % 3) / 24);

export const merges: LayerCase[] = [
  ...Object.entries(MERGES).flatMap(([name, make]) =>
    [
      merge(name, 'of two', [[3, 4], [3, 4]], make),
      merge(name, 'of three', [[2, 3], [2, 3], [2, 3]], make),
      merge(name, 'broadcast', [[3, 4], [1, 4]], make),
      merge(name, 'broadcast both ways', [[3, 1], [1, 4]], make),
      merge(name, 'of different ranks', [[2, 3, 4], [4]], make),
    ].map((layerCase) => ({ ...layerCase, draw: apart })),
  ),
  merge('Concatenate', 'on the last axis', [[3, 2], [3, 4]], () => tf.layers.concatenate()),
  merge('Concatenate', 'on the first axis', [[3, 2], [1, 2]], () => tf.layers.concatenate({ axis: 1 })),
  merge('Concatenate', 'on an axis counted from the end', [[3, 2], [1, 2], [2, 2]], () => tf.layers.concatenate({ axis: -2 })),
  merge('Dot', 'vectors', [[4], [4]], () => tf.layers.dot({ axes: 1 })),
  merge('Dot', 'normalized', [[4], [4]], () => tf.layers.dot({ axes: 1, normalize: true })),
  merge('Dot', 'attention scores', [[3, 4], [5, 4]], () => tf.layers.dot({ axes: 2 })),
  merge('Dot', 'attention scores, normalized', [[3, 4], [5, 4]], () => tf.layers.dot({ axes: -1, normalize: true })),
  merge('Dot', 'matrices', [[3, 4], [4, 2]], () => tf.layers.dot({ axes: [2, 1] })),
  merge('Dot', 'transposed matrices', [[4, 3], [2, 4]], () => tf.layers.dot({ axes: [1, 2] })),
  merge('Dot', 'matrix and vector', [[3, 4], [4]], () => tf.layers.dot({ axes: [2, 1] })),
  merge('Dot', 'vector and matrix', [[4], [4, 3]], () => tf.layers.dot({ axes: [1, 1] })),
  {
    layer: 'Add',
    variant: 'of masked sequences',
    inputs: [[4, 2], [4, 2]],
    draw: withGaps,
    apply: (a, b) => {
      const [left, right] = [a, b].map((x) => tf.layers.masking().apply(x) as tf.SymbolicTensor);
      return tf.layers.lstm({ units: 2 }).apply(tf.layers.add().apply([left!, right!])) as tf.SymbolicTensor;
    },
  },
  {
    layer: 'Concatenate',
    variant: 'of a masked and a whole sequence',
    inputs: [[4, 2], [4, 3]],
    draw: withGaps,
    apply: (a, b) => {
      const left = tf.layers.masking().apply(a) as tf.SymbolicTensor;
      return tf.layers.gru({ units: 2 }).apply(tf.layers.concatenate().apply([left, b])) as tf.SymbolicTensor;
    },
  },
  {
    layer: 'Dot',
    variant: 'attention: scores, softmax, sum',
    inputs: [[3, 4], [5, 4]],
    apply: (query, value) => {
      const scores = tf.layers.dot({ axes: 2 }).apply([query, value]) as tf.SymbolicTensor;
      const attention = tf.layers.softmax({ axis: -1 }).apply(scores) as tf.SymbolicTensor;
      return tf.layers.dot({ axes: [2, 1] }).apply([attention, value]) as tf.SymbolicTensor;
    },
  },
];
