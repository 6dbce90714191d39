import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import type { Size } from '../../src/data/resize.ts';
import { dataSetOf } from '../../src/experiment/data-set.ts';
import { designOf } from '../../src/experiment/design.ts';
import { settled } from '../../src/experiment/fingerprint/in-check.ts';
import type { ExperimentDesign } from '../../src/experiment/experiment.ts';
import { inputSize } from '../../src/model/model-file.ts';

/** What a config asks for, its images read. */
export async function readDesign(configPath: string): Promise<{ readonly config: Config; readonly size: Size; readonly design: ExperimentDesign }> {
  const config = loadConfig({ cwd: process.cwd(), path: configPath, overrides: {} });
  const size = config.data.size ?? (await inputSize(config.model.path));
  const dataSet = await dataSetOf(config.data, size);
  const images = roomForImages(dataSet.files.length, size);
  readImages(dataSet.files, size, images);
  return { config, size, design: designOf(settled(config, null), dataSet, size, images) };
}
