import * as z from 'zod';
import { pointer, settings } from './settings.ts';

/** A node of a JSON Schema, as far as it is read here. */
export interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  /** What a mapping holds under names that are not its own. */
  readonly additionalProperties?: SchemaNode | boolean;
}

/** JSON Schema (draft 2020-12) of a config file, for editors. Each branch is strict: unknown keys are errors. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'layer-vitals',
    description: 'Config of layer-vitals: which model, which images, which input treatments are compared, and what fails the check.',
    type: 'object',
    // Not `anyOf`: an editor can then say which key is wrong, instead of that no alternative fits.
    if: { required: ['config'] },
    then: bare(pointer),
    else: forEditors(),
  };
}

/** Made when it is first needed: most runs have no error to explain. */
let settingsNode: SchemaNode | undefined;

/** The schema of what stands at a path of the config; undefined where nothing may. */
export function schemaAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = (settingsNode ??= bare(settings));
  for (const step of path) node = typeof step === 'number' ? branches(node).find(({ items }) => items)?.items : (propertiesOf(node)[String(step)] ?? namedIn(node));
  return node;
}

/** A profile has no defaults of its own: what it leaves out stays as it is. */
function forEditors(): SchemaNode {
  const node = bare(settings);
  const { profiles, ...others } = node.properties!;
  return { ...node, properties: { ...others, profiles: withoutDefaults(profiles!) } };
}

function withoutDefaults<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withoutDefaults) as T;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).filter(([key]) => key !== 'default').map(([key, value]) => [key, withoutDefaults(value)])) as T;
}

function namedIn(node: SchemaNode | undefined): SchemaNode | undefined {
  const found = branches(node).find(({ additionalProperties }) => typeof additionalProperties === 'object')?.additionalProperties;
  return typeof found === 'object' ? found : undefined;
}

/** Known keys at a path of the config. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(propertiesOf(schemaAt(path)));
}

/** Every section and key of the config, sections before what is in them. */
export function allKeys(path: readonly string[] = []): readonly (readonly string[])[] {
  return keysAt(path).flatMap((key) => [[...path, key], ...allKeys([...path, key])]);
}

function propertiesOf(node: SchemaNode | undefined): Readonly<Record<string, SchemaNode>> {
  return branches(node).find(({ properties }) => properties)?.properties ?? {};
}

function branches(node: SchemaNode | undefined): readonly SchemaNode[] {
  return node ? [node, ...(node.anyOf ?? [])] : [];
}

function bare(schema: z.ZodType): SchemaNode {
  const node = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  delete node.$schema;
  return node as SchemaNode;
}
