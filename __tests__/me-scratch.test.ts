import { it } from 'vitest';
import { startBackend } from '../src/engine/backend.ts';
import * as tf from '../src/engine/tf.ts';
import { watch } from '../src/experiment/probes.ts';
import { Laboratory } from '../src/experiment/laboratory.ts';
it('x', async () => {
  await startBackend('wasm');
  const layer = tf.layers.dense({units:3,activation:'relu'});
    const m = tf.sequential({layers:[tf.layers.inputLayer({inputShape:[4,4,3]}), layer, tf.layers.dense({units:3,activation:'relu'}), tf.layers.batchNormalization(), tf.layers.reLU(), tf.layers.depthwiseConv2d({kernelSize:3,activation:'relu'}), tf.layers.conv2d({filters:2,kernelSize:1,activation:'relu'}), tf.layers.flatten(), tf.layers.dropout({rate:.3}), tf.layers.dense({units:3})]});
    const x = tf.randomNormal([2,4,4,3]);
    for (const training of [false, true]) 
    watch(m,{observe(c){ console.log(training, c.layer.name, c.preActivation.isDisposed, c.output.isDisposed, c.inputs[0]!.isDisposed, c.preActivation===c.output); }, ...(training?{observeGradient(){}}:{})},()=> training ? tf.variableGrads(()=>tf.sum(m.apply(x,{training}) as tf.Tensor)) : m.apply(x,{training}));
});
