import path from 'node:path';
import { isUserError, UserError } from '../errors.ts';
import { readModelFile } from '../model/model-file.ts';
import { savedSize, type Size, type Topology } from '../model/topology.ts';

export interface FoundModel {
  /** Path from the folder that was searched, forward slashes. */
  readonly file: string;
  readonly topology: Topology;
  /** What it is fed; null where it takes any size. */
  readonly size: Size | null;
}

/**
 * The LayersModels among the files: what is JSON beside weights, and reads as one.
 *
 * @throws UserError where there is none, with what is wrong with the nearest thing to one
 */
export async function findModels(folder: string, files: readonly string[]): Promise<readonly FoundModel[]> {
  const withWeights = new Set(files.filter((file) => file.endsWith('.bin')).map((file) => path.posix.dirname(file)));
  const candidates = files.filter((file) => path.posix.basename(file) === 'model.json' || (file.endsWith('.json') && withWeights.has(path.posix.dirname(file))));
  const read = await Promise.all(candidates.map((file) => readModel(folder, file)));
  const models = read.filter((found) => 'topology' in found);
  if (models.length > 0) return models;
  const [flaw] = read.filter((found) => isUserError(found));
  throw flaw ?? new UserError('no-model-here', 'There is no model.json of a TensorFlow.js LayersModel here.', 'Export one (docs/getting-started.md#your-own-model), or name it with --model.');
}

/** @throws UserError where it is no LayersModel */
export async function modelAt(folder: string, file: string): Promise<FoundModel> {
  const { modelTopology } = await readModelFile({ written: file, absolute: path.join(folder, file) });
  return { file, topology: modelTopology, size: savedSize(modelTopology) };
}

async function readModel(folder: string, file: string): Promise<FoundModel | UserError> {
  try {
    return await modelAt(folder, file);
  } catch (error) {
    if (isUserError(error)) return error;
    throw error;
  }
}
