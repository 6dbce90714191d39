import type * as z from 'zod';
import { allKeys, keysAt } from './json-schema.ts';
import { nearest } from './nearest.ts';

export type Path = readonly (string | number)[];

/** One thing that is wrong with a config. */
export interface Problem {
  readonly path: Path;
  /** What to point at: the key itself, or what is written behind it. */
  readonly at: 'key' | 'value';
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

type Issue = z.core.$ZodIssue;

/** What zod found wrong with `value`, in words. */
export function problemsOf(issues: readonly Issue[], value: unknown): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], value));
}

/** How a place is called in messages: `model.head[1].units`. */
function placeName(path: Path): string {
  return path.map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? step : `.${step}`)).join('');
}

/** What stands at a path of plain data; undefined where nothing does. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined), data);
}

function problemsOfIssue(issue: Issue, above: Path, data: unknown): readonly Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_key') return [badName(path, issue.issues[0]?.message ?? issue.message)];
  const value = valueAt(data, path);
  const branch = issue.code === 'invalid_union' ? branchThatWasMeant(issue.errors) : undefined;
  return branch ? branch.flatMap((inner) => problemsOfIssue(inner, path, data)) : [badValue(issue, path, value)];
}

/** The alternative whose kind fits (a string, a list, a mapping) and that is wrong further inside; undefined where none is. */
function branchThatWasMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'));
}

function unknownKey(parent: Path, key: string): Problem {
  const known = keysAt(parent);
  const place = parent.length > 0 ? ` in \`${placeName(parent)}\`` : '';
  return { path: [...parent, key], at: 'key', code: 'unknown-key', what: `Unknown key \`${key}\`${place}.`, fix: fixOfKey(key, known) };
}

function fixOfKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const list = `Known here: ${known.join(', ')}.`;
  if (near !== undefined) return `Did you mean \`${near}\`? ${list}`;
  const elsewhere = allKeys().find((path) => path.at(-1) === key);
  return elsewhere ? `It belongs under \`${placeName(elsewhere.slice(0, -1))}\`. ${list}` : list;
}

function badName(path: Path, allowed: string): Problem {
  return { path, at: 'key', code: 'bad-value', what: `\`${placeName(path.slice(0, -1))}\` cannot have the name ${shown(path.at(-1))}.`, fix: `It must be ${allowed}.` };
}

function badValue(issue: Issue, path: Path, value: unknown): Problem {
  const place = `\`${placeName(path)}\``;
  if (value === undefined) {
    return { path, at: 'value', code: 'missing-key', what: `${place} is missing.`, fix: `Give ${issue.message}.` };
  }
  if (value === null) {
    return { path, at: 'value', code: 'empty-value', what: `${place} is empty.`, fix: `Give ${issue.message}, or leave the key out.` };
  }
  const near = typeof value === 'string' ? nearest(value, namesAllowed(issue)) : undefined;
  const hint = near === undefined ? '' : `Did you mean \`${near}\`? `;
  return { path, at: 'value', code: 'bad-value', what: `${place} cannot be ${shown(value)}.`, fix: `${hint}It must be ${issue.message}.` };
}

function namesAllowed(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(namesAllowed);
  return issue.code === 'invalid_value' ? issue.values.filter((value) => typeof value === 'string') : [];
}

/** The value as JSON, so that "6" and 6 can be told apart; cut where it is long. */
function shown(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}
