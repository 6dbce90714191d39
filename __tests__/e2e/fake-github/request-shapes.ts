import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';

export interface Request {
  readonly method: string;
  /** Without the prefix of an enterprise server. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly route: string;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly required: boolean; readonly schema: AnySchemaObject }[];
  readonly body: AnySchemaObject | null;
}

/** GitHub's own description of the operations that the action uses (scripts/github-descriptions.mjs). */
const { operations } = JSON.parse(readFileSync(new URL('published/api.json', import.meta.url), 'utf8')) as { operations: readonly Operation[] };

const ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: true });
const compiled = operations.map((operation) => ({
  id: operation.id,
  method: operation.method,
  path: new RegExp(`^${operation.route.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
  inPath: ajv.compile(parametersSchema(operation, 'path')),
  inQuery: ajv.compile(parametersSchema(operation, 'query')),
  body: bodyValidator(operation),
}));

const graphql = new Ajv().compile({ type: 'object', required: ['query'], properties: { query: { type: 'string' } }, additionalProperties: false });

/** Id of the operation that a request is of, and what it has in its path; null where there is none. */
export function operationOf({ method, path }: Request): { readonly id: string; readonly inPath: Readonly<Record<string, string>> } | null {
  for (const operation of compiled) {
    const groups = operation.method === method ? operation.path.exec(path)?.groups : undefined;
    if (groups) return { id: operation.id, inPath: groups };
  }
  return null;
}

/** What is wrong with the request; null where it is one that GitHub's description allows. */
export function shapeViolation(request: Request): string | null {
  const { method, path, query, headers, body } = request;
  if (!headers['user-agent']) return 'a request needs a user agent';
  if (!/\bjson\b/.test(headers.accept ?? '')) return `accept is ${headers.accept ?? 'missing'}`;
  const where = `${method} ${path}`;
  if (where === 'POST /graphql') return told(where, 'body', graphql, body);
  const found = operationOf(request);
  const operation = compiled.find(({ id }) => id === found?.id);
  if (!found || !operation) return `no such endpoint: ${where}`;
  const parts = [
    told(where, 'path', operation.inPath, { ...found.inPath }),
    told(where, 'query', operation.inQuery, Object.fromEntries(query)),
    told(where, 'body', operation.body, body ?? null),
  ];
  return parts.find((violation) => violation !== null) ?? null;
}

function told(where: string, part: string, validate: ValidateFunction, value: unknown): string | null {
  return validate(value) ? null : `${part} of ${where}: ${ajv.errorsText(validate.errors)}`;
}

function parametersSchema({ parameters }: Operation, place: 'path' | 'query'): AnySchemaObject {
  const own = parameters.filter((parameter) => parameter.in === place);
  return {
    type: 'object',
    properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
    required: own.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** GitHub ignores what it does not know; here it is a mistake of ours. A body's types are not bent, unlike those in an address. */
function bodyValidator({ body }: Operation): ValidateFunction {
  const strict = new Ajv({ strict: false, validateFormats: false });
  if (body === null) return strict.compile({ const: null });
  return strict.compile(body.properties ? { additionalProperties: false, ...body } : body);
}
