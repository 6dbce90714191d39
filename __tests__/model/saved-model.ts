import path from 'node:path';
import type { UserPath } from '../../src/config/config.ts';
import type * as tf from '../../src/engine/tf.ts';
import { folderWith } from '../temporary-folder.ts';

/** A model as files: what `model.json` says, and the bytes of the weights beside it. */
export interface ModelFiles {
  readonly json: {
    format: string;
    modelTopology: Record<string, unknown>;
    weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
  };
  readonly weights: Uint8Array;
}

/** What TensorFlow.js writes when it saves a model. */
export async function filesOf(model: tf.LayersModel): Promise<ModelFiles> {
  let files: ModelFiles | undefined;
  await model.save({
    save: ({ modelTopology, weightSpecs, weightData }) => {
      files = {
        json: {
          format: 'layers-model',
          modelTopology: structuredClone(modelTopology) as Record<string, unknown>,
          weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs as ModelFiles['json']['weightsManifest'][number]['weights'] }],
        },
        weights: Buffer.concat([weightData!].flat().map((buffer) => Buffer.from(buffer))),
      };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    },
  });
  return files!;
}

/** Writes the files into a new folder that is gone after the test. */
export function written({ json, weights }: { readonly json: unknown; readonly weights: Uint8Array | null }): UserPath {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  const folder = folderWith({ 'model/model.json': text, ...(weights ? { 'model/weights.bin': weights } : {}) });
  return { written: 'model/model.json', absolute: path.join(folder, 'model', 'model.json') };
}

export async function saved(model: tf.LayersModel): Promise<UserPath> {
  return written(await filesOf(model));
}
