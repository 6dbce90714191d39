import type { Topology } from '../model/topology.ts';

interface SavedLayer {
  readonly class_name?: unknown;
  readonly config?: { readonly name?: unknown; readonly layers?: unknown };
  readonly name?: unknown;
  readonly inbound_nodes?: unknown;
}

interface Layer {
  readonly name: string;
  readonly kind: string;
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
}

/** Where a classifier turns a map of features into a list of numbers. */
const POOLS = new Set(['GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Flatten']);
/** What else classifiers are made of. */
const CLASSIFIER = new Set(['Dense', 'Dropout', 'Activation', 'Softmax', 'ReLU', 'LeakyReLU', 'BatchNormalization', 'Reshape', 'Conv2D']);

/** Where the pretrained part of a model file ends, and what comes after it. */
export interface Boundary {
  readonly layer: string;
  /** Layers that are left out: the old classifier. */
  readonly after: number;
}

/**
 * The last layer before the classifier at the end of a model file, which new layers are to take the place of.
 *
 * @returns null where the file ends in a map of features, or in nothing that is known: then its last layer is kept
 */
export function boundaryIn(topology: Topology): Boundary | null {
  const { layers, last } = layersOf(topology);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  let after = 0;
  for (let layer = last === undefined ? undefined : byName.get(last); layer; layer = byName.get(layer.inputs[0]!)) {
    if (layer.inputs.length !== 1) return null;
    after += 1;
    const before = byName.get(layer.inputs[0]!);
    if (POOLS.has(layer.kind)) return before && before.kind !== 'InputLayer' ? { layer: before.name, after } : null;
    if (!CLASSIFIER.has(layer.kind)) return null;
  }
  return null;
}

/** The outermost layers of a model as Keras saves it, a list or a graph, and the name of the last one. */
function layersOf(topology: Topology): { readonly layers: readonly Layer[]; readonly last: string | undefined } {
  const model = (topology.model_config ?? topology) as { readonly config?: unknown };
  const config = model.config as { readonly layers?: readonly SavedLayer[]; readonly output_layers?: readonly (readonly unknown[])[] } | readonly SavedLayer[] | undefined;
  const saved = Array.isArray(config) ? (config as readonly SavedLayer[]) : ((config as { readonly layers?: readonly SavedLayer[] } | undefined)?.layers ?? []);
  const isGraph = saved.some((layer) => Array.isArray(layer.inbound_nodes) && layer.inbound_nodes.length > 0);
  const layers = saved.map((layer, index) => ({
    name: nameOf(layer),
    kind: String(layer.class_name),
    inputs: isGraph ? inboundOf(layer) : index === 0 ? [] : [nameOf(saved[index - 1]!)],
  }));
  const outputs = isGraph ? (config as { readonly output_layers?: readonly (readonly unknown[])[] }).output_layers : undefined;
  return { layers, last: outputs ? String([outputs[0]].flat()[0]) : layers.at(-1)?.name };
}

function nameOf({ name, config }: SavedLayer): string {
  return String(config?.name ?? name);
}

/** Layers that the first call reads: `[[["conv", 0, 0, {}], …]]`. */
function inboundOf({ inbound_nodes: nodes }: SavedLayer): readonly string[] {
  const [first] = nodes as readonly (readonly (readonly unknown[])[])[];
  return Array.isArray(first) ? first.map(([name]) => String(name)) : [];
}
