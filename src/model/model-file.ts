import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { UserPath } from '../config/config.ts';
import { UserError } from '../errors.ts';
import { savedSize, type Size } from './topology.ts';

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

/** What a `model.json` holds. */
export type ModelFile = z.infer<typeof modelFile>;
export type WeightSpec = ModelFile['weightsManifest'][number]['weights'][number];

export const EXPORT_FIX = 'Export the model as a TensorFlow.js LayersModel (model.json and its weight files).';

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

/**
 * The weight files that a model file names.
 *
 * @throws UserError where the model file cannot be read
 */
export async function weightFiles(file: UserPath): Promise<readonly UserPath[]> {
  const { weightsManifest } = await readModelFile(file);
  return weightsManifest.flatMap(({ paths }) => paths.map((name) => beside(file, name)));
}

/** A file that the model file names, which is relative to it. */
export function beside({ written, absolute }: UserPath, name: string): UserPath {
  return { written: path.posix.join(path.posix.dirname(written.replaceAll('\\', '/')), name), absolute: path.resolve(path.dirname(absolute), name) };
}

/** @throws UserError where it cannot be read, or is no LayersModel */
export async function readModelFile(file: UserPath): Promise<ModelFile> {
  return parseModelFile(file.written, await readText(file));
}

async function readText({ written, absolute }: UserPath): Promise<string> {
  try {
    return await readFile(absolute, 'utf8');
  } catch (error) {
    const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR';
    if (isFolder) throw new UserError('model-missing', `${written}: a folder, not a model file.`, `Name the file in it: \`${path.posix.join(written.replaceAll('\\', '/'), 'model.json')}\`.`, { cause: error });
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
    const place = result.error.issues[0]?.path.join('.') ?? '';
    throw new UserError('model-invalid', `${file}: not a LayersModel: ${place === '' ? 'it is no JSON object' : `\`${place}\` is missing or not of its kind`}.`, EXPORT_FIX);
  }
  return result.data;
}

/** @throws UserError where a file is what Git LFS left in its place */
export function rejectLfsPointer(file: string, text: string): void {
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    throw new UserError('lfs-pointer', `${file}: a Git LFS pointer, not the file itself.`, 'Set `lfs: true` in the checkout step, or run `git lfs pull`.');
  }
}
