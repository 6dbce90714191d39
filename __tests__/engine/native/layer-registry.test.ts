import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { cases } from '../layers/cases/all.ts';
import { expectRightGradients, expectToTrain } from '../layers/check-layer.ts';
import { nativeObstacle, onNative } from './native-here.ts';

describe.skipIf(nativeObstacle !== null)(onNative('every layer on the native backend'), () => {
  beforeAll(async () => {
    await startBackend('native');
  });

  describe.each(cases.map((layerCase) => [layerCase.layer, layerCase.variant, layerCase] as const))('%s: %s', (_, __, layerCase) => {
    test('trains', async () => {
      await expectToTrain(layerCase);
    });

    test('has the right gradients', async () => {
      await expectRightGradients(layerCase);
    });
  });
});
