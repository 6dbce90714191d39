import * as tf from '../tf.ts';

/** A class of tfjs-layers, from which others can be derived and registered in its place. */
export type LayerClass<L extends tf.layers.Layer> = (new (config: tf.serialization.ConfigDict) => L) &
  Pick<tf.serialization.SerializableConstructor<L>, 'className' | 'fromConfig'>;

/** A class of tfjs-layers by its name in the registry: the package exports only the functions that make its layers. */
export function layerClass<L extends tf.layers.Layer>(className: string): LayerClass<L> {
  const entry = tf.serialization.SerializationMap.getMap().classNameMap[className] as readonly unknown[] | undefined;
  if (!entry) throw new Error(`tfjs-layers has no layer ${className}.`);
  return entry[0] as LayerClass<L>;
}

interface Methods {
  call: (inputs: tf.Tensor | tf.Tensor[], kwargs: Readonly<Record<string, unknown>>) => tf.Tensor | tf.Tensor[];
  computeMask: (inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[] | null) => tf.Tensor | tf.Tensor[] | null;
  computeOutputShape: (inputShape: tf.Shape | tf.Shape[]) => tf.Shape | tf.Shape[];
}

/** What takes the place of a method: it is given the layer and the stock method, then the arguments. */
type Mended<L, Method extends (...args: never[]) => unknown> = (
  layer: L,
  stock: (layer: L, ...args: Parameters<Method>) => ReturnType<Method>,
  ...args: Parameters<Method>
) => ReturnType<Method>;

/** Puts a method in place of the stock one, for all layers of a class and those that inherit it, made already or later. */
export function mendMethod<L extends tf.layers.Layer, Name extends keyof Methods = keyof Methods>(
  className: string,
  name: Name,
  mended: Mended<L, Methods[Name]>,
): void {
  mendPrototype(layerClass<L>(className).prototype as L, name, mended);
}

/** As {@link mendMethod}, for a class that the registry does not hold. */
export function mendPrototype<L extends tf.layers.Layer, Name extends keyof Methods>(
  prototype: L,
  name: Name,
  mended: Mended<L, Methods[Name]>,
): void {
  type Arguments = Parameters<Methods[Name]>;
  type Result = ReturnType<Methods[Name]>;
  const original = prototype[name] as unknown as (this: L, ...args: Arguments) => Result;
  const stock = (layer: L, ...args: Arguments) => original.apply(layer, args);
  const method = function (this: L, ...args: Arguments): Result {
    return mended(this, stock, ...args);
  };
  Object.assign(prototype, { [name]: method });
}

/** The same layer with some properties changed, to call a stock method with. Its weights are those of the layer. */
export function variantOf<L extends tf.layers.Layer>(layer: L, changed: Partial<Record<keyof L, unknown>>): L {
  return Object.create(layer, Object.getOwnPropertyDescriptors(changed)) as L;
}

/** The one tensor that a layer of one input is called with. */
export function onlyTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [tensor, ...others] = [inputs].flat();
  if (!tensor || others.length > 0) throw new Error('One tensor was expected.');
  return tensor;
}

/** The shape of the one input of a layer. */
export function onlyShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
  return (Array.isArray(shapes[0]) ? shapes[0] : shapes) as tf.Shape;
}
