import type { PeerRule } from './peers.ts';
import { isNonFinite, isRectified, meanMagnitude, named, trainingLooks, weightedAt } from './readings.ts';

const FIRST_STEPS = 10;

/**
 * Amazon SageMaker Debugger, built-in rules with the defaults of the AWS guide. Left out is what the evidence does not
 * hold (update ratios of single weights) or what needs hundreds of steps.
 */
export const sageMaker: PeerRule = (evidence, run, input) => {
  const looks = trainingLooks(run);
  const gradients = looks.flatMap(({ gradient }) => gradient ?? []);
  const early = evidence.plan.observedSteps.filter((step) => step <= FIRST_STEPS).map((step) => weightedAt(evidence, run, step));
  const losses = run.epochs.map(({ train }) => train.loss);
  return named({
    'vanishing-gradient': gradients.some((gradient) => meanMagnitude(gradient) < 1e-7),
    'exploding-tensor': isNonFinite(run),
    // A layer of which .995 is zero has more than half of its units active in less than 1 %.
    'dead-relu': looks.some((look) => isRectified(evidence, look) && look.y.zeros > 0.995),
    'poor-weight-initialization': early.some((layers) => {
      const stds = layers.flatMap(({ kernelStd }) => kernelStd ?? []);
      return Math.max(...stds) ** 2 > 10 * Math.min(...stds) ** 2 || layers.some(({ gradient }) => gradient !== null && 2 * 1.645 * gradient.std < 1e-3);
    }),
    'all-zero': looks.some(({ y }) => y.zeros === 1),
    'loss-not-decreasing': losses.slice(1).some((loss, index) => loss > 0.999 * losses[index]!),
    overfit: run.epochs.some(({ train, validation }) => (validation.loss - train.loss) / train.loss > 0.1),
    'check-input-images': evidence.sites.some(({ shape }) => shape.length === 3) && Math.abs(input.mean) > 0.2,
  });
};
