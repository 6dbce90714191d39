import type { LayerSpec } from '../config/settings.ts';
import type * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { camelCase, kebabCase, type Kind, knownNames, type LayerClass, layerClassOf, registeredName, suggest } from './keras-names.ts';
import { reasonOf } from './reason.ts';

/**
 * Makes the layer that a spec describes.
 *
 * @param where the place in the config, for error messages: `model.head[2]`
 * @param name the layer's name where the spec gives none
 * @throws UserError for an unknown layer, option or value, with the nearest known name
 */
export function makeLayer(spec: LayerSpec, where: string, name: string): tf.layers.Layer {
  const { layer: className, name: given, ...options } = spec;
  const layerClass = layerClassOf(className);
  if (!layerClass) throw new UserError('unknown-layer', `${where}: there is no layer '${className}'.`, suggest(className, knownNames('layer')));
  const config: Record<string, unknown> = { name: given ?? name };
  for (const [key, value] of Object.entries(options)) config[camelCase(key)] = optionValue(key, value, where);

  const layer = construct(layerClass, config, where, className);
  const known = Object.keys(configOf(layer));
  for (const key of Object.keys(options)) {
    if (!known.includes(camelCase(key))) {
      throw new UserError('unknown-option', `${where}: layer '${className}' has no option '${key}'.`, suggest(key, known.map(kebabCase)));
    }
  }
  return layer;
}

/** A layer's options, with the one that tfjs forgets to list. */
export function configOf(layer: tf.layers.Layer): tf.serialization.ConfigDict {
  const config = layer.getConfig();
  return layer.getClassName() === 'SeparableConv2D' ? { ...config, depthMultiplier: (layer as tf.layers.Layer & { depthMultiplier: number }).depthMultiplier } : config;
}

function construct(layerClass: LayerClass, config: Record<string, unknown>, where: string, className: string): tf.layers.Layer {
  try {
    return layerClass.fromConfig(layerClass, config as tf.serialization.ConfigDict);
  } catch (error) {
    throw new UserError('bad-option', `${where}: layer '${className}' cannot be made: ${reasonOf(error)}`, 'Correct its options; they are those of the Keras layer, in kebab-case.', {
      cause: error,
    });
  }
}

const NAMED_OPTION = /(?:^|-)(activation|initializer|regularizer|constraint)$/;

/** A value in the words of tfjs. */
function optionValue(key: string, value: unknown, where: string): unknown {
  const kind = NAMED_OPTION.exec(key)?.[1] as Kind | undefined;
  if (!kind || value === null) return camelValue(value);
  if (kind === 'activation') return nameOf(kind, value, where);
  const { name, options } = withOptions(key, value, where);
  return { className: nameOf(kind, name, where), config: camelValue(options) };
}

/** `he-normal`, or `{ random-normal: { stddev: 0.01 } }`. */
function withOptions(key: string, value: unknown, where: string): { name: unknown; options: unknown } {
  if (typeof value !== 'object') return { name: value, options: {} };
  const [entry, ...others] = Object.entries(value!);
  if (entry && others.length === 0) return { name: entry[0], options: entry[1] ?? {} };
  throw new UserError('bad-option', `${where}: \`${key}\` is neither a name nor a name with options.`, 'Write e.g. `he-normal` or `{ random-normal: { stddev: 0.01 } }`.');
}

function nameOf(kind: Kind, name: unknown, where: string): string {
  const registered = registeredName(kind, String(name));
  if (registered === undefined) throw new UserError(`unknown-${kind}`, `${where}: there is no ${kind} '${String(name)}'.`, suggest(String(name), knownNames(kind)));
  return registered;
}

/** Options of layers are kebab-case at every depth, names of formats too: `channels-last`. */
function camelValue(value: unknown): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (Array.isArray(value)) return value.map(camelValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [camelCase(key), camelValue(item)]));
  }
  return value;
}
