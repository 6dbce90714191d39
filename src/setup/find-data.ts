import path from 'node:path';

export interface FoundData {
  /** Path from the folder that was searched, forward slashes. */
  readonly folder: string;
  readonly classes: number;
  readonly images: number;
  /** Images of the smallest class. */
  readonly fewest: number;
  /** A folder beside it with the same classes, for validation; null where there is none. */
  readonly validation: string | null;
}

const IMAGE = /\.(png|jpe?g)$/i;
const TRAINING = /^train/i;
const HELD_OUT = /^(val|test|eval|dev|held)/i;

/** Folders of class folders of images among the files, the likeliest training set first. */
export function findData(files: readonly string[]): readonly FoundData[] {
  const folders = new Map<string, { images: number; others: number }>();
  for (const file of files) {
    const folder = path.posix.dirname(file);
    const counts = folders.get(folder) ?? { images: 0, others: 0 };
    counts[IMAGE.test(file) ? 'images' : 'others'] += 1;
    folders.set(folder, counts);
  }
  const parents = new Map<string, string[]>();
  for (const folder of folders.keys()) {
    const parent = path.posix.dirname(folder);
    if (folder !== '.') parents.set(parent, [...(parents.get(parent) ?? []), folder]);
  }
  const classesOf = (parent: string) => (parents.get(parent) ?? []).map((folder) => path.posix.basename(folder));
  const isData = (children: readonly string[]) => children.length >= 2 && children.every((child) => folders.get(child)!.images > 0);
  return [...parents]
    .filter(([parent, children]) => isData(children) && !HELD_OUT.test(path.posix.basename(parent)))
    .map(([parent, children]) => {
      const counts = children.map((child) => folders.get(child)!.images);
      return { folder: parent, classes: children.length, images: counts.reduce((sum, count) => sum + count, 0), fewest: Math.min(...counts), validation: validationOf(parent, [...parents.keys()], classesOf) };
    })
    .sort((a, b) => Number(isTraining(b)) - Number(isTraining(a)) || b.images - a.images);
}

function isTraining({ folder }: FoundData): boolean {
  return TRAINING.test(path.posix.basename(folder));
}

function validationOf(parent: string, all: readonly string[], classesOf: (parent: string) => readonly string[]): string | null {
  if (!TRAINING.test(path.posix.basename(parent))) return null;
  const classes = String(classesOf(parent));
  const beside = all.filter((other) => path.posix.dirname(other) === path.posix.dirname(parent) && HELD_OUT.test(path.posix.basename(other)) && String(classesOf(other)) === classes);
  return beside.find((other) => /^val/i.test(path.posix.basename(other))) ?? beside[0] ?? null;
}
