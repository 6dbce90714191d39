import type { Mode, Observation } from '../evidence/types.ts';
import { deadShare, type Rails, spreadOf } from '../engine/statistics.ts';
import type * as tf from '../engine/tf.ts';
import { KnownStatistics } from './known-statistics.ts';
import { type Call, type Observer, watch } from './probes.ts';
import { siteId } from './site-id.ts';

/** What a look at a network needs besides the network. */
export interface Look {
  readonly step: number;
  readonly mode: Mode;
  /** How often each layer, by path, was called before this part of the network: continues the numbering of shared layers. */
  readonly callsBefore: ReadonlyMap<string, number>;
}

/** Where tanh and sigmoid have lost all but 6 % of their slope (|tanh| = 0.97, as in Karpathy's and others' plots). */
const RAILS: Readonly<Record<string, Rails>> = { relu: [0, null], relu6: [0, 6], tanh: [-0.97, 0.97], sigmoid: [0.015, 0.985], 'hard-sigmoid': [0, 1] };

/** Activations that give nothing for all that is below 0. */
const RECTIFIERS: ReadonlySet<string> = new Set(['relu', 'relu6', 'clipped-relu']);

/**
 * Statistics of every site of `model` for one batch, taken in place while the batch passes.
 *
 * @param run passes the batch through `model`; where it also asks for gradients, those are seen too
 */
export function observe(model: tf.LayersModel, look: Look, run: () => void): Observation[] {
  const observations = new Map<string, Observation>();
  const known = new KnownStatistics();
  const id = (path: string, index: number) => siteId(path, index + (look.callsBefore.get(path) ?? 0));
  const observeGradient: Observer['observeGradient'] = (path, index, gradient) => {
    const site = id(path, index);
    observations.set(site, { ...observations.get(site)!, gradient: known.moments(gradient) });
  };
  watch(
    model,
    {
      observe(call) {
        const site = id(call.path, call.index);
        observations.set(site, { site, step: look.step, mode: look.mode, ...forwardStatistics(call, known), gradient: null });
      },
      // The hook keeps every output to the end of the pass: only where a gradient can come.
      ...(look.mode === 'training' ? { observeGradient } : {}),
    },
    run,
  );
  return [...observations.values()];
}

function forwardStatistics({ layer, inputs, preActivation, activation, output }: Call, known: KnownStatistics): Pick<Observation, 'x' | 'y' | 'gain' | 'kernelStd' | 'deadUnits'> {
  const x = known.spread(inputs[0]!);
  const y = known.moments(output, RAILS[activation?.name ?? '']);
  const dead = RECTIFIERS.has(activation?.name ?? '') ? { deadUnits: deadShare(output, y.zeros) } : {};
  const kernel = kernelOf(layer);
  if (!kernel) return { x, y, gain: null, kernelStd: null, ...dead };
  const bias = biasOf(layer);
  const z = bias ? spreadOf(preActivation, bias) : known.spread(preActivation);
  return { x, y, gain: x.rms > 0 ? z.std / x.rms : 0, kernelStd: spreadOf(kernel.read()).std, ...dead };
}

/** The weight that multiplies the input; null for layers that have none. */
export function kernelOf(layer: tf.layers.Layer): tf.LayerVariable | null {
  const { kernel, depthwiseKernel } = layer as { kernel?: tf.LayerVariable | null; depthwiseKernel?: tf.LayerVariable | null };
  return kernel ?? depthwiseKernel ?? null;
}

export function biasOf(layer: tf.layers.Layer): tf.Tensor | null {
  const { bias } = layer as { bias?: tf.LayerVariable | null };
  return bias?.read() ?? null;
}
