import * as core from '@actions/core';
import { context } from '@actions/github';
import type { OverrideName } from './config/overrides.ts';
import { isUserError, UserError } from './errors.ts';
import { changeOf, pullRequestOf, refuseUnsafeEvent } from './github/event.ts';
import { commentOnFork } from './github/fork-comment.ts';
import { readInputs, type Inputs } from './github/inputs.ts';
import { mergeBase } from './github/merge-base.ts';
import { createOctokit } from './github/octokit.ts';
import { publicationOfError, publicationOfReport, type Publication } from './github/publication.ts';
import { publish, type RunFacts, type Services } from './github/publish.ts';
import { writeSummary } from './github/summary.ts';
import type { BaselineRequest, Remote } from './git/baseline-commit.ts';
import { provideNative } from './native-command.ts';
import { ProgressLine } from './progress-line.ts';
import { stackLines } from './report/plain.ts';

const services: Services = {
  upload: async (request) => (await import('./artifact-service.ts')).uploadArtifact(request),
  htmlReport: async (page) => (await import('./html-report.ts')).htmlReport(page),
};

/** Whether a cancellation may still say that nothing was judged. */
let judged = false;

async function run(): Promise<void> {
  const { checkIdOf, OVERRIDES } = await import('./check.ts');
  const inputs = readInputs(core.getInput, Object.keys(OVERRIDES) as OverrideName[]);
  if (inputs.token !== '') core.setSecret(inputs.token);
  if (inputs.command === 'comment') {
    await commentOnFork(inputs, context);
    return;
  }
  const id = checkIdOf({ cwd: process.cwd(), path: inputs.configPath });
  const publication = await examine(inputs);
  judged = true;
  const facts = runFacts();
  if (facts.pull === null) core.info(`No comment and no check run: the event \`${context.eventName}\` names no pull request.`);
  await publish(publication, id, inputs, facts, services);
}

/** Runs the check. Whatever it throws is part of what is published. */
async function examine({ configPath, overrides, token }: Inputs<OverrideName>): Promise<Publication> {
  const { check, findingPlaces } = await import('./check.ts');
  // A runner may pretend to be a terminal, and would not see a command behind a bar on the same line.
  const progress = new ProgressLine(process.stdout, false);
  try {
    refuseUnsafeEvent(context);
    const onProgress = progress.show.bind(progress);
    if (overrides.backend?.trim() === 'native') await provideNative({ onStep: onProgress, clear: progress.clear.bind(progress) });
    const report = await check({ cwd: process.cwd(), configPath, overrides, change: changeToCheck(), remote: remoteFor(token), threads: null, onProgress, onNotice: core.info });
    return publicationOfReport(report, findingPlaces(process.cwd(), configPath));
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

function runFacts(): RunFacts {
  const { apiUrl, serverUrl, repo, runId, runNumber, runAttempt } = context;
  return {
    apiUrl,
    url: `${serverUrl}/${repo.owner}/${repo.repo}/actions/runs/${runId}`,
    run: runId || 0,
    number: runNumber || 0,
    attempt: runAttempt || 1,
    pull: pullRequestOf(context),
  };
}

/** Nothing was asked of GitHub yet: the summary and the step say what is wrong. */
async function end(error: unknown): Promise<void> {
  core.setOutput('verdict', 'could-not-run');
  if (!isUserError(error)) {
    core.setFailed(`layer-vitals broke outside of the check. This is a bug of layer-vitals.\n${stackLines(error)}`);
    return;
  }
  const { render, failure } = publicationOfError(error);
  await writeSummary(render);
  core.setFailed(failure ?? error.message);
}

/** A runner waits 7.5 seconds after the first signal, and 2.5 after the second. */
async function cancelled(): Promise<never> {
  if (!judged) await end(new UserError('cancelled', 'The run was cancelled before it came to a verdict.', 'Nothing was judged. Run it again, unless a newer commit has taken its place.'));
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cancelled());
// Whatever may still try in vain, such as the client of a broken artifact service: the step ends when all is told.
run().catch(end).then(() => process.exit(), () => process.exit(1));
