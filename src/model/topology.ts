import { UserError } from '../errors.ts';

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

/** The layers of a model as Keras writes them down. */
export type Topology = Readonly<Record<string, unknown>>;

/** Height and width that the model was saved with; null where it takes any. */
export function savedSize(topology: Topology): Size | null {
  for (const { shape } of imageInputs(topology)) {
    const [, height, width] = shape;
    if (typeof height === 'number' && typeof width === 'number') return [height, width];
  }
  return null;
}

/**
 * The topology of the same network fed images of another size. Inputs of nested models that are fed something else
 * than the image (another number of channels, or another size) stay as they are.
 */
export function resized(topology: Topology, [height, width]: Size): Topology {
  const copy = structuredClone(topology);
  const inputs = [...imageInputs(copy)];
  const [image] = inputs;
  const saved = String(image?.shape.slice(1));
  for (const { config, key, shape } of inputs) {
    if (String(shape.slice(1)) === saved) config[key] = [shape[0], height, width, shape[3]];
  }
  return copy;
}

/**
 * tfjs reads `groups` and then computes an ordinary convolution: wrong values without an error.
 *
 * @param file how the message calls the model
 */
export function rejectGroupedConvolutions(file: string, topology: Topology): void {
  for (const { groups, name } of objectsOf(topology)) {
    if (typeof groups === 'number' && groups !== 1) {
      throw new UserError(
        'grouped-convolution',
        `${file}: layer '${String(name)}' is a grouped convolution (groups: ${groups}), which TensorFlow.js does not compute.`,
        'Use a DepthwiseConv2D or split the layer.',
      );
    }
  }
}

interface ImageInput {
  readonly config: Record<string, unknown>;
  readonly key: string;
  /** [batch, height, width, channels]; null where it may vary. */
  readonly shape: readonly unknown[];
}

/** Inputs of rank 4, of the model itself first. */
function* imageInputs(topology: Topology): Generator<ImageInput> {
  for (const config of objectsOf(topology)) {
    for (const key of ['batch_input_shape', 'batchInputShape']) {
      const shape = config[key];
      if (Array.isArray(shape) && shape.length === 4) yield { config, key, shape };
    }
  }
}

function* objectsOf(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) {
    for (const item of value) yield* objectsOf(item);
  } else if (typeof value === 'object' && value !== null) {
    yield value as Record<string, unknown>;
    for (const item of Object.values(value)) yield* objectsOf(item);
  }
}
