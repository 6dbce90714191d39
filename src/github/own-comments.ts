import { RequestError } from '@octokit/request-error';
import type { PullRequest } from './event.ts';
import type { Octokit } from './octokit.ts';
import { stampIn, type Stamp } from './run-stamp.ts';

/** The author behind `GITHUB_TOKEN`. No person can have this name: brackets are not allowed in one. */
const DEFAULT_AUTHOR = 'github-actions[bot]';

export interface OwnComment {
  readonly id: number;
  readonly body: string;
  /** Null for a comment of a version that wrote none. */
  readonly stamp: Stamp | null;
}

/** Hidden first line of a comment. Carries the check's id, so that several checks keep a comment each. */
export function markerOf(id: string): string {
  // Two dashes would end the HTML comment early in some parsers.
  return `<!-- layer-vitals:v1 id=${encodeURIComponent(id).replaceAll('--', '-%2D')} -->`;
}

/**
 * Comments that start with the marker and that this token's owner wrote, oldest first. Anybody can write the marker, so a
 * comment of somebody else is never taken for ours.
 */
export async function findOwnComments(octokit: Octokit, pull: PullRequest, marker: string): Promise<OwnComment[]> {
  const { owner, repo, number: issue_number } = pull;
  const comments = await octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number, per_page: 100 });
  const marked = comments.filter(({ body }) => body?.startsWith(marker));
  if (marked.length === 0) return [];
  const author = await ownLogin(octokit);
  return marked
    .filter(({ user }) => user?.login === author)
    .map(({ id, body = '' }) => ({ id, body, stamp: stampIn(body) }))
    .sort((a, b) => a.id - b.id);
}

/** `GITHUB_TOKEN` may not ask `GET /user`, but every kind of token may ask GraphQL who is looking. */
async function ownLogin(octokit: Octokit): Promise<string> {
  try {
    const { viewer } = await octokit.graphql<{ viewer: { login: string } }>('query { viewer { login } }');
    return viewer.login;
  } catch (error) {
    // At worst a token of another kind then writes a second comment. It never touches one that is not its own.
    if (isApiError(error)) return DEFAULT_AUTHOR;
    throw error;
  }
}

function isApiError(error: unknown): boolean {
  return error instanceof RequestError || (error instanceof Error && error.name === 'GraphqlResponseError');
}
