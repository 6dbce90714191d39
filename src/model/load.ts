import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { UserPath } from '../config/config.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { beside, EXPORT_FIX, type ModelFile, readModelFile, rejectLfsPointer, type WeightSpec } from './model-file.ts';
import { reasonOf } from './reason.ts';
import { rejectGroupedConvolutions, resized, savedSize, type Size } from './topology.ts';

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 };

/**
 * Reads a TensorFlow.js LayersModel from its `model.json` and the weight files beside it.
 *
 * @param file `model.json`
 * @param size what the network will be fed; null keeps the file's own input size
 * @throws UserError when a file is missing, cut short, not a LayersModel, or holds weights of another shape
 */
export async function loadModel(file: UserPath, size: Size | null): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = await readModelFile(file);
  const weightData = await readWeights(file, weightsManifest);
  rejectGroupedConvolutions(file.written, modelTopology);
  const specs = weightsManifest.flatMap(({ weights }) => weights);
  try {
    const model = await tf.loadLayersModel({ load: () => Promise.resolve({ modelTopology: size ? resized(modelTopology, size) : modelTopology }) });
    requireShapes(model, specs);
    const weights = tf.io.decodeWeights(weightData, specs as tf.io.WeightsManifestEntry[]);
    model.loadWeights(weights);
    tf.dispose(weights);
    return model;
  } catch (error) {
    const saved = savedSize(modelTopology);
    const otherSize = size && saved && String(saved) !== String(size);
    const fix = otherSize ? `Set \`data.size\` to [${saved.join(', ')}], which it was saved with, or export it for [${size.join(', ')}].` : EXPORT_FIX;
    throw new UserError('model-invalid', `${file.written}: the network cannot be built from its layers and weights: ${reasonOf(error)}`, fix, { cause: error });
  }
}

/** TensorFlow.js says which shapes differ, but not of which weight. */
function requireShapes({ weights }: tf.LayersModel, specs: readonly WeightSpec[]): void {
  const shapes = new Map(weights.map(({ originalName, shape }) => [originalName, String(shape)]));
  const misfit = specs.find(({ name, shape }) => shapes.has(name) && shapes.get(name) !== String(shape));
  if (misfit) throw new Error(`weight '${misfit.name}' has shape [${String(misfit.shape)}], its layer needs [${shapes.get(misfit.name)!}].`);
}

async function readWeights(file: UserPath, manifest: ModelFile['weightsManifest']): Promise<ArrayBuffer> {
  const groups = await Promise.all(
    manifest.map(async ({ paths, weights }) => {
      const shards = await Promise.all(paths.map((name) => readShard(beside(file, name))));
      const bytes = Buffer.concat(shards);
      const expected = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
      if (bytes.length !== expected) {
        throw new UserError(
          'weights-size',
          `${paths.map((name) => beside(file, name).written).join(', ')}: holds ${bytes.length} bytes, but ${path.basename(file.absolute)} describes ${expected}.`,
          'The file is cut short or belongs to another model: export both again.',
        );
      }
      return bytes;
    }),
  );
  const all = Buffer.concat(groups);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength);
}

async function readShard({ written, absolute }: UserPath): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(absolute);
  } catch (error) {
    throw new UserError('weights-missing', `${written}: the weight file cannot be read.`, 'Commit it beside the model.json that names it.', { cause: error });
  }
  if (bytes.length < 1024) rejectLfsPointer(written, bytes.toString('latin1'));
  return bytes;
}

function byteLength({ shape, dtype, quantization }: WeightSpec): number {
  return shape.reduce((product, side) => product * side, 1) * BYTES[quantization?.dtype ?? dtype]!;
}
