interface Payload {
  readonly event: string;
  readonly payload: object;
}

/** The fields of GitHub's webhook payloads that tell one event from another. */
export function pullRequest({ fork = false } = {}): Payload {
  const repo = { name: 'demo', full_name: 'octo/demo', owner: { login: 'octo' } };
  const head = { sha: 'e'.repeat(40), ref: 'changes', repo: fork ? { ...repo, full_name: 'stranger/demo' } : repo };
  const base = { sha: 'b'.repeat(40), ref: 'main', repo };
  return {
    event: 'pull_request',
    payload: { action: 'synchronize', number: 7, pull_request: { number: 7, draft: false, head, base }, repository: repo },
  };
}

export const PUSH: Payload = { event: 'push', payload: { ref: 'refs/heads/main', after: 'a'.repeat(40) } };
export const MERGE_GROUP: Payload = {
  event: 'merge_group',
  payload: { action: 'checks_requested', merge_group: { head_sha: 'a'.repeat(40) } },
};
export const WORKFLOW_DISPATCH: Payload = { event: 'workflow_dispatch', payload: { inputs: {}, ref: 'refs/heads/main' } };
export const PULL_REQUEST_TARGET: Payload = { ...pullRequest(), event: 'pull_request_target' };
