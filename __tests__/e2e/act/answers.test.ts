import { describe, vi } from 'vitest';
import type { FakeGitHub, Fault } from '../fake-github/server.ts';
import { ACTIONS_BOT } from '../fake-github/world.ts';
import { ALL, RUNNER } from './tools.ts';
import { repositoryWith, test, USES } from './workflow-test.ts';

vi.setConfig({ testTimeout: 300_000, maxConcurrency: 4 });

const WORKFLOW = `on: pull_request
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
      - uses: ${USES}
        with: { check-run: false }
`;
const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
const RESOURCE = 'Resource not accessible by integration';
const CREATE = { method: 'POST', path: /comments$/ } as const;
const LIST = { method: 'GET', path: /comments$/ } as const;

interface Case {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Comments that there are in the end. */
  readonly comments: 0 | 1;
  /** What the log warns or informs of. */
  readonly told?: RegExp;
}

const CASES: readonly Case[] = [
  { name: '403', faults: [{ ...CREATE, status: 403, message: RESOURCE }], comments: 0, told: /^notice No comment: the token may not write one\. .*pull-requests: write/ },
  { name: '404', faults: [{ ...LIST, status: 404, message: 'Not Found' }], comments: 0, told: /^notice No comment: the token may not write one/ },
  { name: '401', faults: [{ status: 401, message: 'Bad credentials', times: 9 }], comments: 0, told: /^notice No comment: the token may not write one/ },
  { name: '422 that is not about the length', faults: [{ ...CREATE, status: 422, message: 'Validation Failed', times: 9 }], comments: 0, told: /^(notice|warning) No comment: / },
  { name: '429 with a time to wait', faults: [{ ...CREATE, status: 429, message: 'Too Many Requests', headers: { 'retry-after': '1' } }], comments: 1 },
  { name: 'a secondary rate limit', faults: [{ ...CREATE, status: 403, message: SECONDARY, headers: { 'retry-after': '1' } }], comments: 1 },
  { name: 'a rate limit that ends in an hour', faults: [{ ...LIST, status: 403, message: 'API rate limit exceeded', headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600) } }], comments: 0, told: /^warning No comment: GitHub did not take it\..*rate limit/ },
  { name: '500, 502 and 503 in turn', faults: [500, 502, 503].map((status, index) => ({ ...(index === 0 ? LIST : CREATE), status })), comments: 1 },
  { name: 'a connection closed without an answer', faults: [{ ...LIST, status: null }, { ...CREATE, status: null }], comments: 1 },
  { name: 'a connection cut in mid-body', faults: [{ ...LIST, status: 'cut' }], comments: 1 },
  { name: 'a connection cut after the comment was written, which is then written twice', faults: [{ ...CREATE, status: 'cut' }], comments: 1 },
];

/** Where the action waits for minutes, as it should. */
const SLOW: readonly Case[] = [
  { name: 'a secondary rate limit that does not say for how long', faults: [{ ...CREATE, status: 403, message: SECONDARY }], comments: 1 },
  { name: '502 for as long as it tries', faults: [{ ...LIST, status: 502, times: 99 }], comments: 0, told: /^warning No comment: GitHub did not take it\./ },
  { name: 'one request without an answer', faults: [{ ...LIST, status: 'silence' }], comments: 1 },
  { name: 'no answer at all', faults: [{ status: 'silence', times: 99 }], comments: 0, told: /^warning No comment: GitHub did not take it\. .*no answer/ },
];

function plan(github: FakeGitHub, faults: readonly Fault[]): void {
  for (const fault of faults) github.fail(fault);
}

describe.skipIf(RUNNER === null).concurrent('the action under a workflow runner, where GitHub answers otherwise (npm run e2e:setup)', () => {
  test.for([...CASES, ...(ALL ? SLOW : [])])('$name', async ({ faults, comments, told }, { scratch, github, run, expect: it }) => {
    plan(github, faults);
    const { exitCode, annotations, log, summary } = await run(await repositoryWith(scratch, 'pass', { 'check.yml': WORKFLOW }), 'check.yml');
    // However GitHub answers, the verdict stands.
    it(exitCode, log).toBe(0);
    it(summary).toContain('layer-vitals');
    it(github.world.by(ACTIONS_BOT)).toHaveLength(comments);
    const said = annotations.map(({ level, message }) => `${level} ${message}`);
    if (told === undefined) it(said).toEqual([]);
    else it(said).toEqual([it.stringMatching(told)]);
  });

  test('a comment that GitHub finds too long is written shorter', async ({ scratch, github, run, expect: it }) => {
    github.world.maxCharacters = 2000;
    const { exitCode, log } = await run(await repositoryWith(scratch, 'pass', { 'check.yml': WORKFLOW }), 'check.yml');
    it(exitCode, log).toBe(0);
    it(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });

  test.for(['broken', 'not there'])('an artifact service that is %s', { skip: !ALL }, async (how, { scratch, artifacts, run, expect: it }) => {
    if (how === 'broken') artifacts.refuse = 500;
    const environment = how === 'broken' ? artifacts.environment : { ...artifacts.environment, ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' };
    const { exitCode, annotations, log } = await run(await repositoryWith(scratch, 'pass', { 'check.yml': WORKFLOW }), 'check.yml', { environment });
    it(exitCode, log).toBe(0);
    it(annotations.map(({ level, message }) => `${level} ${message}`)).toEqual([it.stringMatching(/^warning No artifact: /)]);
  });
});
