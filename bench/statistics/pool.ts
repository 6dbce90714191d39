/** A pool of labelled images, and what the frozen trunk makes of each under every input treatment. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Arm, type Treatment, treatments } from '../../src/config/treatments.ts';
import { findDataSet } from '../../src/data/load.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import { Laboratory, type LaboratorySetup } from '../../src/experiment/laboratory.ts';
import type { Recipe } from '../../src/experiment/training.ts';

const SIZE = [96, 96] as const;
const ARMS: readonly Arm[] = ['normalized', 'raw'];
const RECIPE: Recipe = { epochs: 5, batchSize: 32, optimizer: 'adam', learningRate: 5e-3, chunk: 16 };
const IMAGES_AT_ONCE = 64;

export interface Pool {
  readonly name: string;
  readonly labels: Int32Array;
  readonly laboratory: Laboratory;
  /** By arm. */
  readonly features: ReadonlyMap<string, Float32Array>;
}

/**
 * @param folder of class folders
 * @param model path of the trunk's model.json
 * @param cache folder for the features: computing them takes minutes
 */
export async function openPool(name: string, folder: string, model: string, cache: string): Promise<Pool> {
  const found = await findDataSet({ path: { written: name, absolute: folder }, validation: { kind: 'folds', folds: 6 } });
  const arms = treatments({ input: { normalization: 'efficientnet-lite', arms: ARMS } });
  const files = arms.map((arm) => path.join(cache, `${name}-${arm.name}-${fingerprintOf(model, found.files, arm)}.f32`));
  const images = roomForImages(files.every(existsSync) ? 0 : found.files.length, SIZE);
  if (images.length > 0) readImages(found.files, SIZE, images);
  const setup: LaboratorySetup = {
    backend: 'wasm',
    network: { path: { written: model, absolute: model }, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, { layer: 'dense', units: found.classes.length }], train: 'head' },
    size: SIZE,
    images,
    answers: found.answers,
    loss: 'cross-entropy',
    strata: found.strata,
    probe: [],
    recipe: RECIPE,
    kernels: 'exact',
  };
  const laboratory = await Laboratory.open(setup);
  const features = new Map(arms.map((arm, index): [string, Float32Array] => [arm.name, cached(files[index]!, () => featuresOf(laboratory, arm, found.files.length))]));
  return { name, labels: found.strata, laboratory, features };
}

function featuresOf(laboratory: Laboratory, arm: Treatment, images: number): Float32Array {
  const row = laboratory.survey().featureSize;
  const features = new Float32Array(images * row);
  for (let from = 0; from < images; from += IMAGES_AT_ONCE) laboratory.features(arm, from, Math.min(from + IMAGES_AT_ONCE, images), features);
  return features;
}

function cached(file: string, compute: () => Float32Array): Float32Array {
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }
  const values = compute();
  mkdirSync(path.dirname(file), { recursive: true });
  const making = `${file}.${process.pid}`;
  writeFileSync(making, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  renameSync(making, file);
  return values;
}

function fingerprintOf(model: string, files: readonly { readonly file: string }[], arm: Treatment): string {
  const content = JSON.stringify([createHash('sha256').update(readFileSync(model)).digest('hex'), files.map(({ file }) => file), arm]);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
