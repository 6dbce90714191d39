import { UserError } from '../../errors.ts';
import type { NativeFacts } from '../../evidence/types.ts';
import type { NativePackage } from '../../native/locate.ts';
import { loadKernels } from '../simd/module.ts';
import { momentsOf } from '../statistics.ts';
import * as tf from '../tf.ts';
import { setNativeEnvironment } from './environment.ts';
import { loadNative } from './load.ts';
import { hasOperations } from './operations.ts';

/** Gradient by the filter of the sum of a 3 x 3 convolution of the numbers 0 to 15: sums of 2 x 2 windows. */
const EXPECTED = [10, 14, 18, 26, 30, 34, 42, 46, 50];

/** Of the numbers 0 to 15. */
const MEAN = 7.5;
const DEVIATION = Math.sqrt(21.25);

/** What is known once it works. */
export interface Tested extends NativeFacts {
  /** Whether it computes with our own. */
  readonly operations: boolean;
}

/**
 * Loads the native backend and computes a gradient and statistics. To be run in a process of its own, which a library
 * that does not suit the processor would end.
 *
 * @throws UserError `native-load`, or `native-wrong` where the numbers are not right
 */
export async function testNative(native: NativePackage): Promise<Tested> {
  setNativeEnvironment();
  tf.env().set('PROD', true);
  const facts = loadNative(native);
  await tf.setBackend('tensorflow');
  const x = tf.tensor4d(Array.from({ length: 16 }, (_, i) => i), [1, 4, 4, 1]);
  const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
  const [gradient] = tf.grads((w) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 1, 'valid')))([filter]);
  const values = [...gradient!.dataSync()];
  if (values.join() !== EXPECTED.join()) throw wrong(`a wrong gradient: ${values.join(', ')}`);
  loadKernels('exact');
  const { mean, std } = momentsOf(x);
  if (mean !== MEAN || std !== DEVIATION) throw wrong(`wrong statistics: ${mean} and ${std}`);
  return { ...facts, operations: hasOperations() };
}

function wrong(what: string): UserError {
  return new UserError('native-wrong', `The native backend computes ${what}.`, 'Run `npx layer-vitals native remove`, and use `backend: wasm`.');
}
