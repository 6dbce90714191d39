import type { PeerRule } from './peers.ts';
import { isNonFinite, isRectified, meanMagnitude, named, trainingLooks, weightedAt } from './readings.ts';

/** DeepDiagnosis (Wardat et al., ICSE 2022), at the end of each epoch. Its rules of pre-activations and of single weights are left out: the evidence has neither. */
export const deepDiagnosis: PeerRule = (evidence, run, input) => {
  const last = run.epochs.at(-1)!.step;
  const atEnds = run.epochs.flatMap(({ step }) => weightedAt(evidence, run, step));
  const means = trainingLooks(run).flatMap(({ y, gradient }) => [y.mean, ...(gradient ? [gradient.mean] : [])]);
  const accuracies = run.epochs.map(({ train }) => train.metric);
  return named({
    'vanishing-gradient': atEnds.some(({ gradient }) => gradient !== null && meanMagnitude(gradient) < 1e-7),
    'numerical-error': isNonFinite(run) || means.some((mean) => mean === 0),
    'dead-node': trainingLooks(run).some((look) => look.step === last && isRectified(evidence, look) && look.y.zeros >= 0.7),
    'accuracy-not-increasing': accuracies.length > 20 && accuracies.slice(-20).every((accuracy) => accuracy <= accuracies.at(-21)!),
    'normalize-data': input.min < -1 || input.max > 1,
  });
};
