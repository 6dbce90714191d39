import { operationOf, type Request } from './request-shapes.ts';
import type { CheckRun, Comment, Grant, Permission, World } from './world.ts';

export interface Response {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function failure(status: number, message: string, extra: object = {}): Response {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...extra } };
}

interface Call {
  readonly world: World;
  readonly grant: Grant;
  readonly request: Request;
  /** Address of the API. */
  readonly self: string;
  readonly inPath: Readonly<Record<string, string>>;
}

/** The answer to each operation, and what a token needs for it. */
const OPERATIONS: Readonly<Record<string, { readonly needs?: Permission; readonly answer: (call: Call) => Response }>> = {
  'issues/list-comments': { answer: (call) => (Number(call.inPath.issue_number) === call.world.pull ? page(call, call.world.comments) : failure(404, 'Not Found')) },
  'issues/create-comment': { needs: 'pull-requests: write', answer: (call) => (Number(call.inPath.issue_number) === call.world.pull ? create(call) : failure(404, 'Not Found')) },
  // A token with write access may change everybody's comments: the server does not keep an action from doing so.
  'issues/update-comment': { needs: 'pull-requests: write', answer: (call) => onComment(call, (comment) => update(call, comment)) },
  'issues/delete-comment': { needs: 'pull-requests: write', answer: (call) => onComment(call, (comment) => remove(call, comment)) },
  'checks/create': { needs: 'checks: write', answer: createCheckRun },
  'checks/update': { needs: 'checks: write', answer: updateCheckRun },
  'pulls/list': { answer: listPulls },
  'repos/get': { answer: ({ world }) => ({ status: 200, body: { full_name: `${world.owner}/${world.repo}` } }) },
  'repos/compare-commits-with-basehead': { answer: compareCommits },
  'actions/list-workflow-run-artifacts': { answer: listArtifacts },
  'actions/download-artifact': { answer: downloadArtifact },
};

/** Answers a request whose shape is right and whose sender is known. */
export function answer(world: World, grant: Grant, request: Request, self: string): Response {
  if (request.path === '/graphql') return viewer(world, grant);
  const { id, inPath } = operationOf(request)!;
  if (inPath.owner !== world.owner || inPath.repo !== world.repo) return failure(404, 'Not Found');
  const operation = OPERATIONS[id]!;
  if (operation.needs && !grant.may.includes(operation.needs)) return failure(403, 'Resource not accessible by integration');
  return operation.answer({ world, grant, request, self, inPath });
}

function viewer(world: World, { account }: Grant): Response {
  if (!world.graphql) return failure(404, 'Not Found');
  return { status: 200, body: { data: { viewer: { login: account.login } } } };
}

function page({ request: { path, query }, self }: Call, items: readonly unknown[], body: (shown: readonly unknown[]) => unknown = (shown) => shown): Response {
  const perPage = Number(query.get('per_page') ?? 30);
  const number = Number(query.get('page') ?? 1);
  const last = Math.max(Math.ceil(items.length / perPage), 1);
  const link = (to: number, rel: string): string => `<${self}${path}?per_page=${perPage}&page=${to}>; rel="${rel}"`;
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev'), link(1, 'first')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: body(items.slice((number - 1) * perPage, number * perPage)),
    ...(links.length > 0 && { headers: { link: links.join(', ') } }),
  };
}

function create({ world, grant: { account }, request }: Call): Response {
  const body = bodyOf(request);
  return refused(world, body) ?? { status: 201, body: world.add(account, body) };
}

function onComment({ world, inPath }: Call, act: (comment: Comment) => Response): Response {
  const comment = world.comments.find(({ id }) => id === Number(inPath.comment_id));
  return comment === undefined ? failure(404, 'Not Found') : act(comment);
}

function update({ world, request }: Call, comment: Comment): Response {
  const body = bodyOf(request);
  const no = refused(world, body);
  if (no !== null) return no;
  Object.assign(comment, { body, updated_at: new Date().toISOString() });
  return { status: 200, body: comment };
}

function remove({ world }: Call, comment: Comment): Response {
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

interface CheckRunBody {
  readonly name: string;
  readonly head_sha: string;
  readonly conclusion: string;
  readonly output: { readonly title: string; readonly summary: string; readonly annotations?: CheckRun['annotations'] };
}

function createCheckRun({ world, request }: Call): Response {
  const { name, head_sha, conclusion, output } = request.body as CheckRunBody;
  const { annotations = [], ...rest } = output;
  const id = world.newId();
  world.checkRuns.push({ id, name, head_sha, conclusion, html_url: `https://github.test/${world.owner}/${world.repo}/runs/${id}`, output: rest, annotations: [...annotations] });
  return { status: 201, body: world.checkRuns.at(-1) };
}

function updateCheckRun({ world, request, inPath }: Call): Response {
  const run = world.checkRuns.find(({ id }) => id === Number(inPath.check_run_id));
  if (run === undefined) return failure(404, 'Not Found');
  const { annotations = [], ...rest } = (request.body as CheckRunBody).output;
  run.output = rest;
  run.annotations.push(...annotations);
  return { status: 200, body: run };
}

function listPulls(call: Call): Response {
  const { world, request: { query } } = call;
  const [state, head] = [query.get('state') ?? 'open', query.get('head')];
  const found = world.pulls.filter((pull) => (state === 'all' || pull.state === state) && (head === null || pull.label === head));
  return page(
    call,
    found.map(({ number, label, sha, base, state: is }) => ({ number, state: is, head: { label, sha }, base: { repo: { full_name: base } } })),
  );
}

function compareCommits({ world, inPath }: Call): Response {
  const sha = world.mergeBases[inPath.basehead!];
  return sha === undefined ? failure(404, 'Not Found') : { status: 200, body: { merge_base_commit: { sha } } };
}

function listArtifacts(call: Call): Response {
  const { world, request: { query }, inPath } = call;
  const name = query.get('name');
  const found = world.artifacts.filter((artifact) => artifact.run === Number(inPath.run_id) && (name === null || artifact.name === name));
  const described = found.map(({ id, name: called, zip }) => ({ id, name: called, size_in_bytes: zip.length, expired: false }));
  return page(call, described, (artifacts) => ({ total_count: found.length, artifacts }));
}

/** As GitHub does: the bytes lie elsewhere, at an address of their own that needs no token. */
function downloadArtifact({ world, self, inPath }: Call): Response {
  const artifact = world.artifacts.find(({ id }) => id === Number(inPath.artifact_id));
  if (artifact === undefined) return failure(404, 'Not Found');
  return { status: 302, headers: { location: `${new URL(self).origin}/blobs/${artifact.id}` } };
}
