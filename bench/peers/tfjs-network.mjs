// The networks in plain TensorFlow.js, and a look at every layer.
import * as tf from './tfjs.mjs';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A LayersModel from files. */
async function load(file) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(file, 'utf8'));
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((shard) => readFileSync(path.join(path.dirname(file), shard))));
  const { buffer, byteOffset, byteLength } = Buffer.concat(shards);
  const weightData = buffer.slice(byteOffset, byteOffset + byteLength);
  return tf.loadLayersModel({ load: () => Promise.resolve({ modelTopology, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData }) });
}

function newLayer({ layer, name, units, activation, ...options }) {
  if (layer === 'global-average-pooling-2d') return tf.layers.globalAveragePooling2d({ name });
  if (layer !== 'dense') throw new Error(`${layer} is not in the heads that this script was written for.`);
  // A softmax at the end belongs to the loss.
  const relu = activation === 'relu' ? { activation } : {};
  const kernelInitializer = options['kernel-initializer'] === 'he-normal' ? 'heNormal' : 'glorotUniform';
  return tf.layers.dense({ units, name, kernelInitializer, ...relu });
}

function stacked(start, value, layers) {
  return tf.model({ inputs: start, outputs: layers.reduce((x, layer) => layer.apply(x), value) });
}

/**
 * @returns `frozen`: what never changes (the trunk, and new layers without weights), null where all trains; `trained`:
 * the rest; `fresh`: its new layers
 */
export async function buildNetworks({ model, train, layers }) {
  const trunk = await load(model);
  const pooling = layers.filter((spec) => spec.units === undefined).map(newLayer);
  const fresh = layers.filter((spec) => spec.units !== undefined).map(newLayer);
  const [input] = trunk.inputs;
  const [output] = trunk.outputs;
  if (train !== 'head') return { frozen: null, trained: stacked(input, output, [...pooling, ...fresh]), fresh };
  const frozen = stacked(input, output, pooling);
  const start = tf.input({ shape: frozen.outputs[0].shape.slice(1) });
  return { frozen, trained: stacked(start, start, fresh), fresh };
}

/** Draws the weights of the new layers anew, as their initializers do. */
export function redraw(fresh, seed) {
  for (const [index, layer] of fresh.entries()) {
    const [kernel, bias] = layer.weights;
    const draw = layer.kernelInitializer;
    draw.seed = seed * fresh.length + index;
    kernel.write(draw.apply(kernel.shape));
    bias.write(tf.zeros(bias.shape));
  }
}

/** Mean and population standard deviation, in double precision: on wasm `tf.moments` is off by up to 0.3 %. */
function moments(tensor) {
  const values = tensor.dataSync();
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const mean = sum / values.length;
  return [mean, Math.sqrt(Math.max(squares / values.length - mean * mean, 0))];
}

/**
 * Moments of every layer's output while `run` runs, and of the loss's gradients by them where `run` asks for gradients.
 *
 * @returns by name of layer
 */
export function watching(model, run) {
  const forward = {};
  const gradient = {};
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  for (const layer of layers) {
    const { call } = Object.getPrototypeOf(layer);
    layer.call = (inputs, options) => {
      const [y] = [call.call(layer, inputs, options)].flat();
      forward[layer.name] = moments(y);
      const seen = tf.customGrad((x) => ({
        value: x.clone(),
        gradFunc: (dy) => {
          gradient[layer.name] = moments(dy);
          return dy.clone();
        },
      }));
      return seen(y);
    };
  }
  try {
    tf.tidy(() => {
      run();
    });
  } finally {
    for (const layer of layers) delete layer.call;
  }
  return { forward, gradient };
}
