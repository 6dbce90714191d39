import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';

export type Octokit = ReturnType<typeof getOctokit>;

/** Seconds. A longer wait than this is not worth a comment: the report stands in the job summary. */
const LONGEST_WAIT = 120;
const RATE_LIMIT_RETRIES = 2;

export interface OctokitSettings {
  readonly token: string;
  /** `GITHUB_API_URL`: https://api.github.com, or `https://HOST/api/v3` on an enterprise server. */
  readonly apiUrl: string;
  /** Milliseconds that one second of waiting takes. */
  readonly second?: number;
}

/** A client that waits as long as a rate limit says, and retries what the server failed to do (5xx, no connection). */
export function createOctokit({ token, apiUrl, second = 1000 }: OctokitSettings): Octokit {
  const wait = (seconds: number, _request: unknown, _octokit: unknown, retries: number): boolean =>
    seconds <= LONGEST_WAIT && retries < RATE_LIMIT_RETRIES;
  return getOctokit(
    token,
    {
      baseUrl: apiUrl,
      throttle: { id: apiUrl, onRateLimit: wait, onSecondaryRateLimit: wait, retryAfterBaseValue: second },
      retry: { retryAfterBaseValue: second },
    },
    // Throttling first: it hears "retry after" before the other one counts a 429 as a failure like any other.
    throttling,
    retry,
  );
}
