// Before any test runs: kernels as the sources have them.
export { compileKernels as setup } from './kernels.mjs';
