import { mendActivations } from './activations.ts';
import { mendAlphaDropout } from './alpha-dropout.ts';
import { mendCategoryEncoding } from './category-encoding.ts';
import { mendConvolutions } from './convolutions.ts';
import { honourDilation } from './dilation.ts';
import { offerResetAfter } from './gru.ts';
import { mendMasks } from './masks.ts';
import { mendConcatenate } from './merges.ts';
import { mendNormalizations } from './normalizations.ts';
import { offerKeptAxes } from './pooling.ts';
import { fuseRelu6 } from './rectifiers.ts';
import { mendRecurrent } from './recurrent.ts';
import { mendResampling } from './resampling.ts';
import { mendReshape } from './reshape.ts';
import { mendTimeDistributed } from './time-distributed.ts';
import { offerOutputPadding } from './transposed-convolutions.ts';

/** Makes the layers of tfjs-layers do as those of Keras where they fail or err. To be called once. */
export function mendLayers(): void {
  fuseRelu6();
  mendActivations();
  mendAlphaDropout();
  mendCategoryEncoding();
  mendConcatenate();
  mendConvolutions();
  honourDilation();
  mendMasks();
  mendNormalizations();
  mendRecurrent();
  mendResampling();
  mendReshape();
  mendTimeDistributed();
  offerKeptAxes();
  offerOutputPadding();
  offerResetAfter();
}
