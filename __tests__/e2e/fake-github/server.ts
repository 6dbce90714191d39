import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, failure, type Response } from './endpoints.ts';
import { shapeViolation, type Request } from './request-shapes.ts';
import { TOKENS, World, type Grant } from './world.ts';

/** A failure to come: of the first requests that match, `times` in number. */
export interface Fault {
  readonly method?: string;
  readonly path?: RegExp;
  /** Null closes the connection without an answer; `cut` does so in the middle of one, `silence` never answers. */
  readonly status: number | null | 'cut' | 'silence';
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly times?: number;
}

/**
 * A stateful stand-in for the part of GitHub's REST API that a commenting action uses, on the loopback interface.
 * Requests that the API does not describe are refused and kept in `violations`.
 */
export class FakeGitHub {
  readonly world = new World();
  /** `METHOD /path` of every request, in order. */
  readonly log: string[] = [];
  readonly violations: string[] = [];
  /** Happens right after a comment was changed, before the answer. */
  onPatch: (() => void) | null = null;
  readonly #faults: (Fault & { left: number })[] = [];
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
  #origin = '';
  #barrier: (request: Request) => Promise<void> = () => Promise.resolve();

  /** @param prefix `/api/v3` for an enterprise server */
  static async start(prefix = ''): Promise<FakeGitHub> {
    const fake = new FakeGitHub(prefix);
    await new Promise<void>((listening) => fake.#server.listen(0, '127.0.0.1', listening));
    fake.#origin = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  private constructor(private readonly prefix: string) {}

  /** What `GITHUB_API_URL` is. */
  get apiUrl(): string {
    return this.#origin + this.prefix;
  }

  fail(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? 1 });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Keeps the next comments waiting until so many are there: jobs that race. */
  gatherComments(many: number): void {
    const arrived: (() => void)[] = [];
    this.#barrier = (request) => {
      if (request.method !== 'POST' || !request.path.endsWith('/comments') || arrived.length >= many) return Promise.resolve();
      return new Promise<void>((go) => {
        arrived.push(go);
        if (arrived.length === many) for (const each of arrived) each();
      });
    };
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await this.#read(incoming);
    const blob = this.world.artifacts.find(({ id }) => request.path === `/blobs/${id}`);
    if (blob !== undefined) {
      this.log.push(`GET ${request.path}${request.headers.authorization === undefined ? '' : ' with a token'}`);
      outgoing.writeHead(200, { 'content-type': 'application/zip', 'content-length': blob.zip.length }).end(blob.zip);
      return;
    }
    await this.#barrier(request);
    const response = this.#respond(request);
    if (response === 'silence') return;
    if (response === null) {
      incoming.socket.destroy();
      return;
    }
    const { status, body, headers } = response === 'cut' ? this.#answer(request) : response;
    const text = body === undefined ? '' : JSON.stringify(body);
    outgoing.writeHead(status, {
      ...(text !== '' && { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }),
      'x-ratelimit-remaining': '4999',
      ...headers,
    });
    if (response !== 'cut') outgoing.end(text);
    else outgoing.write(text.slice(0, text.length / 2), () => incoming.socket.destroy());
  }

  async #read(incoming: IncomingMessage): Promise<Request> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', this.#origin);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    return {
      method: incoming.method ?? '',
      path: this.#withoutPrefix(pathname),
      query: searchParams,
      headers: incoming.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** An enterprise server has REST below `/api/v3` and GraphQL at `/api/graphql`. */
  #withoutPrefix(pathname: string): string {
    if (this.prefix === '' || pathname.startsWith('/blobs/')) return pathname;
    if (pathname === '/api/graphql') return '/graphql';
    return pathname.startsWith(`${this.prefix}/`) ? pathname.slice(this.prefix.length) : `/outside-the-api${pathname}`;
  }

  #respond(request: Request): Response | null | 'cut' | 'silence' {
    const { method, path } = request;
    this.log.push(`${method} ${path}`);
    const violation = shapeViolation(request);
    if (violation !== null) {
      this.violations.push(violation);
      return failure(400, violation);
    }
    const fault = this.#faultFor(request);
    if (fault !== undefined) {
      const { status, message = 'Server Error', headers = {} } = fault;
      return typeof status === 'number' ? { ...failure(status, message), headers } : status;
    }
    return this.#answer(request);
  }

  #answer(request: Request): Response {
    const grant = grantOf(request);
    if (grant === null) return failure(401, 'Bad credentials');
    const response = answer(this.world, grant, request, this.apiUrl);
    if (request.method === 'PATCH') this.onPatch?.();
    return response;
  }

  #faultFor({ method, path }: Request): Fault | undefined {
    const fault = this.#faults.find(
      (candidate) =>
        candidate.left > 0 && (candidate.method ?? method) === method && (candidate.path?.test(path) ?? true),
    );
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }
}

function grantOf({ headers }: Request): Grant | null {
  const token = /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  return Object.hasOwn(TOKENS, token) ? TOKENS[token as keyof typeof TOKENS] : null;
}
