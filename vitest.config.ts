import { defineConfig } from 'vitest/config';

// `npm cit` hands no arguments on to the tests: what counts them asks for a report this way.
const report = process.env.LAYER_VITALS_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    // Each file owns a TensorFlow.js engine: a process of its own keeps backends and registered gradients apart.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
