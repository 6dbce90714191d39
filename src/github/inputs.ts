export interface Inputs<OverrideName extends string> {
  /** Empty where the workflow gave none: then there is no comment. */
  readonly token: string;
  readonly configPath: string | null;
  /** Keys of the config that the workflow overrides. Defaults live in the config's schema, so none is missing here. */
  readonly overrides: Readonly<Partial<Record<OverrideName, string>>>;
}

/** @param getInput that of @actions/core: an input that is not set is an empty string */
export function readInputs<const OverrideName extends string>(
  getInput: (name: string) => string,
  overrideNames: readonly OverrideName[],
): Inputs<OverrideName> {
  const given = overrideNames.map((name) => [name, getInput(name)] as const).filter(([, value]) => value !== '');
  return {
    token: getInput('github-token'),
    configPath: getInput('config') || null,
    overrides: Object.fromEntries(given) as Partial<Record<OverrideName, string>>,
  };
}
