/** Labelled examples of one source, and which half of the suite they belong to. */
import { createHash } from 'node:crypto';

export interface DataSet {
  readonly name: string;
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** One row an example, classes in turn. Pictures have values 0..255. */
  readonly values: Float32Array;
  readonly labels: Int32Array;
  /** SHA-256 of values and labels. */
  readonly digest: string;
}

export type Half = 'tuning' | 'reporting';

/**
 * Data sets of one kind, two by two: one of each pair is for tuning, the other for reporting, so that both halves have
 * pictures, a trunk, vectors, sequences and tables, and no data in common.
 */
const PAIRS = [
  ['emoji', 'fashion-mnist'],
  ['digits', 'figures'],
  ['blobs', 'spirals'],
  ['waves', 'motifs'],
  ['friedman', 'rarities'],
] as const;

export type Source = (typeof PAIRS)[number][number];

export const SOURCES: readonly Source[] = PAIRS.flat();

/** By the SHA-256 of the two names, settled before any threshold was looked at. */
export function halfOf(source: Source): Half {
  const pair = PAIRS.find((names) => (names as readonly Source[]).includes(source))!;
  const firstIsTuned = createHash('sha256').update(pair.join('/')).digest()[0]! % 2 === 0;
  return (source === pair[0]) === firstIsTuned ? 'tuning' : 'reporting';
}

export function dataSet(content: Omit<DataSet, 'digest'>): DataSet {
  const { values, labels } = content;
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [values, labels]) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return { ...content, digest: hash.digest('hex') };
}

/** What the detector sees; the rest is kept apart for the labels. */
const DETECTOR_SHARE = 0.4;

/** The examples of one side, by position in the data set. Classes alternate, so that each side has its share of all. */
export function examplesFor(side: 'detector' | 'labels', { labels, classes }: DataSet): number[] {
  const limit = Math.round(labels.length * DETECTOR_SHARE / classes) * classes;
  return Array.from(labels.keys()).filter((example) => (example < limit) === (side === 'detector'));
}
