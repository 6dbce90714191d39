import { RequestError } from '@octokit/request-error';
import type { EventContext } from './event.ts';
import { pullRequestOf } from './event.ts';
import { failureReason } from './failure-reason.ts';
import { createOctokit } from './octokit.ts';

/** What GitHub says to a token. */
export type TokenAnswer = 'accepted' | 'refused' | 'unreachable';

/** Asks GitHub for the repository with a token. */
export async function askWith(token: string, apiUrl: string, { owner, repo }: EventContext['repo']): Promise<TokenAnswer> {
  try {
    await createOctokit({ token, apiUrl }).rest.repos.get({ owner, repo });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return failureReason(error) === 'permission' ? 'refused' : 'unreachable';
  }
}

/** Why the token of a run may only read, whatever its permissions say; null where nothing speaks for that. */
export function whyReadOnly(context: EventContext, actor: string | undefined): string | null {
  const pull = pullRequestOf(context);
  if (pull?.fromFork) return 'the pull request comes from a fork';
  return pull !== null && actor === 'dependabot[bot]' ? 'the pull request is one of Dependabot' : null;
}
