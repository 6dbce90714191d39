import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import { softmaxCrossEntropy } from '../../src/engine/loss.ts';
import { assign, record, type Recording, type Subject } from '../../src/engine/recording.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables, weightsOf } from '../../src/engine/variables.ts';
import { chain } from '../experiment/network.ts';

beforeAll(() => startBackend('wasm'));

const EXAMPLES = 5;

const NETWORKS: Record<string, () => tf.LayersModel> = {
  'dense layers': () => chain([6], tf.layers.dense({ units: 4, activation: 'relu' }), tf.layers.dense({ units: 3, kernelRegularizer: 'l1l2' })),
  'convolution, pooling and a reshape': () =>
    chain([6, 6, 2], tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu6' }), tf.layers.maxPooling2d({ poolSize: 2 }), tf.layers.flatten(), tf.layers.dense({ units: 3 })),
  'other activations and a layer normalization': () =>
    chain([6], tf.layers.dense({ units: 4, activation: 'tanh' }), tf.layers.layerNormalization(), tf.layers.dense({ units: 4, activation: 'elu' }), tf.layers.dense({ units: 3 })),
};

function inputsOf(model: tf.LayersModel, seed: number): [tf.Tensor, tf.Tensor2D] {
  const batch = tf.randomNormal([EXAMPLES, ...model.inputs[0]!.shape.slice(1).map((side) => side!)], 0, 1, 'float32', seed);
  return [batch, tf.oneHot(tf.tensor1d(Array.from({ length: EXAMPLES }, (_, i) => (i * seed) % 3), 'int32'), 3).toFloat() as tf.Tensor2D];
}

function gradientsOf(model: tf.LayersModel, [batch, targets]: [tf.Tensor, tf.Tensor2D]): tf.Tensor[] {
  const loss = () => model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), softmaxCrossEntropy(targets, model.apply(batch, { training: true }) as tf.Tensor2D));
  const { value, grads } = tf.variableGrads(loss, trainableVariables(model));
  return [value, ...Object.values(grads)];
}

function recordingOf(model: tf.LayersModel, inputs: [tf.Tensor, tf.Tensor2D]): Recording {
  return record({ inputs, variables: trainableVariables(model) }, () => gradientsOf(model, inputs), (outputs) => outputs).recording!;
}

function valuesOf(dataId: tf.DataId): number[] {
  return [...(tf.engine().backend.readSync(dataId) as Float32Array)];
}

/** Whether there is a recording of a computation on one tensor. */
function isPlayable(run: (x: tf.Tensor) => tf.Tensor, variables: Subject['variables'] = []): boolean {
  const x = tf.tensor1d([1, 2]);
  return record({ inputs: [x], variables }, () => run(x), (y) => [y]).recording !== null;
}

describe.each(Object.entries(NETWORKS))('a recording of the gradients of %s', (_, network) => {
  test('gives the same bits as the computation, on other data and other weights', () => {
    const model = network();
    const recording = recordingOf(model, inputsOf(model, 1));
    for (const seed of [1, 2, 3]) {
      const inputs = inputsOf(model, seed);
      const expected = gradientsOf(model, inputs).map(({ dataId }) => valuesOf(dataId));
      expect(recording.play(inputs, (outputs) => outputs.map(valuesOf))).toEqual(expected);
      model.setWeights(model.getWeights().map((weight) => tf.randomNormal(weight.shape, 0, 1, 'float32', seed)));
    }
  });

  test('leaves no data behind', () => {
    const { backend } = tf.engine();
    const model = network();
    const inputs = inputsOf(model, 1);
    const before = tf.tidy(() => {
      gradientsOf(model, inputs);
      return backend.numDataIds();
    });
    const start = backend.numDataIds();
    tf.tidy(() => {
      const recording = recordingOf(model, inputs);
      for (let time = 0; time < 3; time++) recording.play(inputs, () => undefined);
      recording.dispose();
    });
    expect(backend.numDataIds()).toBe(start);
    expect(before).toBeGreaterThan(start);
  });
});

describe('there is no recording', () => {
  test('of what writes a variable twice, or with what no kernel made, or reads what it held before', () => {
    const count = tf.variable(tf.scalar(0));
    const playable = (write: () => void) =>
      isPlayable((x) => {
        write();
        return tf.square(x);
      }, [count]);
    const add = () => { count.assign(tf.add(count, 1)); };
    const kept = () => {
      const before = count.clone();
      add();
      tf.square(before);
    };
    expect(playable(add)).toBe(true);
    expect(playable(kept)).toBe(false);
    expect(playable(() => { add(); add(); })).toBe(false);
    expect(playable(() => { count.assign(tf.scalar(1)); })).toBe(false);
    const other = tf.variable(tf.scalar(0));
    expect(playable(() => { other.assign(tf.add(count, 1)); })).toBe(false);
  });

  test('of what reads data between kernels, or asks chance', () => {
    expect(isPlayable((x) => tf.mul(x, x.dataSync()[0]!))).toBe(false);
    expect(isPlayable((x) => tf.mul(x, Math.random()))).toBe(false);
    expect(isPlayable((x) => tf.mul(x, 2))).toBe(true);
  });

  test('of kernels that run others', () => {
    expect(isPlayable((x) => tf.einsum('i,j->ij', x, x))).toBe(false);
  });

  test('where an output comes from elsewhere, or is an input by another name', () => {
    const x = tf.tensor1d([1, 2]);
    const outputs = (of: (y: tf.Tensor) => tf.Tensor[]) => record({ inputs: [x], variables: [] }, () => tf.square(x), of).recording;
    expect(outputs(() => [tf.tensor1d([3])])).toBeNull();
    expect(outputs(() => [tf.reshape(x, [2, 1])])).toBeNull();
    expect(outputs((y) => [y])).not.toBeNull();
  });

  test('where two inputs share their data', () => {
    const x = tf.tensor1d([1, 2]);
    expect(record({ inputs: [x, x.clone()], variables: [] }, () => tf.square(x), (y) => [y]).recording).toBeNull();
  });
});

test('what only gets another shape is not computed again, also where it is given twice', () => {
  const { backend } = tf.engine();
  const x = tf.tensor1d([1, 2]);
  const { recording } = record({ inputs: [x], variables: [] }, () => tf.square(tf.reshape(x, [2, 1])), (y) => [y, tf.reshape(y, [2])]);
  expect(recording!.kernels).toEqual(['Square']);
  const before = backend.numDataIds();
  expect(recording!.play([tf.tensor1d([3, 4])], (outputs) => outputs.map(valuesOf))).toEqual([[9, 16], [9, 16]]);
  expect(backend.numDataIds()).toBe(before + 1);
});

describe('rectifiers behind a batch normalization', () => {
  function network(...between: tf.layers.Layer[]): tf.LayersModel {
    const layers = [false, true].flatMap((frozen, index) => [
      tf.layers.conv2d({ filters: 5, kernelSize: 2, useBias: false }),
      // Frozen, it does not clamp while gradients are taken: its own are others.
      tf.layers.batchNormalization({ trainable: !frozen, scale: index > 0, epsilon: 0.1 }),
      ...(index === 0 ? between : []),
      index === 0 ? tf.layers.reLU({ maxValue: 6 }) : tf.layers.reLU(),
    ]);
    const model = chain([5, 5, 2], ...layers, tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 3 }));
    runFrozenBatchNormInInference(model);
    return model;
  }
  /** So that all gates open here and there. */
  function draw(model: tf.LayersModel, seed: number): void {
    model.setWeights(model.getWeights().map((weight, index) => tf.abs(tf.randomNormal(weight.shape, 0, 2, 'float32', seed + index))));
  }
  const movingOf = (model: tf.LayersModel) => model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization').flatMap((layer) => layer.nonTrainableWeights.map((weight) => [...weight.read().dataSync()]));

  test('are clamps of its kernel, and gates of its gradient; all bits are the same', () => {
    const model = network();
    const first = inputsOf(model, 1);
    const { recording } = record({ inputs: first, variables: weightsOf(model) }, () => gradientsOf(model, first), (outputs) => outputs);
    const { kernels } = recording!;
    expect(kernels.filter((name) => ['Relu', 'Relu6', 'Gate'].includes(name))).toEqual(['Relu', 'Gate']);
    for (const seed of [2, 3, 4]) {
      draw(model, seed);
      const inputs = inputsOf(model, seed);
      const played = recording!.play(inputs, (outputs, assigned) => [...outputs, ...assigned.values()].map(valuesOf));
      const expected = gradientsOf(model, inputs).map(({ dataId }) => valuesOf(dataId));
      expect(played).toEqual([...expected, ...movingOf(model).slice(0, 2)]);
      expect(expected.slice(1).flat().some((value) => value !== 0)).toBe(true);
    }
  });

  test('in inference, too', () => {
    const model = network();
    const run = (batch: tf.Tensor) => model.apply(batch, { training: false }) as tf.Tensor;
    const [first] = inputsOf(model, 1);
    const { recording } = record({ inputs: [first], variables: weightsOf(model) }, () => run(first), (y) => [y]);
    expect(recording!.kernels.filter((name) => name.startsWith('Relu'))).toEqual([]);
    draw(model, 2);
    const [batch] = inputsOf(model, 2);
    expect(recording!.play([batch], ([y]) => valuesOf(y!))).toEqual(valuesOf(run(batch).dataId));
  });

  test('stay where somebody else reads what lies between', () => {
    const input = tf.input({ shape: [5, 5, 2] });
    const normalized = tf.layers.batchNormalization().apply(input) as tf.SymbolicTensor;
    const both = tf.layers.add().apply([normalized, tf.layers.reLU().apply(normalized) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: both });
    const batch = tf.randomNormal([2, 5, 5, 2], 0, 1, 'float32', 1);
    const { recording } = record({ inputs: [batch], variables: weightsOf(model) }, () => model.apply(batch, { training: false }) as tf.Tensor, (y) => [y]);
    expect(recording!.kernels).toContain('Relu');
  });
});

test('variables become what they would have, once that is wanted', () => {
  const sum = tf.variable(tf.scalar(1));
  const x = tf.scalar(2);
  const step = () => {
    const old = tf.add(sum, 0);
    sum.assign(tf.add(sum, x));
    return tf.mul(tf.add(sum, old), x);
  };
  const { result, recording } = record({ inputs: [x], variables: [sum] }, step, (y) => [y]);
  expect([result.dataSync()[0], sum.dataSync()[0]]).toEqual([8, 3]);
  const play = (by: number, wanted: boolean) =>
    recording!.play([tf.scalar(by)], ([y], assigned) => {
      if (wanted) assign(assigned);
      return [valuesOf(y!)[0], sum.dataSync()[0]];
    });
  expect(play(10, false)).toEqual([160, 3]);
  expect(play(10, true)).toEqual([160, 13]);
  expect(play(1, true)).toEqual([27, 14]);
});

test('after a recording, kernels and variables are as before, also when it fails', () => {
  const add = tf.getKernel(tf.Add, 'wasm').kernelFunc;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- compared, never called
  const { assign } = tf.Variable.prototype;
  const failing = () => {
    throw new Error('planned');
  };
  expect(() => record({ inputs: [], variables: [] }, failing, () => [])).toThrow('planned');
  expect(tf.getKernel(tf.Add, 'wasm').kernelFunc).toBe(add);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- compared, never called
  expect(tf.Variable.prototype.assign).toBe(assign);
});
