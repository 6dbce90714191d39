import { expect, test } from 'vitest';
import { tellComment } from '../../src/github/comment-message.ts';

const pull = { owner: 'octo', repo: 'demo', number: 7, fromFork: false };

test('says where the comment is', () => {
  const result = { kind: 'updated', url: 'https://github.test/c', duplicatesRemoved: 0 } as const;
  expect(tellComment(result, pull)).toEqual({ level: 'info', message: 'Comment updated: https://github.test/c' });
  expect(tellComment({ ...result, duplicatesRemoved: 2 }, pull).message).toMatch(/2 older duplicates/);
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
