import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { MERGE_GROUP } from '../payloads.ts';
import { REPOSITORY } from '../run-action.ts';
import { folderWith } from '../../temporary-folder.ts';
import { runAct, type Workflow, type WorkflowResult } from './run-act.ts';
import { ALL, RUNNER } from './tools.ts';

vi.setConfig({ testTimeout: 600_000 });

const FILE = '.github/workflows/layer-vitals.yml';

interface OwnWorkflow {
  readonly jobs: { readonly examples: { readonly strategy: { readonly matrix: { readonly include: readonly { readonly example: string; readonly verdict: string }[] } } } };
}

const { include } = (parse(readFileSync(path.join(REPOSITORY, FILE), 'utf8')) as OwnWorkflow).jobs.examples.strategy.matrix;
/** One that fails as it should, and takes seconds. */
const QUICK = 'wrong-normalization';

const own = (more: Pick<Workflow, 'job' | 'matrix'>): Promise<WorkflowResult> =>
  runAct({ scratch: folderWith({}), repository: REPOSITORY, file: FILE, ...MERGE_GROUP, token: 'ghs_read', apiUrl: 'http://127.0.0.1:9', ...more });

describe.skipIf(RUNNER === null)("the repository's own workflow under a runner (npm run e2e:setup)", () => {
  test.skipIf(!ALL)('finds its main example healthy (npm run test:e2e)', async () => {
    const { jobs, summary, log } = await own({ job: 'check' });
    expect(Object.values(jobs), log).toEqual(['success']);
    expect(summary).toMatch(/✅ layer-vitals/);
  });

  test.each(ALL ? include : include.filter(({ example }) => example === QUICK))('finds that $example ends in $verdict', async ({ example, verdict }) => {
    const { jobs, outputs, summary, log } = await own({ job: 'examples', matrix: { example } });
    expect(Object.values(jobs), log).toEqual(['success']);
    expect(outputs.vitals).toMatchObject({ verdict });
    expect(summary).toContain(verdict === 'pass' ? '✅ layer-vitals' : '❌ layer-vitals');
  });

  test('has every example', () => {
    expect(include.map(({ example }) => example)).toContain(QUICK);
  });
});
