import type { RequestError } from '@octokit/request-error';

/** `service`: GitHub was not reached, was broken or asked to wait for too long. */
export type FailureReason = 'permission' | 'length' | 'service';

/** Why a request that was not too long was refused. */
export function failureReason({ status, message, response }: RequestError): Exclude<FailureReason, 'length'> {
  const exhausted = response?.headers['x-ratelimit-remaining'] === '0' || /\brate limit\b/i.test(message);
  return [401, 403, 404].includes(status) && !exhausted ? 'permission' : 'service';
}
