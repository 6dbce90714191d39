import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import type { UserPath } from './config/config.ts';
import { findImages } from './data/find-images.ts';
import { readImages, roomForImages } from './data/read-images.ts';
import { startBackend } from './engine/backend.ts';
import type { Fingerprint } from './evidence/fingerprint.ts';
import { isUserError, UserError } from './errors.ts';
import { fingerprint } from './experiment/fingerprint/fingerprint.ts';
import { inputSize } from './model/model-file.ts';
import { loadImageModel } from './model/network.ts';
import type { Size } from './model/topology.ts';

export interface FingerprintRequest {
  readonly cwd: string;
  /** A model.json, or the folder that holds it. */
  readonly model: string;
  /** Folder of images like those that the model will see; folders of classes in it are labels. */
  readonly images: string;
  /** Pixels of a side; null takes the model file's size. */
  readonly size: number | null;
  /** Most images to read. */
  readonly most?: number;
}

/** Most images that are read: a linear probe needs more than memories do. */
const MOST_IMAGES = 240;

/**
 * Infers from a model file which preprocessing the model was trained with.
 *
 * @throws UserError when model or images cannot be read
 */
export async function fingerprintFile({ cwd, model, images, size, most = MOST_IMAGES }: FingerprintRequest): Promise<Fingerprint> {
  const file = await modelPath(cwd, model);
  const [found] = await Promise.all([findImages({ written: images, absolute: path.resolve(cwd, images) }, most), startBackend('wasm')]);
  const sides = size === null ? await savedSizeOf(file) : ([size, size] as const);
  const network = await loadImageModel(file, size === null ? null : sides);
  const values = roomForImages(found.files.length, sides);
  readImages(found.files, sides, values);
  return fingerprint(network, { values, size: sides }, found.labels);
}

async function savedSizeOf(file: UserPath): Promise<Size> {
  return inputSize(file).catch((error: unknown) => {
    if (!(isUserError(error) && error.code === 'size-missing')) throw error;
    throw new UserError('size-missing', `${file.written}: the model takes images of any size.`, 'Say how large they are with --size, e.g. --size 224.', { cause: error });
  });
}

async function modelPath(cwd: string, written: string): Promise<UserPath> {
  const absolute = path.resolve(cwd, written);
  const isFolder = await stat(absolute).then((found) => found.isDirectory(), () => false);
  const file = isFolder ? { written: path.posix.join(written, 'model.json'), absolute: path.join(absolute, 'model.json') } : { written, absolute };
  await access(file.absolute, constants.R_OK).catch((error: unknown) => {
    throw new UserError('model-missing', `${file.written}: the model file cannot be read.`, 'Name a model.json of a TensorFlow.js LayersModel, or the folder that holds it.', { cause: error });
  });
  return file;
}
