// Builds dist/: what runs on a runner and behind `npx layer-vitals`. Same sources, same bytes.
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundle, root } from './bundle.mjs';
import { compileKernels } from './kernels.mjs';

const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await bundle();
await compileKernels();
for (const kernels of ['kernels.wasm', 'kernels-relaxed.wasm']) await copyFile(path.join(root, 'kernels', 'build', kernels), path.join(dist, kernels));
const wasm = 'tfjs-backend-wasm-simd.wasm';
await copyFile(require.resolve(`@tensorflow/tfjs-backend-wasm/dist/${wasm}`), path.join(dist, wasm));
await cp(path.join(root, 'kernels', 'native'), path.join(dist, 'native'), { recursive: true });
