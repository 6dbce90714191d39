import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import type { Site } from '../../src/evidence/types.ts';
import { pathOf, siteId } from '../../src/experiment/site-id.ts';
import { countCalls, traceSites } from '../../src/experiment/sites.ts';
import { chain, merge, through } from './network.ts';

beforeAll(() => startBackend('wasm'));

/** The sites of a network that is new from its input on, or after a boundary. */
function sites(model: tf.LayersModel, boundary?: string): Map<string, Site> {
  const index = boundary === undefined ? 0 : model.layers.findIndex(({ name }) => name === boundary);
  const network = { model, boundary: boundary === undefined ? null : model.getLayer(boundary), newLayers: model.layers.slice(index + 1) };
  return new Map(traceSites(network).map((site) => [site.id, site]));
}

const image = () => tf.input({ shape: [8, 8, 3] });
const conv = (name: string, options: object = {}) => tf.layers.conv2d({ name, filters: 4, kernelSize: 3, padding: 'same', ...options });
const out = () => [tf.layers.flatten({ name: 'flat' }), tf.layers.dense({ name: 'out', units: 2 })];

describe('traceSites', () => {
  test('says of each site what it is, what it reads and what it makes', () => {
    const input = image();
    const a = through(input, conv('a'));
    const b = through(a, tf.layers.batchNormalization({ name: 'norm' }), tf.layers.reLU({ name: 'relu' }));
    const sum = merge(tf.layers.add({ name: 'sum' }), a, b);
    const product = merge(tf.layers.multiply({ name: 'product' }), sum, a);
    const found = sites(tf.model({ inputs: input, outputs: through(product, tf.layers.dropout({ name: 'drop', rate: 0.5 }), ...out()) }));
    expect([...found.values()].map(({ id, kind, inputs }) => [id, kind, inputs])).toEqual([
      ['a', 'weighted', []],
      ['norm', 'normalization', ['a']],
      ['relu', 'pass', ['norm']],
      ['sum', 'merge', ['a', 'relu']],
      ['product', 'unjudged', ['sum', 'a']],
      ['drop', 'pass', ['product']],
      ['flat', 'pass', ['drop']],
      ['out', 'weighted', ['flat']],
    ]);
    expect(found.get('a')).toMatchObject({ className: 'Conv2D', shape: [8, 8, 4], parameters: 3 * 3 * 3 * 4 + 4, trainable: true });
    expect(found.get('flat')).toMatchObject({ shape: [256], parameters: 0, trainable: false, fanIn: null, targetGain: null });
  });

  test('parts: trunk up to the boundary, head after it, output at the end', () => {
    const found = sites(chain([8, 8, 3], conv('a'), conv('b'), conv('c'), ...out()), 'b');
    expect([...found.values()].map(({ id, part, boundary }) => [id, part, boundary])).toEqual([
      ['a', 'trunk', false],
      ['b', 'trunk', true],
      ['c', 'head', false],
      ['flat', 'head', false],
      ['out', 'output', false],
    ]);
  });

  test('the layer that makes the logits is output, and so is what only hands them on', () => {
    const found = sites(chain([8, 8, 3], conv('a'), conv('b', { filters: 2 }), tf.layers.globalAveragePooling2d({ name: 'pool' }), tf.layers.activation({ name: 'same', activation: 'linear' })));
    expect([...found.values()].map(({ part }) => part)).toEqual(['head', 'output', 'output', 'output']);
  });

  test('no pretrained layer is output, unless the network ends there', () => {
    const pooled = sites(chain([8, 8, 3], conv('a'), tf.layers.globalAveragePooling2d({ name: 'pool' })), 'a');
    expect([...pooled.values()].map(({ part }) => part)).toEqual(['trunk', 'output']);
  });

  test('nested models: paths, and the boundary at what is computed last in them', () => {
    const trunk = tf.sequential({ name: 'trunk', layers: [tf.layers.conv2d({ name: 'a', filters: 2, kernelSize: 1, inputShape: [8, 8, 3] }), tf.layers.reLU({ name: 'relu' })] });
    const head = tf.sequential({ name: 'head', layers: [tf.layers.globalAveragePooling2d({ name: 'pool', inputShape: [8, 8, 2] }), tf.layers.dense({ name: 'hidden', units: 3 })] });
    const found = sites(chain([8, 8, 3], trunk, head, tf.layers.dense({ name: 'out', units: 2 })), 'trunk');
    expect([...found.values()].map(({ id, part, boundary, inputs }) => [id, part, boundary, inputs])).toEqual([
      ['trunk/a', 'trunk', false, []],
      ['trunk/relu', 'trunk', true, ['trunk/a']],
      ['head/pool', 'head', false, ['trunk/relu']],
      ['head/hidden', 'head', false, ['head/pool']],
      ['out', 'output', false, ['head/hidden']],
    ]);
  });

  test('a shared layer has a site for each call', () => {
    const shared = tf.layers.dense({ name: 'shared', units: 3 });
    const input = tf.input({ shape: [3] });
    const found = sites(tf.model({ inputs: input, outputs: through(input, shared, tf.layers.dropout({ name: 'drop', rate: 0.1 }), shared, tf.layers.dense({ name: 'out', units: 2 })) }));
    expect([...found.values()].map(({ id, inputs }) => [id, inputs])).toEqual([
      ['shared', []],
      ['drop', ['shared']],
      ['shared#2', ['drop']],
      ['out', ['shared#2']],
    ]);
    expect([...found.keys()].map(pathOf)).toEqual(['shared', 'drop', 'shared', 'out']);
    expect(siteId('shared', 1)).toBe('shared#2');
  });

  test('frozen layers are not trainable', () => {
    const found = sites(chain([8, 8, 3], conv('a', { trainable: false }), ...out()));
    expect(found.get('a')!.trainable).toBe(false);
    expect(found.get('out')!.trainable).toBe(true);
  });

  test('leaves the layers as they were', () => {
    const layer = conv('a', { activation: 'relu' });
    sites(chain([8, 8, 3], layer, ...out()));
    expect(Object.hasOwn(layer, 'call')).toBe(false);
    expect(layer.getConfig()).toMatchObject({ activation: 'relu' });
  });
});

describe('the activation that follows', () => {
  const dense = (activation: 'linear' | 'relu' | 'tanh' | 'elu' | 'swish' = 'linear') => tf.layers.dense({ name: 'layer', units: 4, activation });
  const end = () => tf.layers.dense({ name: 'out', units: 2 });

  test.each<[string, () => tf.layers.Layer[], string, number | null]>([
    ['fused', () => [dense('relu')], 'relu', Math.SQRT2],
    ['fused tanh', () => [dense('tanh')], 'tanh', 1],
    ['none', () => [dense()], 'linear', 1],
    ['a layer of its own', () => [dense(), tf.layers.reLU()], 'relu', Math.SQRT2],
    ['ReLU6', () => [dense(), tf.layers.reLU({ maxValue: 6 })], 'relu6', Math.SQRT2],
    ['a ReLU with another limit is not judged', () => [dense(), tf.layers.reLU({ maxValue: 1 })], 'clipped-relu', null],
    ['a slope', () => [dense(), tf.layers.leakyReLU({ alpha: 0.2 })], 'leaky-relu', Math.sqrt(2 / (1 + 0.2 ** 2))],
    ['a learned slope is not judged', () => [dense(), tf.layers.prelu()], 'prelu', null],
    ['behind a normalization', () => [dense(), tf.layers.batchNormalization({}), tf.layers.activation({ activation: 'relu' })], 'relu', Math.SQRT2],
    ['behind dropout and a normalization', () => [dense(), tf.layers.dropout({ rate: 0.1 }), tf.layers.layerNormalization(), tf.layers.reLU()], 'relu', Math.SQRT2],
    ['behind a linear activation', () => [dense(), tf.layers.activation({ activation: 'linear' }), tf.layers.reLU()], 'relu', Math.SQRT2],
    ['another layer ends the search', () => [dense(), tf.layers.dense({ units: 3, activation: 'relu' })], 'linear', 1],
  ])('%s', (_, layers, activation, target) => {
    const site = sites(chain([4], ...layers(), end())).get('layer')!;
    expect(site.activation).toBe(activation);
    if (target === null) expect(site.targetGain).toBeNull();
    else expect(site.targetGain).toBeCloseTo(target, 12);
  });

  test('GELU, SiLU and ELU have the targets that docs/statistics.md names', () => {
    expect(sites(chain([4], dense('elu'), end())).get('layer')!.targetGain).toBeCloseTo(1.25, 2);
    expect(sites(chain([4], dense('swish'), end())).get('layer')!.targetGain).toBeCloseTo(1.68, 2);
  });

  test('is the own one where several layers read the output', () => {
    const input = tf.input({ shape: [4] });
    const made = through(input, dense());
    const sum = merge(tf.layers.add(), through(made, tf.layers.reLU()), made);
    expect(sites(tf.model({ inputs: input, outputs: through(sum, end()) })).get('layer')).toMatchObject({ activation: 'linear', targetGain: 1 });
  });
});

describe('fan-in', () => {
  const after = (layer: tf.layers.Layer) => sites(chain([8, 8, 3], layer, ...out()));

  test.each<[string, tf.layers.Layer, number | null]>([
    ['convolution: window times channels', tf.layers.conv2d({ name: 'layer', filters: 5, kernelSize: [3, 2] }), 3 * 2 * 3],
    ['depthwise convolution: the window', tf.layers.depthwiseConv2d({ name: 'layer', kernelSize: 3, depthMultiplier: 2 }), 9],
    ['transposed convolution: what reaches one output', tf.layers.conv2dTranspose({ name: 'layer', filters: 5, kernelSize: 4, strides: 2 }), (4 * 4 * 3) / 4],
    ['separable convolution: no single sum', tf.layers.separableConv2d({ name: 'layer', filters: 5, kernelSize: 3 }), null],
    ['no weights', tf.layers.maxPooling2d({ name: 'layer', poolSize: 2 }), null],
  ])('%s', (_, layer, expected) => {
    expect(after(layer).get('layer')!.fanIn).toBe(expected);
  });

  test('dense: the number of inputs', () => {
    expect(after(tf.layers.maxPooling2d({ poolSize: 2 })).get('out')!.fanIn).toBe(4 * 4 * 3);
  });
});

test('countCalls counts each layer of each nested model', () => {
  const shared = tf.layers.dense({ name: 'shared', units: 3 });
  const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ name: 'd', units: 3, inputShape: [3] })] });
  expect(countCalls(chain([3], shared, inner, shared, inner))).toEqual(new Map([['shared', 2], ['inner/d', 2]]));
});
