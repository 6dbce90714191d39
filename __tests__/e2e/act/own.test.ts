import { expect, test, vi } from 'vitest';
import { MERGE_GROUP } from '../payloads.ts';
import { REPOSITORY } from '../run-action.ts';
import { folderWith } from '../../temporary-folder.ts';
import { runAct } from './run-act.ts';
import { ALL, RUNNER } from './tools.ts';

vi.setConfig({ testTimeout: 600_000 });

test.skipIf(RUNNER === null || !ALL)("the repository's own workflow finds its main example healthy (npm run test:e2e)", async () => {
  const { jobs, summary, log } = await runAct({ scratch: folderWith({}), repository: REPOSITORY, file: '.github/workflows/layer-vitals.yml', job: 'check', ...MERGE_GROUP, token: 'ghs_read', apiUrl: 'http://127.0.0.1:9' });
  expect(Object.values(jobs), log).toEqual(['success']);
  expect(summary).toMatch(/✅ layer-vitals/);
});
