/**
 * TensorFlow.js as every room uses it: core and layers, one copy, loaded in the one order that works.
 * The gradients and the chained operations are side effects of the last two imports (without them recurrent layers
 * fail), and they read flags that core must have registered before.
 */
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
