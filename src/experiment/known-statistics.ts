import type { Moments } from '../evidence/types.ts';
import { momentsOf, type Rails, spreadOf } from '../engine/statistics.ts';
import type * as tf from '../engine/tf.ts';

interface Known {
  readonly examples: number;
  readonly rails: Rails;
  readonly moments: Moments;
}

/**
 * Statistics of the tensors of one pass, each computed once. What one layer gives is what the next one reads, and a
 * layer that hands its input through, or only gives it another shape, shares the memory of its values, which never
 * change: they are known by that memory.
 */
export class KnownStatistics {
  private readonly byData = new Map<tf.DataId, Known>();

  /** As {@link momentsOf}. */
  moments(tensor: tf.Tensor, rails: Rails = [null, null]): Moments {
    const [examples = 1] = tensor.shape;
    const known = this.byData.get(tensor.dataId);
    if (known?.examples === examples && known.rails[0] === rails[0] && known.rails[1] === rails[1]) return known.moments;
    const moments = momentsOf(tensor, rails);
    this.byData.set(tensor.dataId, { examples, rails, moments });
    return moments;
  }

  /** Standard deviation and root mean square; NaN where a value is not finite, as {@link spreadOf} has it. */
  spread(tensor: tf.Tensor): { readonly std: number; readonly rms: number } {
    const moments = this.byData.get(tensor.dataId)?.moments;
    if (!moments) return spreadOf(tensor);
    const { std, rms, nonFinite } = moments;
    return nonFinite === 0 ? { std, rms } : { std: NaN, rms: NaN };
  }
}
