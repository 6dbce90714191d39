import * as z from 'zod';

/** What settings are made of. The `error` of a value says what is allowed, so that a message can end "It must be ...". */

export function text(allowed: string) {
  return z.string({ error: allowed }).min(1, allowed);
}

export function whole(min: number, max: number, allowed = `a whole number from ${min} to ${max}`) {
  return z.int({ error: allowed }).min(min, allowed).max(max, allowed);
}

export function positive(allowed: string) {
  return z.number({ error: allowed }).positive(allowed);
}

export function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: `keys and values (${Object.keys(shape).join(', ')})` });
}
