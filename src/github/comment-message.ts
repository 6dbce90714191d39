import type { CommentResult, FailureReason } from './comment.ts';
import type { PullRequest } from './event.ts';

export interface Message {
  readonly level: 'info' | 'notice' | 'warning';
  readonly message: string;
}

/** What the log says of the comment: where it is, or why there is none, and how to mend that. */
export function tellComment(result: CommentResult, { fromFork }: PullRequest): Message {
  if (result.kind === 'failed') {
    const { reason, message } = result;
    return {
      level: reason === 'service' ? 'warning' : 'notice',
      message: `No comment: ${causeOf(reason, fromFork)} The report is in the job summary. (${message})`,
    };
  }
  const { kind, url, duplicatesRemoved } = result;
  const removed = duplicatesRemoved === 0 ? '' : `, ${duplicatesRemoved} older duplicates of it deleted`;
  return { level: 'info', message: `Comment ${kind}: ${url}${removed}` };
}

function causeOf(reason: FailureReason, fromFork: boolean): string {
  switch (reason) {
    case 'permission':
      return fromFork
        ? 'the pull request comes from a fork, so its token may only read.'
        : 'the token may not write one. Give the job `permissions: pull-requests: write`.';
    case 'length':
      return 'the report is too long for one.';
    case 'service':
      return 'GitHub did not take it.';
  }
}
