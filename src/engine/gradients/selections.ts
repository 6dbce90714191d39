import { slicedPlaces } from '../kernels/strided-slice.ts';
import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';
import { addedAtPlaces } from './places.ts';

/** Operations that pick, move or copy elements: each error goes back to where its element came from. */
export function installSelectionGradients(): void {
  installStridedSlice();
  installMirrorPad();
  installTile();
  installGatherNd();
  installScatterNd();
  installTensorScatterUpdate();
  installDepthToSpace();
}

function installStridedSlice(): void {
  defineGradient(tf.StridedSlice, ['x'], (dy, [x]: readonly [tf.Tensor], attrs: tf.StridedSliceAttrs) => ({
    x: () => addedAtPlaces(dy, slicedPlaces(x.shape, attrs).places, x.shape),
  }));
}

/** Core takes the middle of the error and loses what reached the mirrored elements. */
function installMirrorPad(): void {
  defineGradient(tf.MirrorPad, ['x'], (dy, [x]: readonly [tf.Tensor], { paddings, mode }: tf.MirrorPadAttrs) => ({
    x: () => {
      const edge = mode === 'symmetric' ? 1 : 0;
      const places = x.shape.map((size, axis) => {
        const [before, after] = paddings[axis]!;
        return Array.from({ length: before + size + after }, (_, i) => {
          const place = i - before;
          if (place < 0) return -place - edge;
          return place < size ? place : 2 * (size - 1) - place + edge;
        });
      });
      return addedAtPlaces(dy, places, x.shape);
    },
  }));
}

/** Core slices every repetition out and adds it, up to rank 4: slow, and an error beyond. */
function installTile(): void {
  defineGradient(tf.Tile, ['x'], (dy, [x]: readonly [tf.Tensor], { reps }: tf.TileAttrs) => ({
    x: () => {
      let sum = dy;
      x.shape.forEach((size, axis) => {
        if (reps[axis] === 1) return;
        const outer = tf.util.sizeFromShape(x.shape.slice(0, axis));
        const inner = size * tf.util.sizeFromShape(dy.shape.slice(axis + 1));
        sum = tf.sum(tf.reshape(sum, [outer, reps[axis]!, inner]), 1);
      });
      return tf.reshape(sum, x.shape);
    },
  }));
}

function installGatherNd(): void {
  defineGradient(tf.GatherNd, ['params', 'indices'], (dy, [params, indices]: readonly [tf.Tensor, tf.Tensor]) => ({
    params: () => tf.scatterND(indices, dy, params.shape),
    indices: () => tf.zeros(indices.shape),
  }));
}

function installScatterNd(): void {
  defineGradient(tf.ScatterNd, ['indices'], (dy, [indices]: readonly [tf.Tensor]) => ({
    updates: () => tf.gatherND(dy, indices),
    indices: () => tf.zeros(indices.shape),
  }));
}

function installTensorScatterUpdate(): void {
  defineGradient(tf.TensorScatterUpdate, ['indices', 'updates'], (dy, [indices, updates]: readonly [tf.Tensor, tf.Tensor]) => ({
    tensor: () => tf.tensorScatterUpdate(dy, indices, tf.zeros(updates.shape)),
    updates: () => tf.gatherND(dy, indices),
    indices: () => tf.zeros(indices.shape),
  }));
}

/** The inverse move, from blocks of pixels back to channels. */
function installDepthToSpace(): void {
  defineGradient(tf.DepthToSpace, ['x'], (dy, [x]: readonly [tf.Tensor4D], { blockSize, dataFormat }: tf.DepthToSpaceAttrs) => ({
    x: () => {
      if (dataFormat === 'NCHW') {
        const [batch, channels, height, width] = dy.shape as [number, number, number, number];
        const blocks = tf.reshape(dy, [batch, channels, height / blockSize, blockSize, width / blockSize, blockSize]);
        return tf.reshape(tf.transpose(blocks, [0, 3, 5, 1, 2, 4]), x.shape);
      }
      const [batch, height, width, channels] = dy.shape as [number, number, number, number];
      const blocks = tf.reshape(dy, [batch, height / blockSize, blockSize, width / blockSize, blockSize, channels]);
      return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), x.shape);
    },
  }));
}
