import { mean } from './summary.ts';

/** Of one image: pixels of each class that were answered right, and that belong to the class or were answered so. */
export interface Overlap {
  readonly intersections: ArrayLike<number>;
  readonly unions: ArrayLike<number>;
}

export interface MeanIou {
  readonly mean: number;
  /** By class; null for a class that neither occurs nor is answered, which does not count for the mean. */
  readonly iou: readonly (number | null)[];
  /** What each image adds; their mean is `mean`. */
  readonly scores: readonly number[];
}

/**
 * Mean over classes of intersection over union, both summed over all images (Everingham et al. 2010, The PASCAL Visual
 * Object Classes Challenge, section 4.2).
 *
 * A ratio of sums is no mean of what single images score. Its linear part is: image i adds
 * mIoU + mean over classes c of (I_ci - IoU_c U_ci) / (mean of U_c over images), the delta method for a ratio (Cochran
 * 1977, Sampling Techniques, section 6.4). The mean of these is mIoU itself, and their variance over the number of images
 * that of mIoU.
 */
export function meanIou(overlaps: readonly Overlap[], classes: number): MeanIou {
  const indices = Array.from({ length: classes }, (_, label) => label);
  const total = (part: keyof Overlap, label: number) => overlaps.reduce((sum, overlap) => sum + overlap[part][label]!, 0);
  const unions = indices.map((label) => total('unions', label));
  const iou = indices.map((label) => (unions[label] === 0 ? null : total('intersections', label) / unions[label]!));
  const present = indices.filter((label) => unions[label]! > 0);
  const centre = present.length === 0 ? 0 : mean(present.map((label) => iou[label]!));
  const scores = overlaps.map(({ intersections, unions: own }) => {
    const parts = present.map((label) => ((intersections[label]! - iou[label]! * own[label]!) * overlaps.length) / unions[label]!);
    return centre + (parts.length === 0 ? 0 : mean(parts));
  });
  return { mean: centre, iou, scores };
}
