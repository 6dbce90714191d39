import { RequestError } from '@octokit/request-error';
import type { Detail } from '../report/types.ts';
import type { Annotation } from './annotations.ts';
import { failureReason, type FailureReason } from './failure-reason.ts';
import { fitting } from './fitting.ts';
import type { Octokit } from './octokit.ts';

/** GitHub's limits, from its description of the API. */
export const SUMMARY_CHARACTERS = 65_535;
export const ANNOTATIONS_PER_REQUEST = 50;
const TITLE_CHARACTERS = 255;

const LEVELS = { error: 'failure', warning: 'warning', notice: 'notice' } as const satisfies Record<Annotation['level'], string>;

/** `neutral` where nothing is wrong, and nothing could be told either. */
export type Conclusion = 'success' | 'neutral' | 'failure';

export interface CheckRunRequest {
  readonly owner: string;
  readonly repo: string;
  /** Head commit of the pull request: a check of the merge commit would not be seen there. */
  readonly headSha: string;
  /** Id of the check. */
  readonly id: string;
  readonly conclusion: Conclusion;
  readonly title: string;
  readonly render: (detail: Detail) => string;
  readonly annotations: readonly Annotation[];
}

export type CheckRunResult =
  | { readonly kind: 'created'; readonly url: string }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string };

/**
 * Writes a check run with all annotations, in as many requests as that takes.
 *
 * @returns what came of it; `permission` where the job has no `checks: write`
 */
export async function putCheckRun(octokit: Octokit, request: CheckRunRequest): Promise<CheckRunResult> {
  const { owner, repo, headSha, id, conclusion, annotations } = request;
  const title = request.title.slice(0, TITLE_CHARACTERS);
  const [summary] = fitting(request.render, (text) => text.length <= SUMMARY_CHARACTERS);
  if (summary === undefined) return { kind: 'failed', reason: 'length', message: 'The report is too long for a check.' };
  const [first = [], ...rest] = batches(annotations.map(annotationOf));
  const output = { title, summary };
  try {
    const { data } = await octokit.rest.checks.create({
      owner,
      repo,
      name: checkRunName(id),
      head_sha: headSha,
      status: 'completed',
      conclusion,
      output: { ...output, annotations: first },
    });
    // What comes with an update is added to what is there.
    for (const batch of rest) await octokit.rest.checks.update({ owner, repo, check_run_id: data.id, output: { ...output, annotations: batch } });
    return { kind: 'created', url: data.html_url ?? '' };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { kind: 'failed', reason: failureReason(error), message: error.message };
  }
}

function checkRunName(id: string): string {
  return id === 'layer-vitals' ? id : `layer-vitals: ${id}`;
}

function annotationOf({ level, title, message, file, line }: Annotation) {
  return { path: file, start_line: line, end_line: line, annotation_level: LEVELS[level], title: title.slice(0, TITLE_CHARACTERS), message };
}

function batches<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / ANNOTATIONS_PER_REQUEST) }, (_, index) =>
    items.slice(index * ANNOTATIONS_PER_REQUEST, (index + 1) * ANNOTATIONS_PER_REQUEST),
  );
}
