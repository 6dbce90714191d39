import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { UserError } from '../errors.ts';
import type { Path, Problem } from './problems.ts';

const NAMES = ['layer-vitals.yml', 'layer-vitals.yaml', 'layer-vitals.json'] as const;

/** A config file as plain data, with the place of each key. */
export interface ConfigFile {
  readonly path: string;
  /** The path as messages and reports show it: relative to the working directory, forward slashes. */
  readonly shown: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Line and column, from 1, of a key or of its value; of what encloses it where it is not there. */
  position(problem: Pick<Problem, 'path' | 'at'>): Position;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the config: the file or folder that was named, else the working directory.
 *
 * @throws UserError where there is none, or more than one
 */
export function findConfig(cwd: string, given: string | null): string {
  const at = path.resolve(cwd, given ?? '.');
  const kind = statSync(at, { throwIfNoEntry: false });
  if (kind === undefined) {
    throw new UserError('config-missing', `There is no config ${shownPath(cwd, at)}.`, 'Correct the path: it names a config, or a folder that holds layer-vitals.yml.');
  }
  if (!kind.isDirectory()) return at;
  const found = NAMES.map((name) => path.join(at, name)).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  const [first, second] = found;
  if (first === undefined) {
    const place = at === path.resolve(cwd) ? 'the working directory' : shownPath(cwd, at);
    throw new UserError('config-missing', `There is no ${NAMES.join(', ')} in ${place}.`, 'Add layer-vitals.yml there, or say where the config is.');
  }
  if (second !== undefined) {
    const names = found.map((file) => path.basename(file)).join(' and ');
    throw new UserError('several-configs', `${names} stand side by side.`, 'Keep one of them, or say which one to use.');
  }
  return first;
}

/**
 * Reads YAML (of which JSON is a part).
 *
 * @throws UserError for a file that cannot be read, is empty, is not YAML, has a key twice or is not a mapping
 */
export function readConfigFile(cwd: string, file: string): ConfigFile {
  const shown = shownPath(cwd, file);
  const text = readText(file, shown);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [flaw] = [...document.errors, ...document.warnings];
  if (flaw) throw syntaxError(flaw, shown, text, lines);

  const value = plainData(document, shown);
  if (value === null || value === undefined) {
    throw new UserError('config-empty', `${shown} is empty.`, 'It needs at least `model` and `data`: see docs/configuration.md.');
  }
  if (!isMap(document.contents)) {
    throw new UserError('config-not-a-mapping', `${shown} does not hold keys and values.`, 'It needs at least `model` and `data`: see docs/configuration.md.');
  }
  return { path: file, shown, value: value as Record<string, unknown>, position: (problem) => positionIn(document, lines, problem) };
}

/**
 * The error for the first of the problems, in the order of the file.
 *
 * @param problems at least one
 * @param origin where a value came from that the file does not hold
 */
export function errorOf(problems: readonly Problem[], file: ConfigFile, origin: (path: Path) => string | undefined = () => undefined): UserError {
  const placed = problems.map((problem) => ({ ...problem, ...file.position(problem) })).sort((a, b) => a.line - b.line || a.column - b.column);
  const first = placed[0]!;
  const where = origin(first.path) ?? `${file.shown}:${first.line}:${first.column}`;
  const more = placed.length > 1 ? ` (The first of ${placed.length} problems.)` : '';
  return new UserError(first.code, `${where}: ${first.what}`, `${first.fix}${more}`);
}

function shownPath(cwd: string, file: string): string {
  return path.relative(cwd, file).replaceAll(path.sep, '/') || '.';
}

function readText(file: string, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw new UserError('config-not-text', `${shown} is not UTF-8 text.`, 'Save it as UTF-8.', { cause: error });
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError('config-unreadable', `${shown} cannot be read (${reason}).`, 'Check the path and the permissions of the file.', { cause: error });
  }
}

function syntaxError(flaw: Document['errors'][number] | Document['warnings'][number], shown: string, text: string, lines: LineCounter): UserError {
  const [start] = flaw.pos;
  const { line, col } = lines.linePos(start);
  const where = `${shown}:${line}:${col}`;
  if (flaw.code === 'DUPLICATE_KEY') {
    const key = /^["']?([^"':\s]+)/.exec(text.slice(start))?.[1] ?? '?';
    return new UserError('duplicate-key', `${where}: Key \`${key}\` is there twice.`, 'Keep one of them.');
  }
  if (flaw.code === 'MULTIPLE_DOCS') {
    return new UserError('config-not-yaml', `${where}: A second document begins here.`, 'Keep one, and remove the line `---` between them.');
  }
  const [reason] = flaw.message.split('\n', 1);
  return new UserError('config-not-yaml', `${where}: Not valid YAML: ${reason ?? flaw.code}.`.replace(/\.\.$/, '.'), 'Correct the syntax there.');
}

function plainData(document: Document, shown: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without an anchor, or aliases that multiply without end.
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('config-not-yaml', `${shown}: Not valid YAML: ${reason.replace(/\.$/, '')}.`, 'Correct the syntax there.', { cause: error });
  }
}

function positionIn(document: Document, lines: LineCounter, { path: keys, at }: Pick<Problem, 'path' | 'at'>): Position {
  const node = at === 'key' ? keyNode(document, keys) : document.getIn(keys, true);
  const start = isNode(node) ? node.range?.[0] : undefined;
  if (start !== undefined) {
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  if (keys.length === 0) return { line: 1, column: 1 };
  // Something is missing: the key under which it should stand is the nearest place to look at.
  return positionIn(document, lines, { path: keys.slice(0, -1), at: 'key' });
}

function keyNode(document: Document, keys: Path): Node | undefined {
  const parent = document.getIn(keys.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  return parent.items.map(({ key }) => key).find((key) => isScalar(key) && String(key.value) === keys.at(-1)) as Node | undefined;
}

