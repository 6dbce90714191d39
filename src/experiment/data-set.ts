import type { DataConfig } from '../config/config.ts';
import { type DataSet, findDataSet } from '../data/load.ts';
import type { Size } from '../data/resize.ts';
import { findSegmentation } from '../data/segmentation.ts';

/**
 * The data that a config names: class folders, or images with masks.
 *
 * @param size that masks are scaled to
 * @throws UserError where they cannot be found, or do not fit together
 */
export function dataSetOf({ path: images, validation, masks }: DataConfig, size: Size): Promise<DataSet> {
  if (masks === null) return findDataSet({ path: images, validation });
  const { path, ...key } = masks;
  return findSegmentation({ images, masks: path, validation, ...key }, size);
}
