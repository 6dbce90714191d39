import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = 'native-operations.cc';

/** What is computed by operations of our own: beside the bundle, else where it is written. */
export function operationsSource(moduleUrl = import.meta.url): string {
  const folder = path.dirname(fileURLToPath(moduleUrl));
  const found = [path.join(folder, SOURCE), path.resolve(folder, '../../kernels', SOURCE)].find((file) => existsSync(file));
  if (!found) throw new Error(`${SOURCE} is not in ${folder}.`);
  return found;
}

/** Where they lie once they are compiled for a package of tfjs-node: another file for each version of them. */
export function operationsIn(packageFolder: string): string {
  const version = createHash('sha256').update(readFileSync(operationsSource())).digest('hex').slice(0, 12);
  return path.join(packageFolder, 'lib', 'layer-vitals', `operations-${version}.node`);
}
