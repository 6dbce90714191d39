import { installConvolution } from './convolution.ts';
import { installPooling } from './pooling.ts';

/** Gives the wasm backend, which must be ready, right convolutions and poolings of volumes. To be called once. */
export function installVolumes(): void {
  installConvolution();
  installPooling();
}
