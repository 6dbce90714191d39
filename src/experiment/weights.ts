import type { InitialWeights, Update } from '../evidence/types.ts';
import { view } from '../engine/heap.ts';
import { spreadOf } from '../engine/statistics.ts';
import { inScope } from '../engine/scope.ts';
import * as tf from '../engine/tf.ts';
import { layerPaths } from './layer-calls.ts';
import { biasOf, kernelOf } from './observation.ts';

/** What each layer with a kernel starts from. */
export function initialWeights(model: tf.LayersModel): InitialWeights[] {
  return layersWithKernels(model).map(({ site, layer, kernel }) => {
    const bias = biasOf(layer);
    return { site, ...spreadOf(kernel), difference: differenceOfUnits(layer, kernel), bias: bias && spreadOf(bias) };
  });
}

/**
 * How much of the weights' size differs from unit to unit: 0 where all units are the same, sqrt(1 - 1 / units) where they
 * are independent. Null for a single unit, and where the kernel's last axis is not the units.
 */
function differenceOfUnits(layer: tf.layers.Layer, kernel: tf.Tensor): number | null {
  const { shape, size } = kernel;
  if (layer.getClassName().endsWith('Transpose')) return null;
  // A depthwise kernel has a filter of its own for each channel.
  const units = 'depthwiseKernel' in layer ? shape.at(-1)! * shape.at(-2)! : shape.at(-1)!;
  if (units < 2) return null;
  const values = view(kernel);
  let [within, total] = [0, 0];
  for (let start = 0; start < size; start += units) {
    let [sum, squares] = [0, 0];
    for (let at = start; at < start + units; at++) {
      sum += values[at]!;
      squares += values[at]! * values[at]!;
    }
    within += Math.max(0, squares - (sum * sum) / units);
    total += squares;
  }
  // Sums of equal values differ by their rounding.
  return total > 0 && within > total * 1e-10 ? Math.sqrt(within / total) : 0;
}

/** Looks at what the optimizer really does to each kernel that trains. */
export class UpdateMeter {
  private readonly kernels: readonly { readonly site: string; readonly variable: tf.Variable }[];

  constructor(model: tf.LayersModel, variables: readonly tf.Variable[]) {
    this.kernels = layersWithKernels(model).flatMap(({ site, kernel }) => {
      const variable = variables.find((one) => one === kernel);
      return variable ? [{ site, variable }] : [];
    });
  }

  /**
   * @param gradients as the optimizer is given them
   * @param step number of updates done after this one
   */
  measure(gradients: tf.NamedTensorMap, step: number, apply: () => void): Update[] {
    return inScope(() => {
      const before = this.kernels.map(({ site, variable }) => {
        const gradient = gradients[variable.name];
        return { site, variable, value: variable.clone(), gradient: gradient ? spreadOf(gradient).rms : 0 };
      });
      apply();
      return before.map(({ site, variable, value, gradient }) => ({ site, step, ratio: ratioOf(spreadOf(tf.sub(variable, value)).rms, spreadOf(value).rms), gradient }));
    });
  }
}

/** Of a kernel that starts at zero, any change is infinitely large. */
function ratioOf(change: number, size: number): number {
  return change === 0 ? 0 : change / size;
}

function layersWithKernels(model: tf.LayersModel): { site: string; layer: tf.layers.Layer; kernel: tf.Tensor }[] {
  return [...layerPaths(model)].flatMap(([layer, site]) => {
    const kernel = kernelOf(layer);
    return kernel ? [{ site, layer, kernel: kernel.read() }] : [];
  });
}
