import { defineConfig } from 'vitest/config';

// `npm cit` hands no arguments on to the tests: what counts them asks for a report this way.
const report = process.env.LAYER_VITALS_TEST_REPORT;
const withTensorFlow = ['__tests__/{engine,experiment,faults,fixtures,model}/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['scripts/kernels-for-tests.mjs'],
    // Each file owns a TensorFlow.js engine: a process of its own keeps backends and registered gradients apart.
    pool: 'forks',
    maxWorkers: 2,
    // Only what a test puts into a cache of its own may come out of one.
    env: { LAYER_VITALS_CACHE: 'off' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'plain', include: ['__tests__/**/*.test.ts'], exclude: withTensorFlow } },
      {
        extends: true,
        // tfjs registers its backends as a side effect of its ES modules only.
        ssr: { resolve: { mainFields: ['module', 'main'] } },
        test: {
          name: 'tensorflow',
          include: withTensorFlow,
          deps: {
            optimizer: {
              ssr: {
                // Bundled once instead of transformed for every file: 5 times faster.
                enabled: true,
                rolldownOptions: { transform: { define: { __dirname: 'import.meta.dirname' } } },
                include: [
                  '@tensorflow/tfjs-core',
                  '@tensorflow/tfjs-layers',
                  '@tensorflow/tfjs-backend-wasm',
                  '@tensorflow/tfjs-backend-cpu',
                  '@tensorflow/tfjs-core/dist/register_all_gradients',
                  '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops',
                ],
              },
            },
          },
        },
      },
    ],
  },
});
