import { describe, expect, test } from 'vitest';
import { isUserError } from '../../src/errors.ts';
import { changeOf, pullRequestOf, refuseUnsafeEvent } from '../../src/github/event.ts';

const repo = { owner: 'octo', repo: 'demo' };

function pullRequest(headRepository: string | null): { pull_request: object } {
  const head = { sha: 'e'.repeat(40), repo: headRepository === null ? null : { full_name: headRepository } };
  return { pull_request: { number: 7, head, base: { repo: { full_name: 'octo/demo' } } } };
}

describe('pullRequestOf', () => {
  test.each([
    ['a branch', 'octo/demo', false],
    ['a fork', 'stranger/demo', true],
    ['a fork that is gone', null, true],
  ])('knows %s', (_, headRepository, fromFork) => {
    const context = { eventName: 'pull_request', payload: pullRequest(headRepository), repo };
    expect(pullRequestOf(context)).toEqual({ ...repo, number: 7, headSha: 'e'.repeat(40), fromFork });
  });

  test.each(['push', 'merge_group', 'workflow_dispatch', 'pull_request_target', 'pull_request_review'])('is null for %s', (eventName) => {
    expect(pullRequestOf({ eventName, payload: pullRequest('octo/demo'), repo })).toBeNull();
  });
});

describe('changeOf', () => {
  test('is what lies between the two commits of a pull request or of a merge group', () => {
    const pull_request = { number: 7, head: { sha: 'a', repo: null }, base: { sha: 'b', repo: { full_name: 'octo/demo' } } };
    expect(changeOf({ eventName: 'pull_request', payload: { pull_request } })).toEqual({ base: 'b', head: 'a' });
    expect(changeOf({ eventName: 'merge_group', payload: { merge_group: { base_sha: 'b', head_sha: 'a' } } })).toEqual({ base: 'b', head: 'a' });
    for (const eventName of ['push', 'schedule', 'workflow_dispatch', 'merge_group']) expect(changeOf({ eventName, payload: { pull_request } })).toBeNull();
  });
});

describe('refuseUnsafeEvent', () => {
  const refused = (eventName: string, payload: object = {}) => {
    try {
      refuseUnsafeEvent({ eventName, payload, repo });
      return null;
    } catch (error) {
      return isUserError(error) ? error.code : error;
    }
  };

  test('lets pull_request through, and pull_request_target not', () => {
    expect([refused('pull_request', pullRequest('stranger/demo')), refused('pull_request_target')]).toEqual([null, 'unsafe-event']);
  });

  test('refuses workflow_run after a pull request, where a stranger may have chosen the files, and not after a push', () => {
    const after = (event: string) => refused('workflow_run', { workflow_run: { event } });
    expect([after('pull_request'), after('pull_request_target'), after('push')]).toEqual(['unsafe-event', 'unsafe-event', null]);
  });
});
