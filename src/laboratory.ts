/**
 * All that computes with TensorFlow.js, in a bundle of its own: what worker threads serve, and what is done without
 * any. Everything else starts without it.
 */
import { serveLaboratory } from './experiment/worker.ts';

export { testNative } from './engine/native/self-test.ts';
export { Laboratory } from './experiment/laboratory.ts';
export { fingerprintFile } from './fingerprint.ts';

serveLaboratory();
