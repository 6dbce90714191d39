import { RequestError } from '@octokit/request-error';
import type { Detail } from '../report/types.ts';
import type { PullRequest } from './event.ts';
import { fitting } from './fitting.ts';
import type { Octokit } from './octokit.ts';
import { findOwnComments, markerOf } from './own-comments.ts';

/** GitHub's limit. Whether it counts code points or UTF-16 units is not documented; units are never fewer. */
export const COMMENT_CHARACTERS = 65_536;

export type CommentResult =
  | { readonly kind: 'created' | 'updated'; readonly url: string; readonly duplicatesRemoved: number }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string };

/** `service`: GitHub was not reached, was broken or asked to wait for too long. */
export type FailureReason = 'permission' | 'length' | 'service';

/**
 * Creates this check's comment, or updates the oldest one it has and deletes the others.
 *
 * @param id tells this check's comment from those of other checks on the same pull request
 * @param render the report; asked for less detail while the comment is too long
 * @returns what came of it: an API that says no is a result here, not an exception
 */
export async function putComment(
  octokit: Octokit,
  pull: PullRequest,
  id: string,
  render: (detail: Detail) => string,
): Promise<CommentResult> {
  const marker = markerOf(id);
  const bodies = fitting(
    (detail) => `${marker}\n${render(detail)}`,
    (body) => body.length <= COMMENT_CHARACTERS,
  );
  try {
    const [oldest, ...duplicates] = await findOwnComments(octokit, pull, marker);
    const url = await writeLongestAccepted(bodies, (body) =>
      oldest === undefined ? create(octokit, pull, body) : update(octokit, pull, oldest, body),
    );
    if (url === null) return { kind: 'failed', reason: 'length', message: 'The report is too long for a comment.' };
    for (const duplicate of duplicates) await remove(octokit, pull, duplicate);
    return { kind: oldest === undefined ? 'created' : 'updated', url, duplicatesRemoved: duplicates.length };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { kind: 'failed', reason: reasonOf(error), message: error.message };
  }
}

/** GitHub may count otherwise than we do: a 422 asks for the next shorter one. Null when all were too long. */
async function writeLongestAccepted(
  bodies: Iterable<string>,
  write: (body: string) => Promise<string>,
): Promise<string | null> {
  for (const body of bodies) {
    try {
      return await write(body);
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 422) throw error;
    }
  }
  return null;
}

async function create(octokit: Octokit, { owner, repo, number }: PullRequest, body: string): Promise<string> {
  const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body });
  return data.html_url;
}

async function update(octokit: Octokit, { owner, repo }: PullRequest, comment: number, body: string): Promise<string> {
  const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: comment, body });
  return data.html_url;
}

async function remove(octokit: Octokit, { owner, repo }: PullRequest, comment: number): Promise<void> {
  try {
    await octokit.rest.issues.deleteComment({ owner, repo, comment_id: comment });
  } catch (error) {
    // Another run was faster.
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
  }
}

function reasonOf({ status, message, response }: RequestError): FailureReason {
  const exhausted = response?.headers['x-ratelimit-remaining'] === '0' || /\brate limit\b/i.test(message);
  return [401, 403, 404].includes(status) && !exhausted ? 'permission' : 'service';
}
