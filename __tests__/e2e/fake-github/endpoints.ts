import type { Request } from './request-shapes.ts';
import type { Comment, Grant, World } from './world.ts';

export interface Response {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function failure(status: number, message: string, extra: object = {}): Response {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...extra } };
}

/** Answers a request whose shape is right and whose sender is known. */
export function answer(world: World, grant: Grant, request: Request, self: string): Response {
  const { method, path } = request;
  if (path === '/graphql') return viewer(world, grant);
  const inRepository = new RegExp(`^/repos/${world.owner}/${world.repo}/issues/(.+)$`).exec(path)?.[1];
  if (inRepository === undefined) return failure(404, 'Not Found');
  if (method !== 'GET' && !grant.mayWrite) return failure(403, 'Resource not accessible by integration');

  if (inRepository === `${world.pull}/comments`) {
    return method === 'GET' ? list(world, request, self) : create(world, grant, request);
  }
  const comment = world.comments.find(({ id }) => inRepository === `comments/${id}`);
  if (comment === undefined) return failure(404, 'Not Found');
  // A token with write access may change everybody's comments: the server does not keep an action from doing so.
  return method === 'DELETE' ? remove(world, comment) : update(world, comment, request);
}

function viewer(world: World, { account }: Grant): Response {
  if (!world.graphql) return failure(404, 'Not Found');
  return { status: 200, body: { data: { viewer: { login: account.login } } } };
}

function list(world: World, { path, query }: Request, self: string): Response {
  const perPage = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  const last = Math.max(Math.ceil(world.comments.length / perPage), 1);
  const link = (to: number, rel: string): string => `<${self}${path}?per_page=${perPage}&page=${to}>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: world.comments.slice((page - 1) * perPage, page * perPage),
    ...(links.length > 0 && { headers: { link: links.join(', ') } }),
  };
}

function create(world: World, { account }: Grant, request: Request): Response {
  const body = bodyOf(request);
  return refused(world, body) ?? { status: 201, body: world.add(account, body) };
}

function update(world: World, comment: Comment, request: Request): Response {
  const body = bodyOf(request);
  const no = refused(world, body);
  if (no !== null) return no;
  Object.assign(comment, { body, updated_at: new Date().toISOString() });
  return { status: 200, body: comment };
}

function remove(world: World, comment: Comment): Response {
  world.remove(comment);
  return { status: 204 };
}

function refused(world: World, body: string): Response | null {
  if (Array.from(body).length <= world.maxCharacters) return null;
  const message = `Body is too long (maximum is ${world.maxCharacters} characters)`;
  return failure(422, 'Validation Failed', { errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }] });
}

function bodyOf(request: Request): string {
  return (request.body as { body: string }).body;
}
