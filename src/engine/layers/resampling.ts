import * as tf from '../tf.ts';
import { mendMethod, onlyShape, onlyTensor } from './classes.ts';

type Size = [height: number, width: number];
type Interpolation = 'nearest' | 'bilinear';

interface UpSampling2D extends tf.layers.Layer {
  readonly size: Size;
  readonly interpolation: Interpolation;
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
}

interface Sized extends tf.layers.Layer {
  readonly height: number;
  readonly width: number;
}

interface Resizing extends Sized {
  readonly interpolation: Interpolation;
  readonly cropToAspectRatio: boolean;
}

interface RandomWidth extends tf.layers.Layer {
  /** Limits of the share by which the width grows. */
  readonly widthLower: number;
  readonly widthUpper: number;
  readonly interpolation: Interpolation;
}

/**
 * Layers that resize or crop images, as in Keras, where pixels are squares with centres at half a pixel
 * (tf.image.resize). tfjs-layers 4.22 takes them for points: UpSampling2D and Resizing interpolate elsewhere. Resizing,
 * RandomWidth and CenterCrop also tell the next layer the wrong shape, or fail in a model; RandomWidth draws in inference.
 */
export function mendResampling(): void {
  mendUpSampling2D();
  mendResizing();
  mendCenterCrop();
  mendRandomWidth();
}

function mendUpSampling2D(): void {
  mendMethod<UpSampling2D, 'call'>('UpSampling2D', 'call', (layer, stock, inputs, kwargs) => {
    const { size, interpolation, dataFormat } = layer;
    if (interpolation === 'nearest') return stock(layer, inputs, kwargs);
    return tf.tidy(() => {
      const channelsFirst = dataFormat === 'channelsFirst';
      const x = onlyTensor(inputs);
      const images = (channelsFirst ? tf.transpose(x, [0, 2, 3, 1]) : x) as tf.Tensor4D;
      const resized = resize(images, [images.shape[1] * size[0], images.shape[2] * size[1]], interpolation);
      return channelsFirst ? tf.transpose(resized, [0, 3, 1, 2]) : resized;
    });
  });
}

function mendResizing(): void {
  mendMethod<Resizing, 'computeOutputShape'>('Resizing', 'computeOutputShape', (layer, _, inputShape) => sizedAs(layer, inputShape));
  mendMethod<Resizing, 'call'>('Resizing', 'call', (layer, _, inputs) => {
    const { height, width, interpolation, cropToAspectRatio } = layer;
    return tf.tidy(() => {
      const images = asFloat(inputs);
      return resize(cropToAspectRatio ? withAspectOf(images, height, width) : images, [height, width], interpolation);
    });
  });
}

/** The middle of a larger image; the largest part of the right aspect ratio, resized, of a smaller one. */
function mendCenterCrop(): void {
  mendMethod<Sized, 'computeOutputShape'>('CenterCrop', 'computeOutputShape', (layer, _, inputShape) => sizedAs(layer, inputShape));
  mendMethod<Sized, 'call'>('CenterCrop', 'call', ({ height, width }, _, inputs) =>
    tf.tidy(() => {
      const images = asFloat(inputs);
      const fits = images.shape[1] >= height && images.shape[2] >= width;
      return fits ? middle(images, height, width) : resize(withAspectOf(images, height, width), [height, width], 'bilinear');
    }),
  );
}

/** In training alone, and to a width that the next layer need not know (image_preprocessing.py of tf_keras). */
function mendRandomWidth(): void {
  mendMethod('RandomWidth', 'computeOutputShape', (_, __, inputShape) => onlyShape(inputShape).with(-2, null));
  mendMethod<RandomWidth, 'call'>('RandomWidth', 'call', ({ widthLower, widthUpper, interpolation }, _, inputs, kwargs) =>
    tf.tidy(() => {
      const images = asFloat(inputs);
      if (kwargs.training !== true) return images;
      const factor = 1 + widthLower + Math.random() * (widthUpper - widthLower);
      return resize(images, [images.shape[1], Math.trunc(factor * images.shape[2])], interpolation);
    }),
  );
}

function sizedAs({ height, width }: Sized, inputShape: tf.Shape | tf.Shape[]): tf.Shape {
  return onlyShape(inputShape).with(-3, height).with(-2, width);
}

function asFloat(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
  return tf.cast(onlyTensor(inputs), 'float32') as tf.Tensor4D;
}

function resize(images: tf.Tensor4D, size: Size, interpolation: Interpolation): tf.Tensor4D {
  const alignCorners = false;
  const halfPixelCenters = true;
  return interpolation === 'nearest'
    ? tf.image.resizeNearestNeighbor(images, size, alignCorners, halfPixelCenters)
    : tf.image.resizeBilinear(images, size, alignCorners, halfPixelCenters);
}

/** The largest part, in the middle, with the aspect ratio of a target (smart_resize in image_utils.py of tf_keras). */
function withAspectOf(images: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [, rows, columns] = images.shape;
  return middle(images, Math.min(rows, Math.trunc((columns * height) / width)), Math.min(columns, Math.trunc((rows * width) / height)));
}

function middle(images: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [top, left] = [Math.trunc((images.shape[1] - height) / 2), Math.trunc((images.shape[2] - width) / 2)];
  return tf.slice(images, [0, top, left, 0], [-1, height, width, -1]);
}
