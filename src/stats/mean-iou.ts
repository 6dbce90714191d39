import { mean } from './summary.ts';

/** Of one image: pixels that belong to each class, that were answered so rightly, and that belong to the class or were answered so. */
export interface Overlap {
  readonly areas: ArrayLike<number>;
  readonly intersections: ArrayLike<number>;
  readonly unions: ArrayLike<number>;
}

export interface MeanIou {
  readonly mean: number;
  /** By class; null for a class that does not occur, which does not count for the mean. */
  readonly iou: readonly (number | null)[];
  /** What each image adds; their mean is `mean`. */
  readonly scores: readonly number[];
}

/**
 * Mean over the classes that occur of intersection over union, both summed over all images (Everingham et al. 2010, The PASCAL Visual
 * Object Classes Challenge, section 4.2). Which classes occur is a matter of the images alone, so that all who answer them
 * are judged by the same classes; who answers one that does not occur misses pixels of those that do.
 *
 * A ratio of sums is no mean of what single images score. Its linear part is: image i adds
 * mIoU + mean over classes c of (I_ci - IoU_c U_ci) / (mean of U_c over images), the delta method for a ratio (Cochran
 * 1977, Sampling Techniques, section 6.4). The mean of these is mIoU itself, and their variance over the number of images
 * that of mIoU.
 */
export function meanIou(overlaps: readonly Overlap[], classes: number): MeanIou {
  const indices = Array.from({ length: classes }, (_, label) => label);
  const total = (part: keyof Overlap, label: number) => overlaps.reduce((sum, overlap) => sum + overlap[part][label]!, 0);
  const present = indices.filter((label) => total('areas', label) > 0);
  const unions = indices.map((label) => total('unions', label));
  const iou = indices.map((label) => (present.includes(label) ? total('intersections', label) / unions[label]! : null));
  const centre = present.length === 0 ? 0 : mean(present.map((label) => iou[label]!));
  const scores = overlaps.map(({ intersections, unions: own }) => {
    const parts = present.map((label) => ((intersections[label]! - iou[label]! * own[label]!) * overlaps.length) / unions[label]!);
    return centre + (parts.length === 0 ? 0 : mean(parts));
  });
  return { mean: centre, iou, scores };
}
