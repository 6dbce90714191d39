import { describe, expect, test } from 'vitest';
import { isUserError } from '../../src/errors.ts';
import { pullRequestOf, refuseUnsafeEvent } from '../../src/github/event.ts';

const repo = { owner: 'octo', repo: 'demo' };

function pullRequest(headRepository: string | null): { pull_request: object } {
  const head = { repo: headRepository === null ? null : { full_name: headRepository } };
  return { pull_request: { number: 7, head, base: { repo: { full_name: 'octo/demo' } } } };
}

describe('pullRequestOf', () => {
  test.each([
    ['a branch', 'octo/demo', false],
    ['a fork', 'stranger/demo', true],
    ['a fork that is gone', null, true],
  ])('knows %s', (_, headRepository, fromFork) => {
    const context = { eventName: 'pull_request', payload: pullRequest(headRepository), repo };
    expect(pullRequestOf(context)).toEqual({ ...repo, number: 7, fromFork });
  });

  test.each(['push', 'merge_group', 'workflow_dispatch', 'pull_request_target', 'pull_request_review'])('is null for %s', (eventName) => {
    expect(pullRequestOf({ eventName, payload: pullRequest('octo/demo'), repo })).toBeNull();
  });
});

describe('refuseUnsafeEvent', () => {
  test('lets pull_request through, and pull_request_target not', () => {
    expect(() => {
      refuseUnsafeEvent('pull_request');
    }).not.toThrow();
    expect(() => {
      refuseUnsafeEvent('pull_request_target');
    }).toThrow(expect.toSatisfy((error) => isUserError(error) && error.code === 'unsafe-event'));
  });
});
