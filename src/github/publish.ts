import * as core from '@actions/core';
import type { Chart } from '../report/charts.ts';
import { canonicalJson } from '../report/json.ts';
import type { Detail } from '../report/types.ts';
import { forLog } from './annotations.ts';
import { keepFiles, type Upload } from './artifact.ts';
import { putCheckRun } from './check-run.ts';
import { putComment } from './comment.ts';
import { tellCheckRun, tellComment, type Message } from './comment-message.ts';
import type { PullRequest } from './event.ts';
import type { Surfaces } from './inputs.ts';
import { createOctokit } from './octokit.ts';
import { NO_FILES, setOutputs } from './outputs.ts';
import type { Publication } from './publication.ts';
import { artifactName, reportFolder, writeReportFiles } from './report-files.ts';
import { writeSummary } from './summary.ts';

/** The run of the workflow that the report is of. */
export interface RunFacts {
  readonly apiUrl: string;
  /** Address of the run's page. */
  readonly url: string;
  readonly run: number;
  readonly number: number;
  readonly attempt: number;
  /** Null where the run is of no pull request. */
  readonly pull: PullRequest | null;
}

/** What is large, and loaded only when it is needed. */
export interface Services {
  readonly upload: Upload;
  readonly htmlReport: (page: { readonly markdown: string; readonly charts: readonly Chart[] }) => Promise<string>;
}

/** Tells everybody first, what needs no network before what does, and fails the step last. */
export async function publish(publication: Publication, id: string, surfaces: Surfaces, run: RunFacts, services: Services): Promise<void> {
  const { report, render, charts, evidence, couldNotRun, annotations, outputs, failure } = publication;
  const folder = reportFolder(id, process.env.RUNNER_TEMP);
  await writeSummary(render);
  const html = await services.htmlReport({ markdown: report, charts });
  const files = await writeReportFiles(folder, { markdown: report, html, evidence, couldNotRun: couldNotRun === null ? null : canonicalJson({ check: id, ...couldNotRun }) });
  setOutputs({ ...outputs, ...NO_FILES, 'report-path': files.markdown ?? '', 'html-path': files.html ?? '', 'evidence-path': files.evidence ?? '' });

  const artifactUrl = surfaces.artifact ? await keep(Object.values(files).filter((file) => file !== null), artifactName(id, run.attempt), run.url, services.upload) : null;
  if (artifactUrl !== null) setOutputs({ 'artifact-url': artifactUrl });

  const onGitHub = run.pull !== null && surfaces.token !== '' ? await tellPullRequest(publication, id, surfaces, run, run.pull, artifactUrl) : null;
  // A check run has all of them, on the same lines.
  if (onGitHub?.annotated !== true) for (const { level, message, title, file, line } of forLog(annotations)) core[level](message, { title, file, startLine: line });
  for (const { level, message } of onGitHub?.messages ?? []) core[level](message);

  if (failure !== null) core.setFailed(failure);
}

async function keep(files: readonly string[], name: string, runUrl: string, upload: Upload): Promise<string | null> {
  const result = await keepFiles(upload, name, files, process.env);
  if (result.kind === 'uploaded') return `${runUrl}/artifacts/${result.id}`;
  if (result.kind === 'failed') core.warning(`No artifact: ${result.message}. The report is in the job summary.`);
  return null;
}

/** Check run and comment; whatever the API says no to is told, and changes no verdict. */
async function tellPullRequest(
  { title, render, annotations, conclusion, quiet, says, failure }: Publication,
  id: string,
  { token, comment, recreateComment, checkRun }: Surfaces,
  { apiUrl, run, number, attempt }: RunFacts,
  pull: PullRequest,
  artifactUrl: string | null,
): Promise<{ readonly annotated: boolean; readonly messages: readonly Message[] }> {
  const octokit = createOctokit({ token, apiUrl });
  const messages: Message[] = [];
  let annotated = false;
  if (checkRun) {
    const { owner, repo, headSha } = pull;
    const written = await putCheckRun(octokit, { owner, repo, headSha, id, conclusion, title, render, annotations });
    annotated = written.kind === 'created';
    messages.push(tellCheckRun(written));
  }
  if (comment !== 'never') {
    const stamp = { sha: pull.headSha, run, number, attempt, says };
    const written = await putComment(octokit, { pull, id, render: linked(render, artifactUrl), stamp, mode: comment, recreate: recreateComment, passes: failure === null, quiet });
    messages.push(tellComment(written, pull));
  }
  return { annotated, messages };
}

/** The report with the address at which all of it is. */
export function linked(render: (detail: Detail) => string, artifactUrl: string | null): (detail: Detail) => string {
  return artifactUrl === null ? render : (detail) => `${render(detail)}\n<sub>[Report as a page, and everything that was measured](${artifactUrl})</sub>\n`;
}
