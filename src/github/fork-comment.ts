import * as core from '@actions/core';
import { UserError } from '../errors.ts';
import { putComment } from './comment.ts';
import { tellComment } from './comment-message.ts';
import type { EventContext } from './event.ts';
import { finishedRun, pullRequestOfRun, reportsOfRun } from './fork-report.ts';
import type { Surfaces } from './inputs.ts';
import { createOctokit } from './octokit.ts';
import { linked } from './publish.ts';

/**
 * Comments what a run on a pull request of a fork has found, from a workflow of the base repository. Nothing of the pull
 * request is checked out or run. There is no check run: a stranger's run must not be able to make one green.
 *
 * @throws UserError where the event or an artifact is not what it should be; then nothing is written
 */
export async function commentOnFork({ token, comment, recreateComment }: Surfaces, context: EventContext & { readonly apiUrl: string }): Promise<void> {
  const run = finishedRun(context);
  if (run === null) {
    core.notice('The run was not of a pull request: there is nothing to comment on.');
    return;
  }
  if (token === '' || comment === 'never') throw new UserError('no-token', '`command: comment` may not comment.', 'Give it a `github-token`, and another `comment` than never.');
  const octokit = createOctokit({ token, apiUrl: context.apiUrl });
  const pull = await pullRequestOfRun(octokit, context.repo, run);
  if (pull === null) {
    core.notice('No open pull request has the commit that was checked as its head: it was closed, or a newer commit has come.');
    return;
  }
  const reports = await reportsOfRun(octokit, context.repo, run);
  if (reports.length === 0) core.notice('The run has kept no report.');
  for (const { id, artifact, publication: { render, says, failure, quiet } } of reports) {
    const stamp = { sha: pull.headSha, run: run.id, number: run.number, attempt: run.attempt, says };
    const request = { pull, id, render: linked(render, `${run.url}/artifacts/${artifact}`), stamp, mode: comment, recreate: recreateComment, passes: failure === null, quiet };
    const { level, message } = tellComment(await putComment(octokit, request), { fromFork: false });
    core[level](message);
  }
}
