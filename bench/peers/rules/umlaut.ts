import type { PeerRule } from './peers.ts';
import { named } from './readings.ts';

/** UMLAUT (Schoop et al., CHI 2021). The missing softmax is left out: here every classifier ends in one, or in logits with the loss that wants them. */
export const umlaut: PeerRule = ({ plan, sites }, { epochs }, input) => {
  const overfits = epochs.slice(1).some(({ train, validation }, index) => train.loss <= epochs[index]!.train.loss && validation.loss > epochs[index]!.validation.loss);
  return named({
    'input-range': input.min < -1 || input.max > 1,
    'learning-rate-high': plan.learningRate > 0.01,
    'learning-rate-low': plan.learningRate < 1e-7,
    overfitting: overfits,
    'validation-accuracy-high': epochs.some(({ validation }) => validation.metric > 0.95),
    'linear-hidden-layer': sites.some(({ part, kind, activation }) => part === 'head' && kind === 'weighted' && (activation === null || activation === 'linear')),
  });
};
