/** A key of the config that an option of the command line and an input of the action may set. */
export interface Override {
  readonly path: readonly [string, ...string[]];
  readonly description: string;
  /** Whether digits alone are a word, too. */
  readonly isText?: true;
}

/** Every override by the name of its option and input. The settings take their descriptions from here: help needs no schema. */
export const OVERRIDES = {
  seeds: { path: ['experiment', 'seeds'], description: 'Paired runs per arm.' },
  epochs: { path: ['training', 'epochs'], description: 'Passes through the training images.' },
  backend: { path: ['backend'], description: 'What computes: bundled WebAssembly, an installed tfjs-node, the faster of both, or plain JavaScript.' },
  'fail-on': { path: ['fail-on'], description: 'The mildest finding that fails the check.' },
  baseline: { path: ['baseline'], description: 'What this change is compared with: auto, off, or a branch or commit. auto: on a pull request, the code without it.', isText: true },
  'time-limit': { path: ['time-limit'], description: 'The check ends as could-not-run after this time.' },
} as const satisfies Record<string, Override>;

export type OverrideName = keyof typeof OVERRIDES;

/** Values as the user typed them; absent and blank ones leave the file's in place. */
export type Overrides = Readonly<Partial<Record<OverrideName, string>>>;

/** The config's data with the overrides put in; the schema judges them like anything in the file. */
export function withOverrides(data: Readonly<Record<string, unknown>>, overrides: Overrides): Readonly<Record<string, unknown>> {
  return given(overrides).reduce((result, { path, value }) => withValue(result, path, value), data);
}

/** Where a value came from, if not from the file: "Option or input `seeds`". */
export function overrideOrigin(overrides: Overrides, path: readonly (string | number)[]): string | undefined {
  const name = given(overrides).find((override) => override.path.join('.') === path.join('.'))?.name;
  return name === undefined ? undefined : `Option or input \`${name}\``;
}

function given(overrides: Overrides): readonly { name: OverrideName; path: readonly [string, ...string[]]; value: string | number }[] {
  return (Object.keys(OVERRIDES) as OverrideName[]).flatMap((name) => {
    const value = overrides[name]?.trim() ?? '';
    const { path, isText }: Override = OVERRIDES[name];
    return value === '' ? [] : [{ name, path, value: isText ? value : scalar(value) }];
  });
}

function withValue(data: Readonly<Record<string, unknown>>, path: readonly string[], value: unknown): Readonly<Record<string, unknown>> {
  const [key, ...rest] = path;
  if (key === undefined) return data;
  if (rest.length === 0) return { ...data, [key]: value };
  const inner = data[key] ?? {};
  // A section that is no mapping is the file's own fault, and is reported as such.
  if (typeof inner !== 'object' || Array.isArray(inner)) return data;
  return { ...data, [key]: withValue(inner as Record<string, unknown>, rest, value) };
}

function scalar(text: string): string | number {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
