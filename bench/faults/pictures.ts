/** Data sets of pictures: of the pools that bench/statistics/pools.mjs and bench/faults/digits.mjs prepare. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { findDataSet } from '../../src/data/load.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import { type DataSet, dataSet } from './data-set.ts';

/** Where the prepared sources lie. */
export interface Folders {
  readonly emoji: string;
  readonly 'fashion-mnist': string;
  /** The file of scikit-learn. */
  readonly digits: string;
}

const PER_CLASS = 100;
/** The smaller classes of emoji are left out. */
const LARGE_CLASS = 130;

/** Pictures of class folders, scaled to `side` pixels, RGB. Classes alternate. */
export async function pictures(name: string, folder: string, side: number): Promise<DataSet> {
  const { files, strata, classes } = await findDataSet({ path: { written: name, absolute: folder }, validation: { kind: 'folds', folds: 2 } });
  const members = classes.map((_, label) => files.filter((__, index) => strata[index] === label)).filter(({ length }) => length >= LARGE_CLASS);
  const chosen = Array.from({ length: PER_CLASS }, (_, rank) => members.map((group) => group[Math.floor((rank * group.length) / PER_CLASS)]!)).flat();
  const values = roomForImages(chosen.length, [side, side]);
  readImages(chosen, [side, side], values);
  return dataSet({ name, shape: [side, side, 3], classes: members.length, values, labels: Int32Array.from(chosen, (_, index) => index % members.length) });
}

/** scikit-learn's 8 x 8 digits; their values 0..16 are brought to those of pictures. */
export function digits(file: string): DataSet {
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').map((line) => line.split(',').map(Number));
  const byClass = Array.from({ length: 10 }, (_, label) => rows.filter((row) => row[64] === label));
  const chosen = Array.from({ length: PER_CLASS }, (_, rank) => byClass.map((group) => group[rank]!)).flat();
  const values = Float32Array.from(chosen.flatMap((row) => row.slice(0, 64).map((value) => (value * 255) / 16)));
  return dataSet({ name: 'digits', shape: [8, 8, 1], classes: 10, values, labels: Int32Array.from(chosen, (row) => row[64]!) });
}

