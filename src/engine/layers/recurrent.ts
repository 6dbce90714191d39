import * as tf from '../tf.ts';
import { layerClass, mendMethod } from './classes.ts';

interface Cell extends tf.layers.Layer {
  readonly cells?: readonly Cell[];
  dropoutMask?: tf.Tensor | tf.Tensor[] | null;
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null;
}

interface Recurrent extends tf.layers.Layer {
  readonly cell: Cell;
}

/**
 * Cells inside of a plain RNN as in Keras. tfjs-layers 4.22 draws their dropout once and keeps it for ever, even where
 * the first call was in inference mode; and gives stacked cells the weights of others.
 */
export function mendRecurrent(): void {
  mendMethod<Recurrent, 'call'>('RNN', 'call', (layer, stock, inputs, kwargs) => {
    forgetDropout(layer.cell);
    return stock(layer, inputs, kwargs);
  });
  mendStackedWeights();
}

function forgetDropout(cell: Cell): void {
  for (const inner of cell.cells ?? []) forgetDropout(inner);
  tf.dispose([cell.dropoutMask, cell.recurrentDropoutMask].flat().filter((mask) => mask !== null && mask !== undefined));
  cell.dropoutMask = null;
  cell.recurrentDropoutMask = null;
}

function mendStackedWeights(): void {
  const prototype = layerClass<Cell>('StackedRNNCells').prototype as Cell;
  prototype.setWeights = function (this: Cell, weights) {
    let from = 0;
    for (const cell of this.cells ?? []) {
      cell.setWeights(weights.slice(from, from + cell.weights.length));
      from += cell.weights.length;
    }
  };
}
