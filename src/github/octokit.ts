import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { RequestError } from '@octokit/request-error';

export type Octokit = ReturnType<typeof getOctokit>;

/** Seconds. A longer wait than this is not worth a comment: the report stands in the job summary. */
const LONGEST_WAIT = 120;
const RATE_LIMIT_RETRIES = 2;
const PATIENCE = 20_000;

export interface OctokitSettings {
  readonly token: string;
  /** `GITHUB_API_URL`: https://api.github.com, or `https://HOST/api/v3` on an enterprise server. */
  readonly apiUrl: string;
  /** Milliseconds that one second of waiting takes. */
  readonly second?: number;
  /** Milliseconds until a request without an answer counts as failed. */
  readonly patience?: number;
}

/** A client that waits as long as a rate limit says, and retries what the server failed to do (5xx, no answer, half an answer). */
export function createOctokit({ token, apiUrl, second = 1000, patience = PATIENCE }: OctokitSettings): Octokit {
  const wait = (seconds: number, _request: unknown, _octokit: unknown, retries: number): boolean =>
    seconds <= LONGEST_WAIT && retries < RATE_LIMIT_RETRIES;
  return getOctokit(
    token,
    {
      baseUrl: apiUrl,
      throttle: { id: apiUrl, onRateLimit: wait, onSecondaryRateLimit: wait, retryAfterBaseValue: second },
      retry: { retryAfterBaseValue: second },
    },
    // The innermost first, so that each attempt is judged by itself; throttling hears "retry after" before `retry` counts a
    // 429 as a failure like any other.
    wholeAnswers(patience),
    throttling,
    retry,
  );
}

/** Octokit waits for ever, and takes JSON that ends too early for a text. Both count as failures of the server. */
function wholeAnswers(patience: number): (octokit: Pick<Octokit, 'hook'>) => void {
  return (octokit) => {
    octokit.hook.wrap('request', async (request, options) => {
      let timer: NodeJS.Timeout | undefined;
      // The client that @actions/github brings does not heed an abort signal.
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new RequestError('There was no answer.', 504, { request: options }));
        }, patience);
      });
      const response = await Promise.race([request(options), silence]).finally(() => {
        clearTimeout(timer);
      });
      const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '');
      if (!isJson || typeof response.data !== 'string') return response;
      throw new RequestError('The answer was cut short.', 502, { request: options, response });
    });
  };
}
