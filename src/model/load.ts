import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

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
 * @param file path of `model.json`
 * @param size what the network will be fed; null keeps the file's own input size
 * @throws UserError when a file is missing, cut short, not a LayersModel, or holds weights of another shape
 */
export async function loadModel(file: string, size: Size | null): Promise<tf.LayersModel> {
  const parsed = parseModelFile(file, await readText(file));
  const weightData = await readWeights(file, parsed);
  const topology = structuredClone(parsed.modelTopology);
  rejectGroupedConvolutions(file, topology);
  if (size) resizeInputs(topology, size);
  try {
    return await tf.loadLayersModel({
      load: () =>
        Promise.resolve({
          modelTopology: topology,
          weightSpecs: parsed.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
          weightData,
        }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new UserError('model-invalid', `${file}: the layers do not fit the weights: ${reason}`, EXPORT_FIX, { cause: error });
  }
}

/**
 * Height and width that a model file was saved with.
 *
 * @throws UserError where there is no file, or it takes images of any size
 */
export async function inputSize(file: { readonly absolute: string } | null): Promise<Size> {
  const topology = file && parseModelFile(file.absolute, await readText(file.absolute)).modelTopology;
  for (const config of objectsOf(topology)) {
    const shape = config.batch_input_shape ?? config.batchInputShape;
    if (Array.isArray(shape) && typeof shape[1] === 'number' && typeof shape[2] === 'number') return [shape[1], shape[2]];
  }
  throw new UserError('size-missing', '`data.size` is missing, and the model does not say what it is fed.', 'Give the size of the images in pixels, e.g. `size: 96`.');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('model-missing', `${file}: the model file cannot be read.`, 'Check `model.path`; it is relative to the config file.', {
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

async function readWeights(file: string, parsed: ModelFile): Promise<ArrayBuffer> {
  const folder = path.dirname(file);
  const groups = await Promise.all(
    parsed.weightsManifest.map(async ({ paths, weights }) => {
      const shards = await Promise.all(paths.map((name) => readShard(path.join(folder, ...name.split('/')))));
      const bytes = Buffer.concat(shards);
      const expected = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
      if (bytes.length !== expected) {
        throw new UserError(
          'weights-size',
          `${paths.map((name) => path.join(folder, name)).join(', ')}: holds ${bytes.length} bytes, but ${path.basename(file)} describes ${expected}.`,
          'The file is cut short or belongs to another model: export both again.',
        );
      }
      return bytes;
    }),
  );
  const all = Buffer.concat(groups);
  return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength);
}

async function readShard(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new UserError('weights-missing', `${file}: the weight file cannot be read.`, 'Commit it beside the model.json that names it.', { cause: error });
  }
  if (bytes.length < 1024) rejectLfsPointer(file, bytes.toString('latin1'));
  return bytes;
}

function byteLength({ shape, dtype, quantization }: WeightSpec): number {
  return shape.reduce((product, side) => product * side, 1) * BYTES[quantization?.dtype ?? dtype]!;
}

/** Walks every object of a Keras topology. */
function* objectsOf(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) {
    for (const item of value) yield* objectsOf(item);
  } else if (typeof value === 'object' && value !== null) {
    yield value as Record<string, unknown>;
    for (const item of Object.values(value)) yield* objectsOf(item);
  }
}

/** tfjs reads `groups` and then computes an ordinary convolution: wrong values without an error. */
function rejectGroupedConvolutions(file: string, topology: Record<string, unknown>): void {
  for (const { groups, name } of objectsOf(topology)) {
    if (typeof groups === 'number' && groups !== 1) {
      throw new UserError(
        'grouped-convolution',
        `${file}: layer '${String(name)}' is a grouped convolution (groups: ${groups}), which TensorFlow.js does not compute.`,
        'Use a DepthwiseConv2D or split the layer.',
      );
    }
  }
}

/** Feeds a convolutional network images of another size than it was saved with. */
function resizeInputs(topology: Record<string, unknown>, [height, width]: Size): void {
  for (const config of objectsOf(topology)) {
    for (const key of ['batch_input_shape', 'batchInputShape']) {
      const shape = config[key];
      if (Array.isArray(shape) && shape.length === 4) config[key] = [shape[0], height, width, shape[3]];
    }
  }
}
