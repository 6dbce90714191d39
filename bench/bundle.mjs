// Bundles what the bench runs besides dist/: entries that read src/, and the peers in TensorFlow.js.
import { build } from 'esbuild';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';

/** Inside node_modules, so that packages are found from there, and ignored by git. */
const folder = path.join(root, 'node_modules', '.cache', 'bench');

/** @returns the bundle's file */
export async function bundleEntry(entry) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['kernels.wasm', 'native']) cpSync(path.join(root, 'dist', file), path.join(folder, file), { recursive: true });
  const outfile = path.join(folder, `${path.basename(path.dirname(entry))}-${path.basename(entry, path.extname(entry))}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // tfjs registers its backends as a side effect of its ES modules only.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    define: { __VERSION__: '"bench"' },
    // What tfjs's CommonJS dependencies expect.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";import{fileURLToPath as __toPath}from"node:url";const require=__createRequire(import.meta.url);const __filename=__toPath(import.meta.url);const __dirname=__toPath(new URL(".",import.meta.url));',
    },
    logLevel: 'warning',
  });
  return outfile;
}
