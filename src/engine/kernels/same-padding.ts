import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor4D;
  filter: tf.Tensor4D;
}

/** tfjs-layers gives no dilation for a depthwise convolution. */
type Attrs = Pick<tf.Conv2DAttrs, 'strides' | 'pad'> & { dilations: tf.Conv2DAttrs['dilations'] | null };

const CONVOLUTIONS = [tf.Conv2D, tf.FusedConv2D, tf.DepthwiseConv2dNative, tf.FusedDepthwiseConv2D];

/**
 * With `same` padding and a stride larger than the window, rows or columns can be left over that no window meets.
 * The padding on that axis then comes out negative, and wasm answers with zeros throughout: leave the rest away first.
 */
export function installSamePadding(): void {
  for (const name of CONVOLUTIONS) {
    const stock = stockKernel<Inputs, Attrs>(name, 'wasm');
    setKernel(name, 'wasm', (inputs: Inputs, attrs: Attrs) => {
      const [height, width] = met(inputs, attrs);
      if (height === inputs.x.shape[1] && width === inputs.x.shape[2]) return stock(inputs, attrs);
      const x = tf.slice(inputs.x, 0, [-1, height, width, -1]);
      try {
        return stock({ ...inputs, x }, attrs);
      } finally {
        x.dispose();
      }
    });
  }
}

/** Rows and columns of the input that the last window, or one before it, reaches. */
function met({ x, filter }: Inputs, { strides, dilations, pad }: Attrs): [height: number, width: number] {
  const along = (axis: 0 | 1): number => {
    const size = x.shape[axis === 0 ? 1 : 2];
    if (pad !== 'same') return size;
    const stride = Array.isArray(strides) ? strides[axis] : strides;
    const dilation = Array.isArray(dilations) ? dilations[axis] : (dilations ?? 1);
    const extent = (filter.shape[axis] - 1) * dilation + 1;
    return Math.min(size, (Math.ceil(size / stride) - 1) * stride + extent);
  };
  return [along(0), along(1)];
}
