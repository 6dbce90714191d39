import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { UserPath } from '../config/config.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { reasonOf } from './reason.ts';
import { rejectGroupedConvolutions, resized, savedSize, type Size } from './topology.ts';

const modelFile = z.object({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.number().int().nonnegative()),
          dtype: z.enum(['float32', 'int32', 'bool']),
          quantization: z
            .object({ dtype: z.enum(['float16', 'uint8', 'uint16']), min: z.number().optional(), scale: z.number().optional() })
            .optional(),
        }),
      ),
    }),
  ),
});

type ModelFile = z.infer<typeof modelFile>;
type WeightSpec = ModelFile['weightsManifest'][number]['weights'][number];

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 };
const EXPORT_FIX = 'Export the model as a TensorFlow.js LayersModel (model.json and its weight files).';

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

/**
 * Height and width that a model file was saved with.
 *
 * @throws UserError where there is no file, or it takes images of any size
 */
export async function inputSize(file: UserPath | null): Promise<Size> {
  const size = file && savedSize((await readModelFile(file)).modelTopology);
  if (size) return size;
  throw new UserError('size-missing', '`data.size` is missing, and the model does not say what it is fed.', 'Give the size of the images in pixels, e.g. `size: 96`.');
}

async function readModelFile(file: UserPath): Promise<ModelFile> {
  return parseModelFile(file.written, await readText(file));
}

async function readText({ written, absolute }: UserPath): Promise<string> {
  try {
    return await readFile(absolute, 'utf8');
  } catch (error) {
    throw new UserError('model-missing', `${written}: the model file cannot be read.`, 'Correct `model.path`; it is relative to the config file.', {
      cause: error,
    });
  }
}

function parseModelFile(file: string, text: string): ModelFile {
  rejectLfsPointer(file, text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError('model-invalid', `${file}: not valid JSON; is the file cut short?`, EXPORT_FIX, { cause: error });
  }
  if (typeof json === 'object' && json !== null && 'format' in json && json.format === 'graph-model') {
    throw new UserError('model-graph', `${file}: a GraphModel can only predict, not train.`, EXPORT_FIX);
  }
  const result = modelFile.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UserError('model-invalid', `${file}: not a LayersModel: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`, EXPORT_FIX);
  }
  return result.data;
}

function rejectLfsPointer(file: string, text: string): void {
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    throw new UserError('lfs-pointer', `${file}: a Git LFS pointer, not the file itself.`, 'Set `lfs: true` in the checkout step, or run `git lfs pull`.');
  }
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

/** A file that the model file names, which is relative to it. */
function beside({ written, absolute }: UserPath, name: string): UserPath {
  return { written: path.posix.join(path.posix.dirname(written.replaceAll('\\', '/')), name), absolute: path.resolve(path.dirname(absolute), name) };
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
