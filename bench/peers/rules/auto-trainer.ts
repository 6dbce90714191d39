import type { Observation } from '../../../src/evidence/types.ts';
import type { PeerRule } from './peers.ts';
import { isNonFinite, isRectified, meanMagnitude, named, trainingLooks, weightedAt } from './readings.ts';

/** Epochs between looks. */
const EVERY = 3;

/**
 * AutoTrainer (Zhang et al., ICSE 2021): problems of training, the first three reported only where accuracy is bad as
 * well, from 30 % of the epochs on.
 */
export const autoTrainer: PeerRule = (evidence, run) => {
  const looked = run.epochs.filter(({ epoch }) => epoch > 0 && (epoch % EVERY === 0 || epoch === run.epochs.at(-1)!.epoch) && epoch >= 0.3 * evidence.plan.epochs);
  const accuracies = run.epochs.map(({ train }) => train.metric);
  const gains = run.epochs.slice(1).map(({ train, validation }, index) => Math.max(train.metric - run.epochs[index]!.train.metric, validation.metric - run.epochs[index]!.validation.metric));
  const isSlow = gains.length > 0 && Math.max(...gains) < 0.01;
  const isBad = Math.max(...accuracies) < 0.6 || isSlow;
  const layers = looked.map(({ step }) => weightedAt(evidence, run, step));
  const ratio = (looks: readonly Observation[]) => normOf(looks[0]) / normOf(looks.at(-1));
  const swings = accuracies.slice(1, -1).filter((accuracy, index) => {
    const [before, after] = [accuracies[index]!, accuracies[index + 2]!];
    return Math.abs(accuracy - before) >= 0.03 && (accuracy - before) * (after - accuracy) < 0;
  });
  return named({
    vanish: isBad && layers.some((looks) => ratio(looks) < 1e-3 && normOf(looks[0]) < 1e-4),
    explode: isNonFinite(run) || (isBad && layers.some((looks) => ratio(looks) > 70)),
    relu: isBad && layers.flat().some((look) => isRectified(evidence, look) && (look.gradient?.zeros ?? 0) >= 0.7),
    unstable: swings.length >= 0.2 * evidence.plan.epochs,
    'not-converge': isSlow,
    'abnormal-data': trainingLooks(run).some(({ site, y }) => evidence.sites.find(({ id }) => id === site)?.part === 'head' && meanMagnitude(y) >= 10),
  });
};

/** Euclidean norm of a layer's gradient. */
function normOf(look: Observation | undefined): number {
  return look?.gradient ? look.gradient.rms * Math.sqrt(look.gradient.n) : Number.NaN;
}
