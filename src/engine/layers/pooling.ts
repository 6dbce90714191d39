import * as tf from '../tf.ts';
import { layerClass, onlyShape, onlyTensor } from './classes.ts';

interface GlobalPooling extends tf.layers.Layer {
  /** Absent where channels come last in any case. */
  readonly dataFormat?: 'channelsFirst' | 'channelsLast';
}

const CLASSES = ['GlobalAveragePooling1D', 'GlobalMaxPooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D'];

/** Global pooling that keeps the axes it pools over, with size 1, where `keepdims` says so: tfjs-layers 4.22 ignores it. */
export function offerKeptAxes(): void {
  for (const className of CLASSES) tf.serialization.registerClass(withKeptAxes(className));
}

function withKeptAxes(name: string) {
  return class extends layerClass<GlobalPooling>(name) {
    static override readonly className = name;
    private readonly keepdims: boolean;

    constructor(config: tf.serialization.ConfigDict) {
      super(config);
      this.keepdims = config.keepdims === true;
    }

    override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
      const pooled = super.call(inputs, kwargs);
      return this.keepdims ? tf.reshape(onlyTensor(pooled), this.kept(onlyTensor(inputs).shape) as number[]) : pooled;
    }

    override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
      return this.keepdims ? this.kept(onlyShape(inputShape)) : super.computeOutputShape(inputShape);
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), keepdims: this.keepdims };
    }

    private kept(shape: tf.Shape): tf.Shape {
      const channels = this.dataFormat === 'channelsFirst' ? 1 : shape.length - 1;
      return shape.map((size, axis) => (axis === 0 || axis === channels ? size : 1));
    }
  };
}
