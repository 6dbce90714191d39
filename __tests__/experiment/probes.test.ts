import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { inScope } from '../../src/engine/scope.ts';
import * as tf from '../../src/engine/tf.ts';
import { type Call, watch } from '../../src/experiment/probes.ts';
import { chain, merge, through } from './network.ts';

beforeAll(() => startBackend('wasm'));

interface Seen {
  readonly id: string;
  readonly inputs: readonly number[][];
  readonly preActivation: number[];
  readonly output: number[];
}

function values(tensor: tf.Tensor): number[] {
  return [...tensor.dataSync()];
}

function watched(model: tf.LayersModel, x: tf.Tensor, training = false): Seen[] {
  const seen: Seen[] = [];
  const observe = ({ path, index, inputs, preActivation, output }: Call) => {
    seen.push({ id: `${path}/${index}`, inputs: inputs.map(values), preActivation: values(preActivation), output: values(output) });
  };
  watch(model, { observe }, () => model.apply(x, { training }));
  return seen;
}

/** What tf.model gives for the symbolic output of a layer. */
function intermediate(model: tf.LayersModel, output: tf.SymbolicTensor, x: tf.Tensor): number[] {
  return values(tf.model({ inputs: model.inputs, outputs: output }).predict(x) as tf.Tensor);
}

describe('watch', () => {
  test('sees each layer once, in order, with the inputs and outputs that the layers have', () => {
    const layers = [tf.layers.conv2d({ name: 'conv', filters: 2, kernelSize: 2 }), tf.layers.reLU({ name: 'relu' }), tf.layers.flatten({ name: 'flat' }), tf.layers.dense({ name: 'out', units: 2 })];
    const model = chain([3, 3, 1], ...layers);
    const x = tf.randomNormal([2, 3, 3, 1]);
    const seen = watched(model, x);
    expect(seen.map(({ id }) => id)).toEqual(['conv/0', 'relu/0', 'flat/0', 'out/0']);
    layers.forEach((layer, index) => {
      expect(seen[index]!.output).toEqual(intermediate(model, layer.output as tf.SymbolicTensor, x));
      expect(seen[index]!.inputs).toEqual([index === 0 ? values(x) : seen[index - 1]!.output]);
    });
  });

  test.each<[string, (activation: 'relu' | 'tanh' | 'linear') => tf.layers.Layer]>([
    ['dense', (activation) => tf.layers.dense({ name: 'layer', units: 3, activation, biasInitializer: 'randomNormal' })],
    ['convolution', (activation) => tf.layers.conv2d({ name: 'layer', filters: 3, kernelSize: 2, activation, biasInitializer: 'randomNormal' })],
    ['depthwise convolution', (activation) => tf.layers.depthwiseConv2d({ name: 'layer', kernelSize: 2, activation, biasInitializer: 'randomNormal' })],
    ['activation', (activation) => tf.layers.activation({ name: 'layer', activation })],
  ])('takes the activation of a %s apart', (_, make) => {
    const x = tf.randomNormal([2, 3, 3, 2]);
    for (const activation of ['relu', 'tanh', 'linear'] as const) {
      const layer = make(activation);
      const model = chain([3, 3, 2], layer);
      const linear = make('linear');
      const reference = chain([3, 3, 2], linear);
      linear.setWeights(layer.getWeights());
      for (const training of [false, true]) {
        const [seen] = watched(model, x, training);
        expectClose(seen!.preActivation, values(reference.predict(x) as tf.Tensor));
        expectClose(seen!.output, values(model.predict(x) as tf.Tensor));
      }
    }
  });

  test('without an activation, the output is the pre-activation', () => {
    const [seen] = watched(chain([2, 2, 1], tf.layers.maxPooling2d({ poolSize: 2 })), tf.randomNormal([2, 2, 2, 1]));
    expect(seen!.preActivation).toEqual(seen!.output);
  });

  test('sees into nested models, and counts the calls of shared layers', () => {
    const shared = tf.layers.dense({ name: 'shared', units: 2 });
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ name: 'first', units: 2, inputShape: [2] }), tf.layers.activation({ name: 'act', activation: 'tanh' })] });
    const input = tf.input({ shape: [2] });
    const model = tf.model({ inputs: input, outputs: through(input, shared, inner, shared, inner) });
    const x = tf.randomNormal([3, 2]);
    const seen = watched(model, x);
    expect(seen.map(({ id }) => id)).toEqual(['shared/0', 'inner/first/0', 'inner/act/0', 'shared/1', 'inner/first/1', 'inner/act/1']);
    seen.slice(1).forEach(({ inputs }, index) => {
      expect(inputs).toEqual([seen[index]!.output]);
    });
  });

  test('a layer that stands in a model and in one nested there has one path', () => {
    const shared = tf.layers.dense({ name: 'shared', units: 2 });
    const input = tf.input({ shape: [2] });
    const first = through(input, shared);
    const innerInput = tf.input({ shape: [2] });
    const inner = tf.model({ name: 'inner', inputs: innerInput, outputs: through(innerInput, shared) });
    const model = tf.model({ inputs: input, outputs: through(first, inner) });
    expect(watched(model, tf.randomNormal([3, 2])).map(({ id }) => id)).toEqual(['shared/0', 'shared/1']);
    expect(Object.hasOwn(shared, 'call')).toBe(false);
    expect(watched(model, tf.randomNormal([3, 2]))).toHaveLength(2);
  });

  test('sees all inputs of a merge', () => {
    const input = tf.input({ shape: [2] });
    const a = through(input, tf.layers.dense({ name: 'a', units: 2 }));
    const b = through(input, tf.layers.dense({ name: 'b', units: 2 }));
    const seen = watched(tf.model({ inputs: input, outputs: merge(tf.layers.add({ name: 'sum' }), a, b) }), tf.randomNormal([3, 2]));
    const output = (id: string) => seen.find((call) => call.id === id)!.output;
    expect(seen.at(-1)!.id).toBe('sum/0');
    expect(seen.at(-1)!.inputs).toEqual([output('a/0'), output('b/0')]);
  });

  test('recurrent and wrapped layers are seen from outside', () => {
    const model = chain([4, 2], tf.layers.bidirectional({ name: 'both', layer: tf.layers.lstm({ units: 2 }), mergeMode: 'concat' }), tf.layers.dense({ name: 'out', units: 2 }));
    expect(watched(model, tf.randomNormal([3, 4, 2])).map(({ id }) => id)).toEqual(['both/0', 'out/0']);
  });

  test('gradients by outputs are those by a zero that is added there', () => {
    const shared = tf.layers.dense({ name: 'shared', units: 3, activation: 'tanh' });
    const input = tf.input({ shape: [3] });
    const skip = through(input, tf.layers.dense({ name: 'first', units: 3, activation: 'relu' }));
    const sum = merge(tf.layers.add({ name: 'sum' }), through(skip, shared, shared), skip);
    const model = tf.model({ inputs: input, outputs: through(sum, tf.layers.dense({ name: 'out', units: 2 })) });
    const x = tf.randomNormal([4, 3]);
    const loss = () => tf.mean(tf.square(model.apply(x, { training: true }) as tf.Tensor));

    const seen = new Map<string, number[]>();
    watch(
      model,
      {
        observe: () => undefined,
        observeGradient: (path, index, gradient) => {
          seen.set(`${path}/${index}`, values(gradient));
        },
      },
      () => tf.variableGrads(loss as () => tf.Scalar),
    );

    expect([...seen.keys()].sort()).toEqual(['first/0', 'out/0', 'shared/0', 'shared/1', 'sum/0']);
    for (const [id, gradient] of seen) expectClose(gradient, gradientByAddedZero(model, id, x, loss));
  });

  test('makes the layers as they were, also where the pass fails', () => {
    const layer = tf.layers.dense({ name: 'dense', units: 2, activation: 'relu' });
    const owner = tf.layers.dense({ name: 'owner', units: 2 });
    const model = chain([2], layer, owner);
    const own = owner.call.bind(owner);
    owner.call = own;
    const { activation } = layer as unknown as { activation: object };
    const failing = () => {
      watch(model, { observe: () => undefined }, () => {
        expect((layer as unknown as { activation: object }).activation).not.toBe(activation);
        throw new Error('on purpose');
      });
    };
    expect(failing).toThrow('on purpose');
    expect((layer as unknown as { activation: object }).activation).toBe(activation);
    expect(Object.hasOwn(layer, 'call')).toBe(false);
    expect(Object.getOwnPropertyDescriptor(owner, 'call')!.value).toBe(own);
  });

  test('leaves no tensor behind', () => {
    const model = chain([3, 3, 2], tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }), tf.layers.batchNormalization(), tf.layers.flatten(), tf.layers.dropout({ rate: 0.5 }), tf.layers.dense({ units: 2, activation: 'tanh' }));
    const x = tf.randomNormal([2, 3, 3, 2]);
    const pass = () => {
      inScope(() => {
        watch(model, { observe: () => undefined, observeGradient: () => undefined }, () => tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor)));
        watch(model, { observe: () => undefined }, () => model.apply(x, { training: false }));
      });
    };
    pass();
    const before = tf.memory().numTensors;
    pass();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Gradient of the loss by a tensor of zeros added to what one call of a layer gives. */
function gradientByAddedZero(model: tf.LayersModel, id: string, x: tf.Tensor, loss: () => tf.Tensor): number[] {
  const [name, call] = id.split('/') as [string, string];
  const layer = model.getLayer(name);
  const shape = (model.predict(x) as tf.Tensor).shape.slice(0, 1).concat((layer.getOutputAt(0) as tf.SymbolicTensor).shape.slice(1) as number[]);
  const gradient = tf.grad((zeros) => {
    let calls = 0;
    const plain = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => {
      const y = plain(inputs, kwargs) as tf.Tensor;
      return calls++ === Number(call) ? tf.add(y, zeros) : y;
    };
    try {
      return loss();
    } finally {
      Reflect.deleteProperty(layer, 'call');
    }
  });
  return values(gradient(tf.zeros(shape)));
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-30);
  expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / scale).toBeLessThan(1e-6);
}
