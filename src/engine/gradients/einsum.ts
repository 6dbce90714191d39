import * as tf from '../tf.ts';

/**
 * Gradient of a sum of products by index notation: the error times the other factor, in the same notation. Core has
 * none. An axis that is summed away in one factor alone gets the same error all along.
 */
export function installEinsumGradient(): void {
  tf.registerGradient({
    kernelName: tf.Einsum,
    saveAllInputs: true,
    gradFunc: (dy, factors, { equation }) => {
      const [inputs, output] = (equation as string).replaceAll(/\s/g, '').split('->') as [string, string];
      const terms = inputs.split(',');
      return Object.fromEntries(
        factors.map((factor, index) => [
          index,
          () => byFactor(factor, terms[index]!, dy as tf.Tensor, output, factors.toSpliced(index, 1), terms.toSpliced(index, 1)),
        ]),
      );
    },
  });
}

function byFactor(factor: tf.Tensor, term: string, dy: tf.Tensor, output: string, others: tf.Tensor[], terms: string[]): tf.Tensor {
  const axes = term.split('');
  const known = [output, ...terms].join('');
  const reached = axes.filter((axis) => known.includes(axis)).join('');
  const product = tf.einsum(`${[output, ...terms].join(',')}->${reached}`, dy, ...others);
  const spread = factor.shape.map((size, i) => (known.includes(axes[i]!) ? size : 1));
  return tf.broadcastTo(tf.reshape(product, spread), factor.shape);
}
