import * as tf from '../tf.ts';
import { mendMethod, onlyTensor } from './classes.ts';

interface TimeDistributed extends tf.layers.Layer {
  readonly layer: tf.layers.Layer;
}

/**
 * All steps in one call of the layer inside, as in Keras (time_distributed.py of tf_keras). tfjs-layers 4.22 calls it
 * once for each step: slower, and a BatchNormalization inside normalizes, and learns from, each step alone.
 */
export function mendTimeDistributed(): void {
  mendMethod<TimeDistributed, 'call'>('TimeDistributed', 'call', ({ layer }, _, inputs, kwargs) =>
    tf.tidy(() => {
      const x = onlyTensor(inputs);
      const [batch, steps, ...rest] = x.shape as [number, number, ...number[]];
      // A mask is one of whole steps, which the layer inside does not see.
      const y = onlyTensor(layer.call(tf.reshape(x, [batch * steps, ...rest]), { ...kwargs, mask: undefined }));
      return tf.reshape(y, [batch, steps, ...y.shape.slice(1)]);
    }),
  );
}
