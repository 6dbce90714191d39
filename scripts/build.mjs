// Builds dist/: what runs on a runner and behind `npx layer-vitals`. Same sources, same bytes.
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.dirname(import.meta.dirname);
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

/** check.cjs holds TensorFlow.js: the entries load it when they need it, and share one copy. */
const checkIsShared = {
  name: 'check-is-shared',
  setup(context) {
    context.onResolve({ filter: /\/check\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './check.cjs', external: true } : undefined,
    );
  },
};

const dist = path.join(root, 'dist');
await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await build({
  absWorkingDir: root,
  entryPoints: ['src/action.ts', 'src/cli.ts', 'src/check.ts'],
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // tfjs registers its backends as a side effect of its ES modules only.
  mainFields: ['module', 'main'],
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  define: { 'import.meta.url': '__importMetaUrl', __VERSION__: JSON.stringify(version), __BUNDLED__: 'true' },
  banner: { js: 'const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
  plugins: [checkIsShared],
  logLevel: 'warning',
});
const wasm = 'tfjs-backend-wasm-simd.wasm';
await copyFile(require.resolve(`@tensorflow/tfjs-backend-wasm/dist/${wasm}`), path.join(dist, wasm));
