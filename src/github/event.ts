import { UserError } from '../errors.ts';

export interface PullRequest {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  readonly headSha: string;
  /** From another repository, or from one that is gone: the token of such a run may only read. */
  readonly fromFork: boolean;
}

/** The part of the `context` of @actions/github that is read here. */
export interface EventContext {
  readonly eventName: string;
  readonly payload: { readonly pull_request?: object; readonly merge_group?: object; readonly workflow_run?: object };
  readonly repo: { readonly owner: string; readonly repo: string };
}

interface PullRequestPayload {
  readonly number: number;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly sha: string; readonly repo: { readonly full_name: string } };
}

interface MergeGroupPayload {
  readonly base_sha: string;
  readonly head_sha: string;
}

/** The commits between which the change lies that an event is about. */
export interface Change {
  readonly base: string;
  readonly head: string;
}

/**
 * Models and images of a stranger are not read where the token may write.
 *
 * @throws UserError on `pull_request_target`, and on `workflow_run` after a run of a pull request
 */
export function refuseUnsafeEvent({ eventName, payload }: EventContext): void {
  const after = (payload.workflow_run as { readonly event?: string } | undefined)?.event;
  const afterPullRequest = eventName === 'workflow_run' && (after === 'pull_request' || after === 'pull_request_target');
  if (eventName !== 'pull_request_target' && !afterPullRequest) return;
  throw new UserError(
    'unsafe-event',
    `The workflow runs on \`${eventName}\`: there, models and images of a stranger would be read by a job whose token may write.`,
    'Use `on: pull_request`. To comment on pull requests of forks, add the second workflow of docs/github.md#forks, with `command: comment`.',
  );
}

/** The pull request to comment on; null for every event but `pull_request`. */
export function pullRequestOf({ eventName, payload, repo }: EventContext): PullRequest | null {
  if (eventName !== 'pull_request' || payload.pull_request === undefined) return null;
  const { number, head, base } = payload.pull_request as PullRequestPayload;
  return { ...repo, number, headSha: head.sha, fromFork: head.repo?.full_name !== base.repo.full_name };
}

/** The change that is to be checked; null for events that are about none. */
export function changeOf({ eventName, payload: { pull_request, merge_group } }: Omit<EventContext, 'repo'>): Change | null {
  if (eventName === 'pull_request' && pull_request !== undefined) {
    const { base, head } = pull_request as PullRequestPayload;
    return { base: base.sha, head: head.sha };
  }
  if (eventName !== 'merge_group' || merge_group === undefined) return null;
  const { base_sha, head_sha } = merge_group as MergeGroupPayload;
  return { base: base_sha, head: head_sha };
}
