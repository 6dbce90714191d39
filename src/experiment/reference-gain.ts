import type { ReferenceGain, Site } from '../evidence/types.ts';
import { spreadOf } from '../engine/statistics.ts';
import * as tf from '../engine/tf.ts';
import { median } from '../stats/summary.ts';
import { normalValues } from './initialization.ts';
import { kernelOf } from './observation.ts';
import { watch } from './probes.ts';
import { siteId } from './site-id.ts';

const REDRAWS = 8;

/**
 * Takes the gain of each new weighted layer apart: its weights are redrawn at the target gain (normal, zero mean,
 * std = target / sqrt(fan-in)) on the same input, and what the redraws pass on is the part that the data explain.
 * DESIGN: cause by decomposition, docs/rules.md#cause.
 *
 * @param batch the probe batch, as the trained part is fed it
 */
export function referenceGains(
  model: tf.LayersModel,
  batch: tf.Tensor | tf.Tensor[],
  sites: readonly Site[],
  seed: number,
  callsBefore: ReadonlyMap<string, number>,
): ReferenceGain[] {
  const calls: { layer: tf.layers.Layer; input: tf.Tensor; site: Site }[] = [];
  const known = new Map(sites.map((site) => [site.id, site]));
  watch(
    model,
    {
      observe(call) {
        const site = known.get(siteId(call.path, call.index + (callsBefore.get(call.path) ?? 0)));
        if (site?.part === 'head' && site.kind === 'weighted' && site.targetGain !== null && site.fanIn !== null) {
          // The pass frees what flows between its layers.
          calls.push({ layer: call.layer, input: tf.keep(call.inputs[0]!.clone()), site });
        }
      },
    },
    () => model.apply(batch, { training: false }),
  );
  return calls.flatMap(({ layer, input, site }) => {
    const kernel = kernelOf(layer);
    // Of an input of zeros, nothing can be passed on.
    const gains = kernel && spreadOf(input).rms > 0 ? [referenceGain(layer, input, kernel, site, seed)] : [];
    input.dispose();
    return gains;
  });
}

function referenceGain(layer: tf.layers.Layer, input: tf.Tensor, kernel: tf.LayerVariable, site: Site, seed: number): ReferenceGain {
  const own = kernel.read().clone();
  const std = site.targetGain! / Math.sqrt(site.fanIn!);
  const { rms } = spreadOf(input);
  const gain = () => linearStd(layer, input) / rms;
  const shape = own.shape;
  try {
    const ownGain = gain();
    const redraws = Array.from({ length: REDRAWS }, (_, draw) => {
      kernel.write(tf.tensor(normalValues(own.size, std, seed, `reference/${site.id}/${draw}`), shape));
      return gain();
    });
    return { site: site.id, seed, gain: ownGain, reference: median(redraws), kernelStd: spreadOf(own).std, referenceKernelStd: std };
  } finally {
    kernel.write(own);
  }
}

/** std of kernel times input, without bias and activation. */
function linearStd(layer: tf.layers.Layer, input: tf.Tensor): number {
  const holder = layer as unknown as { activation?: unknown; bias?: unknown; useBias?: unknown };
  const { activation, bias, useBias } = holder;
  holder.activation = { apply: (z: tf.Tensor) => z, getClassName: () => 'watched' };
  holder.bias = null;
  holder.useBias = false;
  try {
    const z = layer.call(input, {}) as tf.Tensor;
    return spreadOf(z).std;
  } finally {
    holder.activation = activation;
    holder.bias = bias;
    holder.useBias = useBias;
  }
}
