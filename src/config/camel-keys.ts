type CamelCase<Key extends string> = Key extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Key;

/** The same data with camelCase keys. Lists are left as they are: their items belong to others. */
export type CamelKeys<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Key in keyof Value as Key extends string ? CamelCase<Key> : Key]: CamelKeys<Value[Key]> }
    : Value;

/** Turns kebab-case keys of nested records into camelCase. */
export function camelKeys<Value extends object>(record: Value): CamelKeys<Value> {
  const entries = Object.entries(record).map(([key, value]: [string, unknown]) => [camelCase(key), isRecord(value) ? camelKeys(value) : value]);
  return Object.fromEntries(entries) as CamelKeys<Value>;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camelCase(key: string): string {
  return key.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
