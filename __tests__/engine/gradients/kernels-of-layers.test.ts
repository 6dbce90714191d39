import { beforeAll, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { cases } from '../layers/cases/all.ts';
import { drawInputs, modelOf } from '../layers/objective.ts';

/** Operations that layers use and that have no gradient, each with the reason. */
const WITHOUT_GRADIENT: Readonly<Record<string, string>> = {
  BatchNormalization: 'has one where it is called',
  BatchStatistics: 'the gradient of what uses them knows how they depend on the values',
  DenseBincount: 'counts categories, which are no quantities',
  Fill: 'reads no tensor',
  FusedConv2D: 'core gives it a gradient where it is called',
  _FusedMatMul: 'core gives it a gradient where it is called',
};

beforeAll(async () => {
  await startBackend('wasm');
});

test('every operation that a layer uses has a gradient, but for those that need none', async () => {
  const used = new Set<string>();
  for (const layerCase of cases) {
    const model = modelOf(layerCase);
    const inputs = drawInputs(layerCase);
    const { kernelNames } = await tf.profile(() => tf.tidy(() => [model.apply(inputs, { training: true }) as tf.Tensor | tf.Tensor[]].flat()));
    for (const name of kernelNames) if (isKernel(name)) used.add(name);
    tf.dispose(inputs);
    model.dispose();
  }
  const without = [...used].filter((name) => !(tf.getGradient(name) as tf.GradConfig | undefined));
  expect(without.sort()).toEqual(Object.keys(WITHOUT_GRADIENT).sort());
});

/** The profile also lists functions that core composes of several operations. */
function isKernel(name: string): boolean {
  return (tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined) !== undefined;
}
