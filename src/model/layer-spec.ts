import { nearest } from '../config/nearest.ts';
import type { LayerSpec } from '../config/settings.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';

type LayerClass = tf.serialization.SerializableConstructor<tf.layers.Layer>;

const INITIALIZERS: ReadonlySet<string> = new Set(['kernel-initializer', 'bias-initializer', 'depthwise-initializer', 'pointwise-initializer', 'recurrent-initializer', 'embeddings-initializer', 'gamma-initializer', 'beta-initializer', 'alpha-initializer']);

/**
 * Makes the layer that a spec describes.
 *
 * @param where the place in the config, for error messages: `model.head[2]`
 * @param name the layer's name where the spec gives none
 * @throws UserError for an unknown layer, option or value, with the nearest known name
 */
export function makeLayer(spec: LayerSpec, where: string, name: string): tf.layers.Layer {
  const { layer: className, name: given, ...options } = spec;
  const layerClass = layerClassOf(className, where);
  const config: Record<string, unknown> = { name: given ?? name };
  for (const [key, value] of Object.entries(options)) config[camelCase(key)] = INITIALIZERS.has(key) ? initializerConfig(value) : camelValue(value);

  const layer = construct(layerClass, config, where, className);
  const known = Object.keys(layer.getConfig());
  for (const key of Object.keys(options)) {
    if (!known.includes(camelCase(key))) {
      throw new UserError('unknown-option', `${where}: layer '${className}' has no option '${key}'.`, suggest(key, known.map(kebabCase)));
    }
  }
  return layer;
}

function construct(layerClass: LayerClass, config: Record<string, unknown>, where: string, className: string): tf.layers.Layer {
  try {
    return layerClass.fromConfig(layerClass, config as tf.serialization.ConfigDict);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new UserError('bad-option', `${where}: layer '${className}' cannot be made: ${reason}`, 'Correct its options; they are those of the Keras layer, in kebab-case.', {
      cause: error,
    });
  }
}

/** Every layer class that TensorFlow.js knows, by its name without case and dashes. */
function layerClasses(): ReadonlyMap<string, { className: string; layerClass: LayerClass }> {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const classes = new Map<string, { className: string; layerClass: LayerClass }>();
  for (const [className, entry] of Object.entries(classNameMap)) {
    const constructor: tf.serialization.SerializableConstructor<tf.serialization.Serializable> = entry[0];
    if (constructor.prototype instanceof tf.layers.Layer) {
      classes.set(plainName(className), { className, layerClass: constructor as unknown as LayerClass });
    }
  }
  return classes;
}

function layerClassOf(name: string, where: string): LayerClass {
  const classes = layerClasses();
  const found = classes.get(plainName(name));
  if (!found) {
    const names = [...classes.values()].map(({ className }) => kebabCase(className));
    throw new UserError('unknown-layer', `${where}: there is no layer '${name}'.`, suggest(name, names));
  }
  return found.layerClass;
}

/** `he-normal` or `{ random-normal: { stddev: 0.01 } }` in the words of tfjs. */
function initializerConfig(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const [entry] = Object.entries(value);
    if (entry && Object.keys(value).length === 1) {
      const [name, options] = entry;
      return { className: pascalCase(name), config: camelValue(options ?? {}) };
    }
  }
  return camelValue(value);
}

/** Options of layers are kebab-case at every depth, names of activations and formats too: `hard-sigmoid`. */
function camelValue(value: unknown): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (Array.isArray(value)) return value.map(camelValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [camelCase(key), camelValue(item)]));
  }
  return value;
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

function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** `GlobalAveragePooling2D` as `global-average-pooling-2d`. */
function kebabCase(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z0-9])/g, '$1-$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
