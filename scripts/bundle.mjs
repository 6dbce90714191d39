// How dist/ is bundled: for the build itself, and for the list of what is in it.
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const root = path.dirname(import.meta.dirname);

/** Bundles load each other when they need what is in them: the check without TensorFlow.js, the laboratory with it, the client of the artifact service, HTML, what sets a repository up. */
const LOADED_LATE = ['check', 'laboratory', 'artifact-service', 'html-report', 'setup'];
const loadedLate = {
  name: 'loaded-late',
  setup(context) {
    context.onResolve({ filter: new RegExp(`/(${LOADED_LATE.join('|')})\\.ts$`) }, ({ kind, path: file }) =>
      kind === 'dynamic-import' ? { path: `./${path.basename(file, '.ts')}.cjs`, external: true } : undefined,
    );
  },
};

/** Only uploads are made; what unpacks a download (and comes without a licence in part) is left out of the artifact client. */
const withoutDownloads = {
  name: 'without-downloads',
  setup(context) {
    context.onResolve({ filter: /^unzip-stream$/ }, () => ({ path: 'unzip-stream', namespace: 'left-out' }));
    context.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default {};' }));
  },
};

/** The bundles, written to dist/ unless `options` of esbuild say otherwise. */
export async function bundle(options = {}) {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return build({
    absWorkingDir: root,
    entryPoints: ['action', 'cli', ...LOADED_LATE].map((name) => `src/${name}.ts`),
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    loader: { '.md': 'text', '.css': 'text', '.yml': 'text' },
    platform: 'node',
    target: 'node20',
    // As `require`: Node looks for the names that a CommonJS file exports only when it is imported, which takes 0.1 s here.
    supported: { 'dynamic-import': false },
    // TensorFlow.js asks for it where Node has no fetch of its own; it weighs a third of a megabyte.
    external: ['node-fetch'],
    format: 'cjs',
    // tfjs registers its backends as a side effect of its ES modules only.
    mainFields: ['module', 'main'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    define: { 'import.meta.url': '__importMetaUrl', __VERSION__: JSON.stringify(version), __BUNDLED__: 'true' },
    banner: { js: 'const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    plugins: [loadedLate, withoutDownloads],
    logLevel: 'warning',
    ...options,
  });
}
