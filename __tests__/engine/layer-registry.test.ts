import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { ACTIVATION_FUNCTIONS } from './layers/cases/activations.ts';
import { cases } from './layers/cases/all.ts';
import { expectRightGradients, expectToTrain } from './layers/check-layer.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('the registry of tfjs-layers', () => {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const layers = Object.entries(classNameMap).flatMap(([name, [made]]) => ((made as { prototype: unknown }).prototype instanceof tf.layers.Layer ? [name] : []));

  test('holds no layer without a case', () => {
    const tried = new Set(cases.map(({ layer }) => layer));
    expect(layers.filter((name) => !tried.has(name))).toEqual([]);
    expect([...tried].filter((name) => !layers.includes(name))).toEqual([]);
  });

  test('holds no activation function without a case', () => {
    const losses = Object.entries(classNameMap).filter(([, [made]]) => typeof (made as { prototype: { apply?: unknown } }).prototype.apply === 'function');
    const functions = losses.map(([name]) => name).filter((name) => /^[a-z]/.test(name));
    expect(functions.sort()).toEqual([...ACTIVATION_FUNCTIONS].sort());
  });
});

describe.each(cases.map((layerCase) => [layerCase.layer, layerCase.variant, layerCase] as const))('%s: %s', (_, __, layerCase) => {
  test('trains', async () => {
    await expectToTrain(layerCase);
  });

  test('has the right gradients', async () => {
    await expectRightGradients(layerCase);
  });
});
