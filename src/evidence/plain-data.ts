/** How deep the plain data of a stranger may be nested: evidence is 9 deep, a finding adds 2 for each that it explains. */
const DEEPEST = 32;

/**
 * JSON as plain data, from whoever may have written it.
 *
 * @returns the data, or half a sentence that says what is wrong with it
 */
export function plainData(text: string): { readonly value: unknown } | { readonly why: string; readonly cause?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { why: 'it is not JSON', cause };
  }
  // Level by level: the depth of a stranger's file must not be that of our stack.
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return { why: 'it is nested too deep' };
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return { value };
}
