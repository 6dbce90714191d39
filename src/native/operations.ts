import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Sources of what is computed by operations of our own: beside the bundle, else where they are written. */
export function operationSources(moduleUrl = import.meta.url): string[] {
  const here = path.dirname(fileURLToPath(moduleUrl));
  const folder = [path.join(here, 'native'), path.resolve(here, '../../kernels/native')].find((candidate) => existsSync(path.join(candidate, 'operations.h')));
  if (!folder) throw new Error(`There are no operations beside ${here}.`);
  return readdirSync(folder).sort().map((file) => path.join(folder, file));
}

/** Where they lie once they are compiled for a package of tfjs-node: another file for each version of them. */
export function operationsIn(packageFolder: string): string {
  const hash = createHash('sha256');
  for (const source of operationSources()) hash.update(readFileSync(source));
  return path.join(packageFolder, 'lib', 'layer-vitals', `operations-${hash.digest('hex').slice(0, 12)}.node`);
}
