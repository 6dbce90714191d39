import { expect, test } from 'vitest';
import { tellCheckRun, tellComment } from '../../src/github/comment-message.ts';

const pull = { owner: 'octo', repo: 'demo', number: 7, headSha: 'e'.repeat(40), fromFork: false };

test('says where the comment is', () => {
  const result = { kind: 'updated', url: 'https://github.test/c', duplicatesRemoved: 0 } as const;
  expect(tellComment(result, pull)).toEqual({ level: 'info', message: 'Comment updated: https://github.test/c' });
  expect(tellComment({ ...result, duplicatesRemoved: 2 }, pull).message).toMatch(/2 others of this check deleted/);
});

test.each([
  ['permission', false, 'notice', /`permissions: pull-requests: write`.*summary.*\(no!\)/],
  ['permission', true, 'notice', /fork.*summary.*\(no!\)/],
  ['length', false, 'notice', /too long.*summary/],
  ['service', false, 'warning', /GitHub did not take it.*summary.*\(no!\)/],
] as const)('says why there is none: %s, from a fork: %s', (reason, fromFork, level, text) => {
  const { level: told, message } = tellComment({ kind: 'failed', reason, message: 'no!' }, { ...pull, fromFork });
  expect(told).toBe(level);
  expect(message).toMatch(text);
});

test('says why a comment was left alone', () => {
  expect(tellComment({ kind: 'left', because: 'newer' }, pull)).toEqual({ level: 'info', message: expect.stringMatching(/newer run/) as string });
  expect(tellComment({ kind: 'left', because: 'mode' }, pull)).toEqual({ level: 'info', message: expect.stringMatching(/`comment`/) as string });
});

test('does not complain of a permission that a job need not have', () => {
  expect(tellCheckRun({ kind: 'failed', reason: 'permission', message: 'no!' })).toMatchObject({ level: 'info', message: expect.stringMatching(/checks: write/) as string });
  expect(tellCheckRun({ kind: 'failed', reason: 'service', message: 'no!' })).toMatchObject({ level: 'warning', message: expect.stringMatching(/no!/) as string });
});
