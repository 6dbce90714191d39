import * as tf from './tf.ts';

/** Where the data of a tensor are while a recording is played. */
export interface Place {
  dataId: tf.DataId;
}

/** Stands for a tensor that a recorded kernel reads. */
export class Operand {
  readonly size: number;
  readonly rank: number;
  readonly strides: readonly number[];

  constructor(
    readonly place: Place,
    readonly shape: number[],
    readonly dtype: tf.DataType,
  ) {
    this.size = tf.util.sizeFromShape(shape);
    this.rank = shape.length;
    this.strides = tf.util.computeStrides(shape);
  }

  get dataId(): tf.DataId {
    return this.place.dataId;
  }
}

/** A kernel that ran, with what it was given. */
export interface Heard {
  readonly name: string;
  readonly compute: tf.KernelFunc;
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly attrs: tf.NamedAttrMap;
  readonly outputs: readonly Place[];
}

/** What a kernel reads. */
export function placesOf({ inputs }: Heard): Place[] {
  return Object.values(inputs).map(({ place }) => place);
}
