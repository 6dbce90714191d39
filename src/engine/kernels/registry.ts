import * as tf from '../tf.ts';

/** As TensorFlow.js calls them; `tensorflow` is the native one. */
export type RegisteredBackend = 'wasm' | 'tensorflow' | 'cpu';

/** Computes one operation: `inputs` and `attrs` are those of its definition in TensorFlow.js's `kernel_names`. */
export type Compute<Inputs, Attrs> = (inputs: Inputs, attrs: Attrs) => tf.TensorInfo;

/**
 * Makes `compute` the implementation of a kernel, in place of the stock one where there is one.
 * The backend must be ready: stock kernels that others still call are set up while it starts.
 */
export function setKernel<Inputs extends object, Attrs extends object>(
  kernelName: string,
  backendName: RegisteredBackend,
  compute: Compute<Inputs, Attrs>,
): void {
  if (hasKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => compute(inputs as Inputs, attrs as unknown as Attrs),
  });
}

/** As {@link setKernel}, of a kernel that TensorFlow.js does not know and that has several outputs. */
export function setKernels(kernelName: string, backendName: RegisteredBackend, compute: (inputs: Readonly<Record<string, tf.TensorInfo>>, attrs: unknown) => tf.TensorInfo[]): void {
  tf.registerKernel({ kernelName, backendName, kernelFunc: ({ inputs, attrs }) => compute(inputs as Readonly<Record<string, tf.TensorInfo>>, attrs) });
}

/** The stock implementation of a kernel, for one that only takes some cases over. */
export function stockKernel<Inputs extends object, Attrs extends object>(
  kernelName: string,
  backendName: RegisteredBackend,
): Compute<Inputs, Attrs> {
  const { kernelFunc } = tf.getKernel(kernelName, backendName);
  return (inputs, attrs) =>
    kernelFunc({
      inputs: inputs as tf.NamedTensorInfoMap,
      attrs: attrs as tf.NamedAttrMap,
      backend: tf.engine().backend,
    }) as tf.TensorInfo;
}

/** Runs a kernel by name: for those that core exports no operation for. */
export function runKernel(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}

/** As {@link runKernel}, where there are several outputs. */
export function runKernels(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor[] {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}

/** Gradients by the inputs of an operation, computed when they are asked for. */
export type Gradient<Saved, Attrs> = (
  dy: tf.Tensor,
  saved: Saved,
  attrs: Attrs,
) => Record<string, () => tf.Tensor>;

/**
 * Makes `gradient` that of an operation with one output, on every backend.
 *
 * @param inputsToSave names of the inputs that `gradient` is given, in this order
 */
export function setGradient<Saved, Attrs>(
  kernelName: string,
  inputsToSave: string[],
  gradient: Gradient<Saved, Attrs>,
): void {
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved as unknown as Saved, attrs as unknown as Attrs),
  });
}

function hasKernel(kernelName: string, backendName: RegisteredBackend): boolean {
  return (tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined) !== undefined;
}
