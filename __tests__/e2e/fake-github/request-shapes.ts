import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

export interface Request {
  readonly method: string;
  /** Without the prefix of an enterprise server. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const nothing = z.undefined();
const commentBody = z.strictObject({ body: z.string() });
const page = z.strictObject({
  per_page: z.coerce.number().int().min(1).max(100).optional(),
  page: z.coerce.number().int().min(1).optional(),
});
const noQuery = z.strictObject({});

/** Requests that the REST reference describes, as far as an action that comments needs them. */
const SHAPES = [
  { method: 'GET', path: /^\/repos\/[^/]+\/[^/]+\/issues\/\d+\/comments$/, query: page, body: nothing },
  { method: 'POST', path: /^\/repos\/[^/]+\/[^/]+\/issues\/\d+\/comments$/, query: noQuery, body: commentBody },
  { method: 'PATCH', path: /^\/repos\/[^/]+\/[^/]+\/issues\/comments\/\d+$/, query: noQuery, body: commentBody },
  { method: 'DELETE', path: /^\/repos\/[^/]+\/[^/]+\/issues\/comments\/\d+$/, query: noQuery, body: nothing },
  { method: 'POST', path: /^\/graphql$/, query: noQuery, body: z.strictObject({ query: z.string() }) },
] as const;

/** What is wrong with the request; null where it is one that GitHub's documentation describes. */
export function shapeViolation({ method, path, query, headers, body }: Request): string | null {
  const shape = SHAPES.find((candidate) => candidate.method === method && candidate.path.test(path));
  if (shape === undefined) return `no such endpoint: ${method} ${path}`;
  if (!headers['user-agent']) return 'a request needs a user agent';
  if (!/\bjson\b/.test(headers.accept ?? '')) return `accept is ${headers.accept ?? 'missing'}`;
  for (const [part, parsed] of [
    ['query', shape.query.safeParse(Object.fromEntries(query))],
    ['body', shape.body.safeParse(body)],
  ] as const) {
    if (!parsed.success) return `${part} of ${method} ${path}: ${z.prettifyError(parsed.error)}`;
  }
  return null;
}
