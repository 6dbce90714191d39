import { describe, expect, test } from 'vitest';
import { boundaryIn } from '../../src/setup/boundary.ts';

type Layer = readonly [kind: string, name: string, inputs?: readonly string[]];

const sequential = (...layers: readonly Layer[]) => ({ model_config: { class_name: 'Sequential', config: { name: 'm', layers: layers.map(([class_name, name]) => ({ class_name, config: { name } })) } } });
const graph = (...layers: readonly Layer[]) => ({
  model_config: {
    class_name: 'Functional',
    config: {
      layers: layers.map(([class_name, name, inputs = []]) => ({ class_name, name, config: { name }, inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])] })),
      output_layers: [[layers.at(-1)![1], 0, 0]],
    },
  },
});

describe('the boundary of a model file', () => {
  test('is the layer before the pooling of its classifier', () => {
    expect(boundaryIn(sequential(['Conv2D', 'conv'], ['ReLU', 'relu'], ['GlobalAveragePooling2D', 'pool'], ['Dropout', 'drop'], ['Dense', 'logits']))).toEqual({ layer: 'relu', after: 3 });
    expect(boundaryIn(graph(['InputLayer', 'input'], ['Conv2D', 'a', ['input']], ['Conv2D', 'b', ['input']], ['Add', 'add', ['a', 'b']], ['Activation', 'top', ['add']], ['GlobalAveragePooling2D', 'pool', ['top']], ['Dense', 'logits', ['pool']]))).toEqual({ layer: 'top', after: 2 });
  });

  test('is found behind a classifier that is a convolution, and before a pooling that ends the file', () => {
    expect(boundaryIn(sequential(['Conv2D', 'conv'], ['GlobalAveragePooling2D', 'pool'], ['Reshape', 'map'], ['Conv2D', 'preds'], ['Reshape', 'list'], ['Activation', 'softmax']))).toEqual({ layer: 'conv', after: 5 });
    expect(boundaryIn(sequential(['Conv2D', 'conv'], ['GlobalAveragePooling2D', 'pool']))).toEqual({ layer: 'conv', after: 1 });
  });

  test('is a whole model where one is nested', () => {
    expect(boundaryIn(sequential(['Functional', 'mobilenet'], ['Flatten', 'flatten'], ['Dense', 'logits']))).toEqual({ layer: 'mobilenet', after: 2 });
  });

  test('is not named where the file ends in a map of features, or in what is not known', () => {
    expect(boundaryIn(sequential(['Conv2D', 'a'], ['MaxPooling2D', 'pool'], ['Conv2D', 'b']))).toBeNull();
    expect(boundaryIn(graph(['InputLayer', 'input'], ['Conv2D', 'a', ['input']], ['Dense', 'l', ['a']], ['Dense', 'r', ['a']], ['Add', 'sum', ['l', 'r']]))).toBeNull();
    expect(boundaryIn(sequential(['InputLayer', 'input'], ['Flatten', 'flatten'], ['Dense', 'logits']))).toBeNull();
    expect(boundaryIn({})).toBeNull();
  });
});
