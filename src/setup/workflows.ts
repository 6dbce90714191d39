import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';

/** A step of a workflow that runs this action, and what decides whether it can do its work. */
export interface ActionUse {
  /** Path of the workflow from the root of the repository, forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly uses: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Names of the events that start the workflow. */
  readonly events: readonly string[];
  /** What the token of the job may do, by scope: `read`, `write` or `none`; null where neither job nor workflow says. */
  readonly permissions: Readonly<Record<string, string>> | null;
  /** Inputs of the step before it that checks out; null where there is none. */
  readonly checkout: Readonly<Record<string, string>> | null;
}

/** A workflow that is no YAML. */
export interface UnreadableWorkflow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

const FOLDER = '.github/workflows';
const ALL_SCOPES: Readonly<Record<string, string>> = { 'read-all': 'read', 'write-all': 'write' };
const SCOPES = ['actions', 'checks', 'contents', 'pull-requests'];

/** Every step of a repository's workflows that runs this action. */
export async function usesIn(root: string): Promise<{ readonly uses: readonly ActionUse[]; readonly unreadable: readonly UnreadableWorkflow[] }> {
  const names = await readdir(path.join(root, FOLDER)).catch(() => []);
  const own = /^name: *['"]?layer-vitals\b/m.test(await readFile(path.join(root, 'action.yml'), 'utf8').catch(() => ''));
  const uses: ActionUse[] = [];
  const unreadable: UnreadableWorkflow[] = [];
  for (const name of names.filter((file) => /\.ya?ml$/.test(file)).sort()) {
    const file = `${FOLDER}/${name}`;
    const lines = new LineCounter();
    const document = parseDocument(await readFile(path.join(root, file), 'utf8'), { lineCounter: lines, prettyErrors: false });
    const [flaw] = document.errors;
    if (flaw) unreadable.push({ file, line: lines.linePos(flaw.pos[0]).line, reason: flaw.message.split('\n', 1)[0]!.replace(/\.$/, '') });
    else uses.push(...usesOf(document, file, (uses) => isThisAction(uses, own), lines));
  }
  return { uses, unreadable };
}

function isThisAction(uses: string, own: boolean): boolean {
  return /^[^/\s]+\/layer-vitals@/.test(uses) || (own && uses === './');
}

function usesOf(document: Document, file: string, isOurs: (uses: string) => boolean, lines: LineCounter): ActionUse[] {
  const workflow = document.toJS() as { readonly on?: unknown; readonly permissions?: unknown; readonly jobs?: unknown } | null;
  const jobs = Object.entries(asRecord(workflow?.jobs));
  return jobs.flatMap(([id, job]) => {
    const { steps, permissions } = asRecord(job) as { readonly steps?: unknown; readonly permissions?: unknown };
    const list = Array.isArray(steps) ? steps.map(asRecord) : [];
    return list.flatMap((step, index) => {
      const uses = textOf(step.uses);
      if (!isOurs(uses)) return [];
      const checkout = list.slice(0, index).findLast((before) => textOf(before.uses).startsWith('actions/checkout@'));
      return {
        file,
        line: lineOf(document, ['jobs', id, 'steps', index, 'uses'], lines),
        uses,
        inputs: texts(step.with),
        events: eventsOf(workflow?.on),
        permissions: permissionsOf(permissions ?? workflow?.permissions),
        checkout: checkout ? texts(checkout.with) : null,
      };
    });
  });
}

function eventsOf(on: unknown): readonly string[] {
  if (typeof on === 'string') return [on];
  return Array.isArray(on) ? on.map(textOf) : Object.keys(asRecord(on));
}

/** A scope that is not listed beside others is none. */
function permissionsOf(given: unknown): Readonly<Record<string, string>> | null {
  if (given === undefined || given === null) return null;
  if (typeof given === 'string') return Object.fromEntries(SCOPES.map((scope) => [scope, ALL_SCOPES[given] ?? 'none']));
  return { ...Object.fromEntries(SCOPES.map((scope) => [scope, 'none'])), ...texts(given) };
}

function lineOf(document: Document, keys: readonly (string | number)[], lines: LineCounter): number {
  const node = document.getIn(keys, true);
  const start = isNode(node) && (isScalar(node) || isMap(node)) ? node.range?.[0] : undefined;
  return start === undefined ? 1 : lines.linePos(start).line;
}

function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asRecord(value)).map(([key, item]) => [key, textOf(item)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
