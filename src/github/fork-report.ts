import { strFromU8 } from 'fflate';
import { UserError } from '../errors.ts';
import { parseCouldNotRun, parseReport } from '../report/parse-report.ts';
import { type Limits, unpacked } from './archive.ts';
import type { EventContext, PullRequest } from './event.ts';
import type { Octokit } from './octokit.ts';
import { publicationOfCouldNotRun, publicationOfReport, type Publication } from './publication.ts';
import { FILES, isArtifactOf } from './report-files.ts';

/** What a stranger's run hands over is not unpacked without a limit. */
const LIMITS: Limits = { archive: 20 * 2 ** 20, file: 64 * 2 ** 20 };
const MOST_ARTIFACTS = 20;

/** The run of another workflow whose end started this one, as GitHub's event has it. */
export interface FinishedRun {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly url: string;
  readonly headSha: string;
  /** `owner:branch`; null where the fork is gone. */
  readonly head: string | null;
}

interface WorkflowRunPayload {
  readonly id: number;
  readonly run_number: number;
  readonly run_attempt: number;
  readonly html_url: string;
  readonly event: string;
  readonly head_sha: string;
  readonly head_branch: string | null;
  readonly head_repository: { readonly owner: { readonly login: string } } | null;
}

/**
 * @returns null where the run was not of a pull request
 * @throws UserError on any other event than `workflow_run`
 */
export function finishedRun({ eventName, payload }: EventContext): FinishedRun | null {
  const run = payload.workflow_run as WorkflowRunPayload | undefined;
  if (eventName !== 'workflow_run' || run === undefined) {
    throw new UserError('wrong-event', `\`command: comment\` runs on \`workflow_run\`, not on \`${eventName}\`.`, 'Use the second workflow of docs/github.md#forks as it is.');
  }
  if (run.event !== 'pull_request') return null;
  const owner = run.head_repository?.owner.login;
  const head = owner === undefined || run.head_branch === null ? null : `${owner}:${run.head_branch}`;
  return { id: run.id, number: run.run_number, attempt: run.run_attempt, url: run.html_url, headSha: run.head_sha, head };
}

/**
 * The open pull request whose head the run has checked. GitHub's answer decides, nothing that the run handed over; by its
 * head, as commits of forks belong to no pull request in the API.
 *
 * @returns null where there is none (any more): it was closed, or has a newer commit
 */
export async function pullRequestOfRun(octokit: Octokit, { owner, repo }: EventContext['repo'], { head, headSha }: FinishedRun): Promise<PullRequest | null> {
  if (head === null) return null;
  const pulls = await octokit.paginate(octokit.rest.pulls.list, { owner, repo, state: 'open', head, per_page: 100 });
  const found = pulls.find((pull) => pull.head.sha === headSha && pull.base.repo.full_name.toLowerCase() === `${owner}/${repo}`.toLowerCase());
  return found === undefined ? null : { owner, repo, number: found.number, headSha, fromFork: true };
}

/** A report that the run has kept as an artifact. */
export interface ForkReport {
  readonly id: string;
  readonly artifact: number;
  readonly publication: Publication;
}

/**
 * The reports of a run, as data: validated, and rendered anew, so that whatever a stranger wrote into them is escaped.
 *
 * @throws UserError for an artifact that is too large or not what the check writes
 */
export async function reportsOfRun(octokit: Octokit, { owner, repo }: EventContext['repo'], run: FinishedRun): Promise<readonly ForkReport[]> {
  const artifacts = await octokit.paginate(octokit.rest.actions.listWorkflowRunArtifacts, { owner, repo, run_id: run.id, per_page: 100 });
  const ours = artifacts.filter(({ name, expired }) => !expired && isArtifactOf(name, run.attempt)).slice(0, MOST_ARTIFACTS);
  const reports: ForkReport[] = [];
  for (const { id, name, size_in_bytes } of ours) {
    if (size_in_bytes > LIMITS.archive) throw notAnArtifact(name, 'it is too large');
    const { data } = await octokit.rest.actions.downloadArtifact({ owner, repo, artifact_id: id, archive_format: 'zip' });
    reports.push({ artifact: id, ...reportIn(new Uint8Array(data as ArrayBuffer), name) });
  }
  return reports;
}

/** @param name of the artifact, for error messages */
export function reportIn(archive: Uint8Array, name: string): Omit<ForkReport, 'artifact'> {
  const found = unpacked(archive, [FILES.evidence, FILES.couldNotRun], LIMITS);
  if ('why' in found) throw notAnArtifact(name, found.why, { cause: found.cause });
  const { files } = found;
  const evidence = files[FILES.evidence];
  if (evidence !== undefined) {
    const report = parseReport(strFromU8(evidence), `${name}/${FILES.evidence}`);
    const { id, config } = report.evidence.check;
    return { id, publication: publicationOfReport(report, () => ({ file: config, line: 1 })) };
  }
  const reason = files[FILES.couldNotRun];
  if (reason === undefined) throw notAnArtifact(name, `there is neither ${FILES.evidence} nor ${FILES.couldNotRun} in it`);
  const { check, ...couldNotRun } = parseCouldNotRun(strFromU8(reason), `${name}/${FILES.couldNotRun}`);
  return { id: check, publication: publicationOfCouldNotRun(couldNotRun) };
}

function notAnArtifact(name: string, why: string, options?: ErrorOptions): UserError {
  return new UserError('bad-artifact', `The artifact '${name}' is not what a check writes: ${why}.`, 'Nothing of it is shown. Look at the run that made it before you trust its pull request.', options);
}
