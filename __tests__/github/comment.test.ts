import fc from 'fast-check';
import { describe, expect, test as base } from 'vitest';
import { COMMENT_CHARACTERS, putComment, type CommentMode, type CommentResult } from '../../src/github/comment.ts';
import { createOctokit } from '../../src/github/octokit.ts';
import { markerOf } from '../../src/github/own-comments.ts';
import { stampIn, stampLine, type Stamp } from '../../src/github/run-stamp.ts';
import type { Detail } from '../../src/report/types.ts';
import { FakeGitHub } from '../e2e/fake-github/server.ts';
import { ACTIONS_BOT, OTHER_APP, PERSON, type TokenName } from '../e2e/fake-github/world.ts';

const MARKER = markerOf('head');
const pull = { owner: 'Codertocat', repo: 'Hello-World', number: 2, headSha: 'e'.repeat(40), fromFork: false };
const STAMP: Stamp = { sha: pull.headSha, run: 50, number: 5, attempt: 1, says: '0'.repeat(16) };
/** What stands above the report. */
const HEADER = `${MARKER}\n${stampLine(STAMP)}`;

interface PutOptions {
  readonly token?: TokenName | 'unknown';
  readonly render?: (detail: Detail) => string;
  /** Milliseconds that a second of waiting takes. */
  readonly second?: number;
  readonly patience?: number;
  readonly stamp?: Partial<Stamp>;
  readonly mode?: Exclude<CommentMode, 'never'>;
  readonly recreate?: boolean;
  readonly passes?: boolean;
  readonly quiet?: boolean;
}
type Put = (options?: PutOptions) => Promise<CommentResult>;

const test = base.extend<{ readonly prefix: string; readonly github: FakeGitHub; readonly put: Put }>({
  prefix: '',
  github: async ({ prefix }, use) => {
    const github = await FakeGitHub.start(prefix);
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  put: async ({ github }, use) => {
    await use(({ token = 'ghs_write', render = (detail: Detail) => detail, second = 1, patience = 60_000, stamp = {}, mode = 'always', recreate = false, passes = true, quiet = false } = {}) =>
      putComment(createOctokit({ token, apiUrl: github.apiUrl, second, patience }), { pull, id: 'head', render, stamp: { ...STAMP, ...stamp }, mode, recreate, passes, quiet }),
    );
  },
});

describe.concurrent('whose comment it is', () => {
  test('keeps the oldest of its own and deletes the others', async ({ github, put }) => {
    const [oldest, , foreign] = [ACTIONS_BOT, ACTIONS_BOT, PERSON, ACTIONS_BOT].map((author) => github.world.add(author, MARKER));
    expect(await put()).toEqual({ kind: 'updated', url: oldest!.html_url, duplicatesRemoved: 2 });
    expect(github.world.comments).toEqual([oldest, foreign]);
    expect(oldest!.body).toBe(`${HEADER}\nfull`);
  });

  test('does not mind when another run has deleted a duplicate already', async ({ github, put }) => {
    github.world.add(ACTIONS_BOT, MARKER);
    github.world.add(ACTIONS_BOT, MARKER);
    github.fail({ method: 'DELETE', status: 404, message: 'Not Found' });
    expect(await put()).toMatchObject({ kind: 'updated' });
  });

  test.for([
    ['ghp_person', PERSON],
    ['ghs_app', OTHER_APP],
  ] as const)('belongs to the owner of the token: %s', async ([token, account], { github, put }) => {
    const foreign = github.world.add(ACTIONS_BOT, MARKER);
    const mine = github.world.add(account, MARKER);
    expect(await put({ token })).toMatchObject({ kind: 'updated', url: mine.html_url });
    expect(foreign.body).toBe(MARKER);
  });

  test('is the default author where GraphQL does not answer', async ({ github, put }) => {
    github.world.graphql = false;
    const mine = github.world.add(ACTIONS_BOT, MARKER);
    expect(await put()).toMatchObject({ kind: 'updated', url: mine.html_url });
    expect(await put({ token: 'ghs_app' })).toMatchObject({ kind: 'updated', url: mine.html_url });
  });

  test('is not one that only quotes the marker, nor one of another check', async ({ github, put }) => {
    github.world.add(ACTIONS_BOT, `> ${MARKER}`);
    github.world.add(ACTIONS_BOT, markerOf('head2'));
    expect(await put()).toMatchObject({ kind: 'created' });
    expect(github.world.comments).toHaveLength(3);
  });
});

describe.concurrent('jobs that write at once', () => {
  test.for([1, 2, 3])('leave one comment, with the report of the newest run (%i)', async (_, { github, put }) => {
    github.gatherComments(3);
    const results = await Promise.all([51, 53, 52].map((run) => put({ stamp: { run }, render: () => `of run ${run}` })));
    expect(results.map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
    expect(github.world.comments).toHaveLength(1);
    expect(github.world.comments[0]!.body).toMatch(/of run 53$/);
  });

  test('leave one comment where each takes a new one', async ({ github, put }) => {
    github.world.add(ACTIONS_BOT, MARKER);
    github.gatherComments(2);
    await Promise.all([52, 51].map((run) => put({ stamp: { run }, render: () => `of run ${run}`, recreate: true })));
    expect(github.world.comments.map(({ body }) => body.split('\n').at(-1))).toEqual(['of run 52']);
  });

  test('an older run does not touch the report of a newer one', async ({ github, put }) => {
    await put({ stamp: { run: 60 } });
    for (const recreate of [false, true]) {
      expect(await put({ stamp: { run: 59, attempt: 9 }, recreate, render: () => 'old' })).toEqual({ kind: 'left', because: 'newer' });
    }
    expect(github.world.comments.map(({ body }) => stampIn(body)?.run)).toEqual([60]);
    expect(await put({ stamp: { run: 60, attempt: 2 } })).toMatchObject({ kind: 'updated' });
    expect(await put({ stamp: { run: 60, attempt: 1 } })).toMatchObject({ kind: 'left' });
  });

  test('a newer run takes back what an older one has written over its report', async ({ github, put }) => {
    const mine = github.world.add(ACTIONS_BOT, MARKER);
    github.onPatch = () => {
      github.onPatch = null;
      mine.body = `${MARKER}\n${stampLine({ ...STAMP, run: 49 })}\nold`;
    };
    await put({ stamp: { run: 50 }, render: () => 'new' });
    expect(mine.body).toMatch(/new$/);
  });
});

describe.concurrent('when there is to be a comment', () => {
  test('on-failure: not for a pass, and a pass takes the place of a failure', async ({ github, put }) => {
    expect(await put({ mode: 'on-failure', passes: true })).toEqual({ kind: 'left', because: 'mode' });
    expect(await put({ mode: 'on-failure', passes: false })).toMatchObject({ kind: 'created' });
    expect(await put({ mode: 'on-failure', passes: true, render: () => 'passes' })).toMatchObject({ kind: 'updated' });
    expect(github.world.comments[0]!.body).toMatch(/passes$/);
  });

  test('on-change: not where all is well, and a new one only where it says something else', async ({ github, put }) => {
    expect(await put({ mode: 'on-change', quiet: true })).toEqual({ kind: 'left', because: 'mode' });
    expect(await put({ mode: 'on-change', recreate: true })).toMatchObject({ kind: 'created' });
    expect(await put({ mode: 'on-change', recreate: true, quiet: true })).toMatchObject({ kind: 'updated' });
    expect(await put({ mode: 'on-change', recreate: true, quiet: true, stamp: { says: '1'.repeat(16) } })).toMatchObject({ kind: 'created', duplicatesRemoved: 1 });
    expect(github.world.comments).toHaveLength(1);
  });

  test('recreate: the new one is there before the old one goes', async ({ github, put }) => {
    const old = github.world.add(ACTIONS_BOT, MARKER);
    expect(await put({ recreate: true })).toMatchObject({ kind: 'created', duplicatesRemoved: 1 });
    expect(github.world.comments.map(({ id }) => id)).not.toContain(old.id);
    const verbs = github.log.map((line) => line.split(' ')[0]);
    expect(verbs.indexOf('POST')).toBeLessThan(verbs.indexOf('DELETE'));
  });
});

describe.concurrent('on an enterprise server', () => {
  test.override({ prefix: '/api/v3' });

  test('asks REST and GraphQL below the address of the runner', async ({ github, put }) => {
    const mine = github.world.add(PERSON, MARKER);
    expect(await put({ token: 'ghp_person' })).toMatchObject({ kind: 'updated', url: mine.html_url });
    expect(github.log).toContain('POST /graphql');
  });
});

describe.concurrent('the length', () => {
  const sized = (full: number, short: number, minimal: number) => (detail: Detail): string =>
    'x'.repeat({ full, 'folded-short': short, minimal }[detail]);
  const room = COMMENT_CHARACTERS - HEADER.length - 1;

  test('counts the marker', async ({ github, put }) => {
    await put({ render: sized(room, 10, 5) });
    expect(github.world.comments[0]!.body).toHaveLength(COMMENT_CHARACTERS);
    await put({ render: sized(room + 1, 10, 5) });
    expect(github.world.comments[0]!.body).toHaveLength(HEADER.length + 1 + 10);
    expect(github.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  test('is cut again when GitHub says 422', async ({ github, put }) => {
    github.world.maxCharacters = 400;
    github.world.add(ACTIONS_BOT, MARKER);
    expect(await put({ render: sized(900, 100, 5) })).toMatchObject({ kind: 'updated' });
    expect(github.world.comments[0]!.body).toBe(`${HEADER}\n${'x'.repeat(100)}`);
  });

  test('is given up when nothing is short enough', async ({ github, put }) => {
    const tooLong = { kind: 'failed', reason: 'length' };
    expect(await put({ render: sized(room + 3, room + 2, room + 1) })).toMatchObject(tooLong);
    github.world.maxCharacters = 10;
    github.world.add(ACTIONS_BOT, MARKER);
    expect(await put({ render: sized(3, 2, 1) })).toMatchObject(tooLong);
    expect(github.world.comments[0]!.body).toBe(MARKER);
  });
});

describe.concurrent('when GitHub says no', () => {
  const secondary = 'You have exceeded a secondary rate limit.';

  test.for([
    ['a token that may only read', 'ghs_read'],
    ['a token that it does not know', 'unknown'],
  ] as const)('to %s, it is the permission', async ([, token], { put }) => {
    expect(await put({ token })).toMatchObject({ kind: 'failed', reason: 'permission' });
  });

  test('to a token that may not see the pull request, it is the permission', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 404, message: 'Not Found' });
    expect(await put()).toMatchObject({ kind: 'failed', reason: 'permission', message: expect.stringContaining('Not Found') as string });
  });

  test('it waits as long as it is told, not as after any other failure', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 429, message: secondary, headers: { 'retry-after': '100' } });
    const start = performance.now();
    expect(await put({ second: 10 })).toMatchObject({ kind: 'created' });
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  test('it tries again after a secondary limit that comes as a 403', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 403, message: secondary, headers: { 'retry-after': '60' } });
    expect(await put()).toMatchObject({ kind: 'created' });
  });

  test('it does not wait for an hour', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 403, message: secondary, headers: { 'retry-after': '3600' }, times: 9 });
    expect(await put()).toMatchObject({ kind: 'failed', reason: 'service' });
    expect(github.log).toHaveLength(1);
  });

  test('it gives up after a few failures', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 502, times: 99 });
    expect(await put()).toMatchObject({ kind: 'failed', reason: 'service' });
    expect(github.log).toHaveLength(4);
  });

  test('it tries again when an answer ends in the middle, and takes no half list for a whole one', async ({ github, put }) => {
    const mine = github.world.add(ACTIONS_BOT, MARKER);
    github.fail({ method: 'GET', status: 'cut' });
    expect(await put()).toMatchObject({ kind: 'updated', url: mine.html_url });
    expect(github.world.comments).toHaveLength(1);
  });

  test('it leaves one comment where the answer to the first was lost', async ({ github, put }) => {
    github.fail({ method: 'POST', path: /comments$/, status: 'cut' });
    expect(await put()).toMatchObject({ kind: 'created', duplicatesRemoved: 1 });
    expect(github.world.comments).toHaveLength(1);
  });

  test('it tries again when there is no answer', async ({ github, put }) => {
    github.fail({ method: 'GET', status: 'silence' });
    expect(await put({ patience: 2000 })).toMatchObject({ kind: 'created' });
  });

  test('it gives up when it cannot be reached', async ({ github, put }) => {
    github.fail({ status: null, times: 99 });
    expect(await put()).toMatchObject({ kind: 'failed', reason: 'service' });
  });

  test('a mistake of ours is not taken for an answer', async ({ put }) => {
    const broken = (): never => {
      throw new TypeError('bug');
    };
    await expect(put({ render: broken })).rejects.toThrow('bug');
  });
});

describe('the marker', () => {
  base('is one HTML comment on one line, and another one for another id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [inside] = /^<!-- (.*) -->$/.exec(markerOf(one))!.slice(1);
        expect(inside).not.toMatch(/--|[<>]/);
        expect(markerOf(one) === markerOf(other)).toBe(one === other);
      }),
    );
  });
});
