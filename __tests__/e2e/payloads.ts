import { readFileSync } from 'node:fs';

interface Payload {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What GitHub sends, as it is published (scripts/github-descriptions.mjs). */
const { payloads } = JSON.parse(readFileSync(new URL('fake-github/published/payloads.json', import.meta.url), 'utf8')) as { payloads: readonly Payload[] };

function published(event: string, action?: string): Payload {
  return payloads.find(({ event: name, payload }) => name === event && (action === undefined || payload.action === action))!;
}

interface Head {
  readonly ref: string;
  readonly repo: Readonly<Record<string, unknown>>;
}

/** Head commit of the pull request. */
export const HEAD_SHA = (published('pull_request').payload.pull_request as { readonly head: { readonly sha: string } }).head.sha;

interface PullRequestEdits {
  readonly action?: 'opened' | 'synchronize' | 'ready_for_review' | 'converted_to_draft';
  readonly fork?: boolean;
  readonly draft?: boolean;
  /** Commits of a repository that is there. */
  readonly commits?: { readonly base: string; readonly head: string };
}

/** A push to a pull request, or what else happens to one; none that is published comes from a fork, and no push is to a draft, so that these are edited. */
export function pullRequest({ action = 'synchronize', fork = false, draft, commits }: PullRequestEdits = {}): Payload {
  const { event, payload } = published('pull_request', action);
  const pull = payload.pull_request as { readonly head: Head; readonly base: Head };
  const stranger = { full_name: 'stranger/Hello-World', fork: true, owner: { login: 'stranger', type: 'User' } };
  const head = { ...pull.head, ...(commits && { sha: commits.head }), ...(fork && { label: `stranger:${pull.head.ref}`, repo: { ...pull.head.repo, ...stranger } }) };
  const base = { ...pull.base, ...(commits && { sha: commits.base }) };
  return { event, payload: { ...payload, pull_request: { ...pull, ...(draft !== undefined && { draft }), head, base } } };
}

/** A push to a branch, of a commit that is there. */
export function push(commit: string): Payload {
  const { event, payload } = PUSH;
  return { event, payload: { ...payload, after: commit, head_commit: { ...(payload.head_commit as object | null), id: commit } } };
}

/** A group of the merge queue, of commits that are there. */
export function mergeGroup({ base, merge }: { readonly base: string; readonly merge: string }): Payload {
  const { event, payload } = MERGE_GROUP;
  return { event, payload: { ...payload, merge_group: { ...(payload.merge_group as object), base_sha: base, head_sha: merge } } };
}

interface RunEdits {
  readonly event?: string;
  readonly conclusion?: string;
  readonly headSha?: string;
  readonly headOwner?: string;
  readonly headBranch?: string;
  readonly id?: number;
}

/** The end of a run; none that is published is of a pull request of a fork, so that one is edited. */
export function workflowRun({ event = 'pull_request', conclusion = 'failure', headSha = HEAD_SHA, headOwner = 'stranger', headBranch = 'changes', id = 30433642 }: RunEdits = {}): Payload {
  const { payload } = published('workflow_run');
  const run = payload.workflow_run as Readonly<Record<string, unknown>>;
  const repository = run.head_repository as Readonly<Record<string, unknown>>;
  const head_repository = { ...repository, full_name: `${headOwner}/Hello-World`, owner: { login: headOwner, type: 'User' } };
  const edited = { ...run, id, event, conclusion, head_sha: headSha, head_branch: headBranch, head_repository, run_attempt: 1, pull_requests: [] };
  return { event: 'workflow_run', payload: { ...payload, workflow_run: edited } };
}

export const PUSH = published('push');
export const MERGE_GROUP = published('merge_group');
export const WORKFLOW_DISPATCH = published('workflow_dispatch');
/** Nothing is published for a schedule: its payload says when. */
export const SCHEDULE: Payload = { event: 'schedule', payload: { schedule: '17 3 * * *' } };
export const PULL_REQUEST_TARGET: Payload = { ...pullRequest(), event: 'pull_request_target' };
