import type { LayerCase } from '../layer-case.ts';
import { activations } from './activations.ts';
import { convolutions } from './convolutions.ts';
import { core } from './core.ts';
import { merges } from './merges.ts';
import { models } from './models.ts';
import { normalizations } from './normalizations.ts';
import { pooling } from './pooling.ts';
import { preprocessing } from './preprocessing.ts';
import { recurrent } from './recurrent.ts';

export const cases: readonly LayerCase[] = [
  ...activations,
  ...convolutions,
  ...core,
  ...merges,
  ...models,
  ...normalizations,
  ...pooling,
  ...preprocessing,
  ...recurrent,
];
