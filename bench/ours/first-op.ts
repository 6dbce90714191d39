/** From nothing to the first result of a tensor operation, with all that the check consists of loaded. Usage: node first-op.mjs wasm|native */
import { type BackendName, startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';

/** Part of the bundle, so that it weighs what dist/check.cjs does. */
export * from '../../src/check.ts';

await startBackend(process.argv[2] as BackendName);
const sum = tf.add(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).dataSync();
if (sum[1] !== 6) throw new Error('The first sum is wrong.');
