/** What the examples of a data set are labelled with, as plain data that threads can share. */
export type Answers = ClassLabels | Masks | Targets;

/** One class for each image. */
export interface ClassLabels {
  readonly kind: 'labels';
  readonly labels: Int32Array;
  readonly classes: number;
}

/** One class for each pixel. */
export interface Masks {
  readonly kind: 'masks';
  /** Images x height x width: classes, or {@link UNLABELLED}. */
  readonly pixels: Uint8Array;
  readonly size: readonly [height: number, width: number];
  readonly classes: number;
}

/** Numbers to be told for each example. */
export interface Targets {
  readonly kind: 'targets';
  /** Examples x width. */
  readonly values: Float32Array;
  readonly width: number;
}

/** A pixel that is neither learned nor judged. */
export const UNLABELLED = 255;

/** Labelled pixels of each class, by image. */
export function areasOf({ pixels, classes, size: [height, width] }: Masks): number[][] {
  const count = height * width;
  return Array.from({ length: pixels.length / count }, (_, image) => {
    const areas = new Array<number>(classes).fill(0);
    for (const label of pixels.subarray(image * count, (image + 1) * count)) if (label !== UNLABELLED) areas[label]!++;
    return areas;
  });
}
