import type { CheckRunResult } from './check-run.ts';
import type { CommentResult } from './comment.ts';
import type { PullRequest } from './event.ts';
import type { FailureReason } from './failure-reason.ts';

export interface Message {
  readonly level: 'info' | 'notice' | 'warning';
  readonly message: string;
}

/** What the log says of the comment: where it is, or why there is none, and how to mend that. */
export function tellComment(result: CommentResult, { fromFork }: Pick<PullRequest, 'fromFork'>): Message {
  switch (result.kind) {
    case 'failed': {
      const { reason, message } = result;
      return {
        level: reason === 'service' ? 'warning' : 'notice',
        message: `No comment: ${causeOf(reason, fromFork)} The report is in the job summary. (${message})`,
      };
    }
    case 'left':
      return {
        level: 'info',
        message: result.because === 'newer' ? 'The comment is of a newer run, so it was left as it is.' : 'No comment, as the input `comment` says.',
      };
    default: {
      const { kind, url, duplicatesRemoved } = result;
      const removed = duplicatesRemoved === 0 ? '' : `, ${duplicatesRemoved} other${duplicatesRemoved === 1 ? '' : 's'} of this check deleted`;
      return { level: 'info', message: `Comment ${kind}: ${url}${removed}` };
    }
  }
}

/** What the log says of the check run. Without the permission there is none, and nothing to mend. */
export function tellCheckRun(result: CheckRunResult): Message {
  if (result.kind === 'created') return { level: 'info', message: `Check run created: ${result.url}` };
  if (result.reason === 'permission') return { level: 'info', message: 'No check run of its own: the job has no `checks: write`.' };
  return { level: 'warning', message: `No check run: GitHub did not take it. (${result.message})` };
}

function causeOf(reason: FailureReason, fromFork: boolean): string {
  switch (reason) {
    case 'permission':
      return fromFork
        ? 'the pull request comes from a fork, so its token may only read. A second workflow can write it: docs/github.md#forks.'
        : 'the token may not write one. Give the job `permissions: pull-requests: write`.';
    case 'length':
      return 'the report is too long for one.';
    case 'service':
      return 'GitHub did not take it.';
  }
}
