import * as core from '@actions/core';
import { context } from '@actions/github';
import type { CheckRequest } from './check.ts';
import type { OverrideName } from './config/overrides.ts';
import { isUserError, UserError } from './errors.ts';
import type { Share } from './experiment/grid.ts';
import { changeOf, pullRequestOf, refuseUnsafeEvent } from './github/event.ts';
import { commentOnFork } from './github/fork-comment.ts';
import { readInputs, type Inputs } from './github/inputs.ts';
import { mergeBase } from './github/merge-base.ts';
import { createOctokit } from './github/octokit.ts';
import { COULD_NOT_RUN, NO_FILES, setOutputs } from './github/outputs.ts';
import { publicationOfError, publicationOfReport, type Publication } from './github/publication.ts';
import { publishShare, type SharePublication } from './github/publish-share.ts';
import { publish, type RunFacts, type Services } from './github/publish.ts';
import { shardArtifactName } from './github/report-files.ts';
import { shardsOfRun } from './github/shard-artifacts.ts';
import { writeSummary } from './github/summary.ts';
import type { BaselineRequest, Remote } from './git/baseline-commit.ts';
import { provideNative } from './native-command.ts';
import { ProgressLine } from './progress-line.ts';
import { stackLines } from './report/plain.ts';
import { shareLine } from './report/share.ts';
import { readShards } from './shard-folder.ts';
import type { ShardFile } from './shards.ts';

const services: Services = {
  upload: async (request) => (await import('./artifact-service.ts')).uploadArtifact(request),
  htmlReport: async (page) => (await import('./html-report.ts')).htmlReport(page),
};

/** Whether a cancellation may still say that nothing was judged. */
let judged = false;
/** The check's id, once it is known. */
let checkId = '';

async function run(): Promise<void> {
  const { checkIdOf, NIGHTLY, OVERRIDES } = await import('./check.ts');
  const given = readInputs(core.getInput, Object.keys(OVERRIDES) as OverrideName[]);
  const inputs = { ...given, profile: given.profile ?? (context.eventName === 'schedule' ? NIGHTLY : null) };
  if (inputs.token !== '') core.setSecret(inputs.token);
  if (inputs.command === 'comment') {
    await commentOnFork(inputs, context);
    return;
  }
  const id = checkIdOf({ cwd: process.cwd(), path: inputs.configPath, profile: inputs.profile });
  checkId = id;
  core.setOutput('id', id);
  const { shard } = inputs;
  if (shard !== null) {
    const publication = await measureShard(shard, id, inputs);
    judged = true;
    await publishShare(publication, id, runFacts(), services.upload);
    return;
  }
  const publication = await examine(id, inputs);
  judged = true;
  const facts = runFacts();
  if (facts.pull === null) core.info(`No comment and no check run: the event \`${context.eventName}\` names no pull request.`);
  await publish(publication, id, inputs, facts, services);
}

/** Runs the check. Whatever it throws is part of what is published. */
async function examine(id: string, inputs: Inputs<OverrideName>): Promise<Publication> {
  const { check, findingPlaces } = await import('./check.ts');
  try {
    const report = await withRequest(inputs, async (request) => check(request, inputs.command === 'merge' ? await shardsFor(id, inputs) : null));
    return publicationOfReport(report, findingPlaces(process.cwd(), inputs.configPath, inputs.profile));
  } catch (error) {
    return publicationOf(error);
  }
}

/** Measures a part of the runs. */
async function measureShard(part: string, id: string, inputs: Inputs<OverrideName>): Promise<SharePublication> {
  const { checkShare, failedShare, shareCalled } = await import('./check.ts');
  let share: Share | null = null;
  const artifactOf = (named: Share) => (inputs.artifact ? shardArtifactName(id, named, runFacts().attempt) : null);
  try {
    const named = (share = shareCalled(part));
    const measured = await withRequest(inputs, (request) => checkShare(request, named));
    return { told: { line: shareLine(measured) }, file: measured.file, artifact: artifactOf(named) };
  } catch (error) {
    const failed = publicationOf(error);
    // So that the job which merges can say why.
    return { told: { failed }, file: share && failed.couldNotRun && failedShare(share, failed.couldNotRun), artifact: share && artifactOf(share) };
  }
}

function publicationOf(error: unknown): Publication {
  if (!isUserError(error)) core.info(stackLines(error));
  return publicationOfError(error);
}

async function withRequest<T>({ configPath, profile, overrides, token }: Inputs<OverrideName>, work: (request: CheckRequest) => Promise<T>): Promise<T> {
  // A runner may pretend to be a terminal, and would not see a command behind a bar on the same line.
  const progress = new ProgressLine(process.stdout, false);
  const onProgress = progress.show.bind(progress);
  try {
    refuseUnsafeEvent(context);
    if (overrides.backend?.trim() === 'native') await provideNative({ onStep: onProgress, clear: progress.clear.bind(progress) });
    return await work({ cwd: process.cwd(), configPath, profile, overrides, change: changeToCheck(), remote: remoteFor(token), threads: null, onProgress, onNotice: core.info });
  } finally {
    progress.clear();
  }
}

/** What earlier jobs of this run have measured. */
async function shardsFor(id: string, { shards, token }: Inputs<OverrideName>): Promise<readonly ShardFile[]> {
  if (shards !== null) return readShards(process.cwd(), shards);
  if (token === '') throw new UserError('no-artifacts', '`command: merge` has no token to read the artifacts of this run.', 'Give it a `github-token`, or a folder as input `shards`.');
  const { apiUrl, repo, runId } = context;
  return shardsOfRun(createOctokit({ token, apiUrl }), repo, runId, id);
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
  setOutputs({ id: checkId, ...COULD_NOT_RUN, ...NO_FILES });
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
