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

/** A push to a pull request; none that is published comes from a fork, so that one is edited. */
export function pullRequest({ fork = false, draft = false } = {}): Payload {
  const { event, payload } = published('pull_request', draft ? 'converted_to_draft' : 'synchronize');
  if (!fork) return { event, payload };
  const pull = payload.pull_request as { readonly head: Head };
  const repo = { ...pull.head.repo, full_name: 'stranger/Hello-World', fork: true, owner: { login: 'stranger', type: 'User' } };
  const head = { ...pull.head, label: `stranger:${pull.head.ref}`, repo };
  return { event, payload: { ...payload, pull_request: { ...pull, head } } };
}

export const PUSH = published('push');
export const MERGE_GROUP = published('merge_group');
export const WORKFLOW_DISPATCH = published('workflow_dispatch');
/** Nothing is published for a schedule: its payload says when. */
export const SCHEDULE: Payload = { event: 'schedule', payload: { schedule: '17 3 * * *' } };
export const PULL_REQUEST_TARGET: Payload = { ...pullRequest(), event: 'pull_request_target' };
