import { RequestError } from '@octokit/request-error';
import type { Detail } from '../report/types.ts';
import type { PullRequest } from './event.ts';
import { failureReason, type FailureReason } from './failure-reason.ts';
import { fitting } from './fitting.ts';
import type { Octokit } from './octokit.ts';
import { findOwnComments, markerOf, type OwnComment } from './own-comments.ts';
import { byAge, stampIn, stampLine, type Stamp } from './run-stamp.ts';

/** GitHub's limit. Whether it counts code points or UTF-16 units is not documented; units are never fewer. */
export const COMMENT_CHARACTERS = 65_536;

/** When there is to be a comment. One that is there already is always kept up to date, except with `never`. */
export const COMMENT_MODES = ['always', 'on-failure', 'on-change', 'never'] as const;
export type CommentMode = (typeof COMMENT_MODES)[number];

export interface CommentRequest {
  readonly pull: PullRequest;
  /** Tells this check's comment from those of other checks on the same pull request. */
  readonly id: string;
  /** The report; asked for less detail while the comment is too long. */
  readonly render: (detail: Detail) => string;
  readonly stamp: Stamp;
  readonly mode: Exclude<CommentMode, 'never'>;
  /** Whether a new comment takes the place of the old one, which notifies those who watch. */
  readonly recreate: boolean;
  readonly passes: boolean;
  /** Whether the report has nothing to say but that all is well. */
  readonly quiet: boolean;
}

/** `left`: no comment was to be written, or the one that is there is of a newer run. */
export type CommentResult =
  | { readonly kind: 'created' | 'updated'; readonly url: string; readonly duplicatesRemoved: number }
  | { readonly kind: 'left'; readonly because: 'newer' | 'mode' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string };

/**
 * Writes this check's comment, so that one is left of however many jobs write at once: that of the newest run.
 *
 * @returns what came of it: an API that says no is a result here, not an exception
 */
export async function putComment(octokit: Octokit, request: CommentRequest): Promise<CommentResult> {
  try {
    return await put(octokit, request);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { kind: 'failed', reason: failureReason(error), message: error.message };
  }
}

async function put(octokit: Octokit, request: CommentRequest): Promise<CommentResult> {
  const { pull, id, render, stamp, mode, passes, quiet } = request;
  const marker = markerOf(id);
  const comments = await findOwnComments(octokit, pull, marker);
  const newest = freshest(comments);
  if (newest !== null && byAge(stamp, newest.stamp) < 0) return { kind: 'left', because: 'newer' };
  if (newest === null && ((mode === 'on-failure' && passes) || (mode === 'on-change' && quiet))) return { kind: 'left', because: 'mode' };

  const unchanged = mode === 'on-change' && newest?.stamp?.says === stamp.says;
  const recreate = request.recreate && !unchanged;
  const target = recreate ? null : (comments[0] ?? null);
  const bodies = fitting(
    (detail) => `${marker}\n${stampLine(stamp)}\n${render(detail)}`,
    (body) => body.length <= COMMENT_CHARACTERS,
  );
  const written = await writeLongestAccepted(bodies, (body) => (target === null ? create(octokit, pull, body) : update(octokit, pull, target.id, body)));
  if (written === null) return { kind: 'failed', reason: 'length', message: 'The report is too long for a comment.' };
  const duplicatesRemoved = await settle(octokit, pull, marker, written, recreate);
  return { kind: target === null ? 'created' : 'updated', url: written.url, duplicatesRemoved };
}

interface Written {
  readonly id: number;
  readonly url: string;
  readonly body: string;
}

/**
 * Looks again after writing: GitHub has no conditional write, so another job may have written meanwhile. Every job that
 * looks comes to the same end: the oldest comment stays, or with `recreate` that of the newest run; it holds the newest
 * report; the others are deleted.
 *
 * @returns how many were deleted
 */
async function settle(octokit: Octokit, pull: PullRequest, marker: string, written: Written, recreate: boolean): Promise<number> {
  try {
    const seen = await findOwnComments(octokit, pull, marker);
    const mine: OwnComment = { id: written.id, body: written.body, stamp: stampIn(written.body) };
    const own = seen.some(({ id }) => id === mine.id) ? seen : [...seen, mine];
    // What this job has just written counts, even where an older run has written over it since.
    const newest = freshest([...own, mine])!;
    const kept = recreate ? newest : own[0]!;
    if (own.find(({ id }) => id === kept.id)!.body !== newest.body) await update(octokit, pull, kept.id, newest.body);
    const others = own.filter(({ id }) => id !== kept.id);
    for (const { id } of others) await remove(octokit, pull, id);
    return others.length;
  } catch (error) {
    // The comment stands; the next run tidies up.
    if (error instanceof RequestError) return 0;
    throw error;
  }
}

/** The one of the newest run; of several, the last. Null where there is none. */
function freshest(comments: readonly OwnComment[]): OwnComment | null {
  return comments.reduce<OwnComment | null>((best, comment) => (best === null || byAge(comment.stamp, best.stamp) >= 0 ? comment : best), null);
}

/** GitHub may count otherwise than we do: a 422 asks for the next shorter one. Null when all were too long. */
async function writeLongestAccepted(bodies: Iterable<string>, write: (body: string) => Promise<Written>): Promise<Written | null> {
  for (const body of bodies) {
    try {
      return await write(body);
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 422) throw error;
    }
  }
  return null;
}

async function create(octokit: Octokit, { owner, repo, number }: PullRequest, body: string): Promise<Written> {
  const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body });
  return { id: data.id, url: data.html_url, body };
}

async function update(octokit: Octokit, { owner, repo }: PullRequest, comment: number, body: string): Promise<Written> {
  const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: comment, body });
  return { id: data.id, url: data.html_url, body };
}

async function remove(octokit: Octokit, { owner, repo }: PullRequest, comment: number): Promise<void> {
  try {
    await octokit.rest.issues.deleteComment({ owner, repo, comment_id: comment });
  } catch (error) {
    // Another run was faster.
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
  }
}
