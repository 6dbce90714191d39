import { nearest } from '../config/nearest.ts';
import * as tf from '../engine/tf.ts';

type Constructor = tf.serialization.SerializableConstructor<tf.serialization.Serializable>;
export type LayerClass = tf.serialization.SerializableConstructor<tf.layers.Layer>;

/** What a config can name, each with a registered class that extends the kind's base directly. */
const KINDS = { layer: 'Dense', activation: 'linear', initializer: 'Zeros', regularizer: 'L1L2', constraint: 'MaxNorm' } as const;

export type Kind = keyof typeof KINDS;

/** Layers that a list cannot hold: models and inputs, and what is made around another layer. */
const NOT_LISTED: ReadonlySet<string> = new Set([
  'InputLayer', 'Model', 'Functional', 'Sequential', 'TimeDistributed', 'Bidirectional',
  'RNN', 'SimpleRNNCell', 'GRUCell', 'LSTMCell', 'StackedRNNCells', 'ConvLSTM2DCell',
]);

/** Keras names that TensorFlow.js knows under another one. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([['silu', 'swish']]);

/** What TensorFlow.js calls something, whatever the case and the dashes: `lecun-normal` is LeCunNormal. */
export function registeredName(kind: Kind, name: string): string | undefined {
  const plain = plainName(OTHER_NAMES.get(name) ?? name);
  return registeredNames(kind).find((registered) => plainName(registered) === plain);
}

export function layerClassOf(name: string): LayerClass | undefined {
  const registered = registeredName('layer', name);
  return registered === undefined ? undefined : (classOf(registered) as unknown as LayerClass);
}

/** Everything of a kind in kebab-case. */
export function knownNames(kind: Kind): string[] {
  return registeredNames(kind).map(kebabCase);
}

/** More would not be read. */
const MOST_NAMES = 8;

/** The nearest of the known names, or some of them, as the fix of an error. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean '${near}'?`;
  const shown = known.slice(0, MOST_NAMES);
  return `There ${shown.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${known.length > shown.length ? ` and ${known.length - shown.length} more` : ''}.`;
}

export function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `GlobalAveragePooling2D` as `global-average-pooling-2d`. */
export function kebabCase(name: string): string {
  return name
    .replaceAll('_', '-')
    .replaceAll('ReLU', 'Relu')
    .replaceAll(/([a-z])([A-Z0-9])/g, '$1-$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

function registeredNames(kind: Kind): string[] {
  const base = Object.getPrototypeOf(classOf(KINDS[kind])) as Constructor;
  return Object.keys(registry()).filter((name) => classOf(name).prototype instanceof base && !NOT_LISTED.has(name));
}

function classOf(name: string): Constructor {
  return registry()[name]![0] as Constructor;
}

function registry(): Readonly<Record<string, readonly unknown[]>> {
  return tf.serialization.SerializationMap.getMap().classNameMap;
}
