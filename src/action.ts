import * as core from '@actions/core';
import { context } from '@actions/github';
import type { check as Check } from './check.ts';
import type { OverrideName } from './config/overrides.ts';
import { isUserError } from './errors.ts';
import { tellComment } from './github/comment-message.ts';
import { putComment } from './github/comment.ts';
import { changeOf, pullRequestOf, refuseUnsafeEvent } from './github/event.ts';
import { readInputs, type Inputs } from './github/inputs.ts';
import { mergeBase } from './github/merge-base.ts';
import { createOctokit } from './github/octokit.ts';
import { publicationOfError, publicationOfReport, type Publication } from './github/publication.ts';
import { reportFolder, writeReportFiles } from './github/report-files.ts';
import { writeSummary } from './github/summary.ts';
import type { BaselineRequest, Remote } from './git/baseline-commit.ts';
import { provideNative } from './native-command.ts';
import { ProgressLine } from './progress-line.ts';
import { stackLines } from './report/plain.ts';

async function run(): Promise<void> {
  const { check, checkIdOf, OVERRIDES } = await import('./check.ts');
  const inputs = readInputs(core.getInput, Object.keys(OVERRIDES) as OverrideName[]);
  if (inputs.token !== '') core.setSecret(inputs.token);
  const id = checkIdOf({ cwd: process.cwd(), path: inputs.configPath });
  await publish(await examine(check, inputs), id, inputs.token);
}

/** Runs the check. Whatever it throws is part of what is published. */
async function examine(check: typeof Check, { configPath, overrides, token }: Inputs<OverrideName>): Promise<Publication> {
  const progress = new ProgressLine(process.stdout);
  try {
    refuseUnsafeEvent(context.eventName);
    const onProgress = progress.show.bind(progress);
    if (overrides.backend?.trim() === 'native') await provideNative({ onStep: onProgress, clear: progress.clear.bind(progress) });
    return publicationOfReport(await check({ cwd: process.cwd(), configPath, overrides, change: changeToCheck(), remote: remoteFor(token), threads: null, onProgress, onNotice: core.info }));
  } catch (error) {
    if (!isUserError(error)) core.info(stackLines(error));
    return publicationOfError(error);
  } finally {
    progress.clear();
  }
}

function changeToCheck(): BaselineRequest | null {
  const change = changeOf(context);
  return change && { kind: 'pull-request', ...change };
}

/** GitHub itself: what a checkout without credentials lacks is fetched with the action's token. */
function remoteFor(token: string): Remote | null {
  if (token === '') return null;
  const { serverUrl, repo, apiUrl } = context;
  return {
    url: `${serverUrl}/${repo.owner}/${repo.repo}`,
    credentials: { token, serverUrl },
    mergeBase: (base, head) => mergeBase(createOctokit({ token, apiUrl }), repo, base, head),
  };
}

/** Tells everybody first, and fails the step last. */
async function publish(publication: Publication, id: string, token: string): Promise<void> {
  const { report, render, evidence, annotations, outputs, failure } = publication;

  const folder = reportFolder(id, process.env.RUNNER_TEMP);
  const files = await writeReportFiles(folder, { report, evidence });
  await writeSummary(render);
  for (const { level, message, title, file } of annotations) core[level](message, { title, file });

  const pull = pullRequestOf(context);
  if (pull !== null && token !== '') {
    const octokit = createOctokit({ token, apiUrl: context.apiUrl });
    const { level, message } = tellComment(await putComment(octokit, pull, id, render), pull);
    core[level](message);
  }

  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
  core.setOutput('report-path', files.reportPath);
  core.setOutput('evidence-path', files.evidencePath ?? '');

  if (failure !== null) core.setFailed(failure);
}

run().catch((error: unknown) => {
  core.setOutput('verdict', 'could-not-run');
  core.setFailed(`layer-vitals broke outside of the check. This is a bug of layer-vitals.\n${stackLines(error)}`);
});
