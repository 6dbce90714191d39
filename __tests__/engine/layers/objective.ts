import { runFrozenBatchNormInInference } from '../../../src/engine/batch-norm.ts';
import { randomOf, withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainableVariables } from '../../../src/engine/variables.ts';
import { normal } from '../arbitrary.ts';
import type { LayerCase } from './layer-case.ts';

export const SEED = 7;
const BATCH = 3;
/** Half the distance between two evaluations: exact in float32, and small against the distance to a kink. */
const STEP = 1 / 32;
const STEP_NEAR_KINK = 1 / 512;

/** A random projection of what a layer puts out, as a function of its weights and inputs. */
export interface Objective {
  readonly model: tf.LayersModel;
  /** Trainable weights, then the inputs that have a gradient. */
  readonly variables: readonly tf.Variable[];
  /** Outputs in training mode, and the projection of them, with what regularizers add, in double precision. */
  readonly evaluate: () => { outputs: Float32Array[]; value: number };
  readonly gradients: () => Float32Array[];
}

/** The layer alone. */
export function modelOf(layerCase: LayerCase): tf.LayersModel {
  const inputs = symbolicInputs(layerCase);
  const model = tf.model({ inputs, outputs: [layerCase.apply(...inputs)].flat() });
  runFrozenBatchNormInInference(model);
  return model;
}

export function objectiveOf(layerCase: LayerCase): Objective {
  const model = modelOf(layerCase);
  if (!classesIn(model).includes(layerCase.layer)) throw new Error(`The case does not call its layer, ${layerCase.layer}.`);
  drawWeights(model);
  const fed = drawInputs(layerCase).map((input) => tf.variable(input));
  const variables = [...trainableVariables(model), ...(layerCase.categories ? [] : fed)];
  const run = () => {
    model.resetStates();
    return withSeed(SEED, 'noise', () => [model.apply(fed, { training: true }) as tf.Tensor | tf.Tensor[]].flat());
  };
  const projection = tf.tidy(() => run().map(({ shape }, index) => uniform(shape, `projection/${index}`)));

  const evaluate = () =>
    tf.tidy(() => {
      const values = run().map((output) => output.dataSync<'float32'>());
      const penalty = model.calculateLosses().reduce((sum, loss) => sum + loss.dataSync()[0]!, 0);
      const value = values.reduce((sum, output, k) => sum + output.reduce((s, y, i) => s + y * projection[k]![i]!, 0), penalty);
      return { outputs: values.map((output) => output.slice()), value };
    });
  const gradients = () =>
    tf.tidy(() => {
      const loss = () => {
        const terms = run().map((output, k) => tf.sum(tf.mul(output, tf.tensor(projection[k]!, output.shape))));
        return tf.addN([...terms, ...model.calculateLosses()]) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(loss, variables);
      return variables.map(({ name }) => grads[name]!.dataSync<'float32'>().slice());
    });
  return { model, variables, evaluate, gradients };
}

export function symbolicInputs(layerCase: LayerCase): tf.SymbolicTensor[] {
  const { inputs, batch } = layerCase;
  return inputs.map((shape) => tf.input({ batchShape: [batch ?? null, ...shape] }));
}

export function drawInputs({ inputs, draw, batch = BATCH }: LayerCase): tf.Tensor[] {
  return inputs.map((shape, index) => {
    const whole = [batch, ...shape];
    const random = normal(SEED + index);
    return tf.tensor(draw ? draw(whole, SEED + index) : Array.from({ length: tf.util.sizeFromShape(whole) }, random), whole);
  });
}

/** Weights that no initializer leaves special: away from 0, where penalties have a kink, and positive variances. */
function drawWeights(model: tf.LayersModel): void {
  const random = normal(SEED);
  for (const weight of model.weights) {
    const variance = weight.originalName.includes('variance');
    const values = Float32Array.from({ length: tf.util.sizeFromShape(weight.shape as number[]) }, () => {
      const size = 0.1 + 0.4 * Math.abs(random());
      return variance || random() > 0 ? size : -size;
    });
    tf.tidy(() => { weight.write(tf.tensor(values, weight.shape as number[])); });
  }
}

/** The derivative along a direction from central differences, the error of second order taken off (Richardson). */
export function directionalDerivative(variable: tf.Variable, direction: Float32Array, value: () => number, kinked = false): number {
  const start = variable.dataSync().slice();
  const difference = (step: number) => {
    const at = (sign: number) => {
      tf.tidy(() => { variable.assign(tf.tensor(start.map((x, i) => x + sign * step * direction[i]!), variable.shape)); });
      return value();
    };
    return (at(1) - at(-1)) / (2 * step);
  };
  const derivative = kinked ? difference(STEP_NEAR_KINK) : (4 * difference(STEP / 2) - difference(STEP)) / 3;
  tf.tidy(() => { variable.assign(tf.tensor(start, variable.shape)); });
  return derivative;
}

/** Classes of a model and of everything inside of it. */
function classesIn(layer: tf.layers.Layer): string[] {
  const parts = layer as Partial<Record<'layer' | 'cell' | 'forwardLayer', tf.layers.Layer> & Record<'layers' | 'cells', tf.layers.Layer[]>>;
  const inside = [parts.layer, parts.cell, parts.forwardLayer, parts.layers, parts.cells].flat();
  return [layer.getClassName(), ...inside.flatMap((part) => (part ? classesIn(part) : []))];
}

function uniform(shape: readonly number[], role: string): Float32Array {
  const random = randomOf(SEED, role);
  return Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => 2 * random() - 1);
}

export function batchOf({ batch = BATCH }: LayerCase): number {
  return batch;
}
