import { RequestError } from '@octokit/request-error';
import type { Octokit } from './octokit.ts';

/** The commit in which two lines of history part, as GitHub knows it; null where it does not say. */
export async function mergeBase(octokit: Octokit, { owner, repo }: { readonly owner: string; readonly repo: string }, base: string, head: string): Promise<string | null> {
  try {
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead: `${base}...${head}`, per_page: 1 });
    return data.merge_base_commit.sha;
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  }
}
