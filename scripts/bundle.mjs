// How dist/ is bundled: for the build itself, and for the list of what is in it.
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const root = path.dirname(import.meta.dirname);

/** check.cjs holds TensorFlow.js: the entries load it when they need it, and share one copy. */
const checkIsShared = {
  name: 'check-is-shared',
  setup(context) {
    context.onResolve({ filter: /\/check\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './check.cjs', external: true } : undefined,
    );
  },
};

/** The three bundles, written to dist/ unless `options` of esbuild say otherwise. */
export async function bundle(options = {}) {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return build({
    absWorkingDir: root,
    entryPoints: ['src/action.ts', 'src/cli.ts', 'src/check.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    loader: { '.md': 'text' },
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
    ...options,
  });
}
