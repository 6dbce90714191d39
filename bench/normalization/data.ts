/** The images of a cell, and what is to be told of them. */
import path from 'node:path';
import type { Answers, Masks } from '../../src/data/answers.ts';
import { type DataSet, findDataSet } from '../../src/data/load.ts';
import type { ImageFile } from '../../src/data/read-images.ts';
import { findSegmentation } from '../../src/data/segmentation.ts';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { type Cell, type Data, FOLDS } from './cells.ts';

export interface Images {
  readonly files: readonly ImageFile[];
  readonly answers: Exclude<Answers, { kind: 'targets' }>;
  readonly strata: Int32Array;
}

const VALIDATION = { kind: 'folds', folds: FOLDS } as const;
const MASKS: Readonly<Partial<Record<Data, { readonly classes: readonly string[]; readonly values: readonly number[]; readonly ignored: readonly number[] }>>> = {
  scenes: { classes: ['background', 'animal', 'food', 'object'], values: [0, 1, 2, 3], ignored: [255] },
  coastline: { classes: ['land', 'water'], values: [0, 255], ignored: [128] },
};

/** Twice as many as the cell's: the first half is the experiment's, the second chooses the rates. */
export async function imagesOf({ data, images, size }: Cell, folder: string): Promise<Images> {
  const masks = MASKS[data];
  const at = (name = '') => ({ written: path.join(data, name), absolute: path.join(folder, name) });
  if (!masks) return labelled(await findDataSet({ path: at(), validation: VALIDATION }), 2 * images, data);
  return masked(await findSegmentation({ images: at('images'), masks: at('masks'), ...masks, validation: VALIDATION }, [size, size]), 2 * images, data);
}

/** As many images of each class, in an order that is random and the same for every cell. */
function labelled({ files, strata, classes }: DataSet, images: number, data: Data): Images {
  const order = inOrder(strata.length, data);
  const perHalf = Math.floor(images / 2 / classes.length);
  const byClass = classes.map((_, label) => order.filter((index) => strata[index] === label));
  const half = (which: number) => byClass.flatMap((members) => members.slice(which * perHalf, (which + 1) * perHalf));
  const chosen = [...half(0), ...half(1)];
  const labels = Int32Array.from(chosen, (index) => strata[index]!);
  return { files: chosen.map((index) => files[index]!), answers: { kind: 'labels', labels, classes: classes.length }, strata: labels };
}

function masked({ files, answers, strata }: DataSet, images: number, data: Data): Images {
  const { pixels, size, classes } = answers as Masks;
  const chosen = inOrder(files.length, data).slice(0, images);
  const count = size[0] * size[1];
  const kept = new Uint8Array(chosen.length * count);
  chosen.forEach((index, at) => { kept.set(pixels.subarray(index * count, (index + 1) * count), at * count); });
  return { files: chosen.map((index) => files[index]!), answers: { kind: 'masks', pixels: kept, size, classes }, strata: Int32Array.from(chosen, (index) => strata[index]!) };
}

function inOrder(count: number, data: Data): number[] {
  return Array.from(shuffled(count, randomOf(0, `images/${data}`)));
}
