import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Blob {
  readonly blocks: Map<string, Buffer>;
  data: Buffer;
}

interface Stored {
  readonly id: number;
  readonly name: string;
  readonly blob: string;
  readonly run: string;
  readonly job: string;
  /** Null until the upload is finished. */
  finished: { readonly size: string; readonly digest: unknown; readonly at: string } | null;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Call {
  readonly name: string;
  readonly size: string;
  readonly hash: unknown;
  readonly name_filter?: string;
  readonly id_filter?: string;
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
}

/**
 * A stand-in for the service that keeps artifacts (Twirp over JSON, bytes as in Azure's blob storage), on the loopback
 * interface, for what @actions/artifact asks of it. The one that act brings refuses the current client.
 */
export class FakeArtifactService {
  readonly artifacts: Stored[] = [];
  /** Status with which every call is refused; null: none is. */
  refuse: number | null = null;
  /** Is told of each archive that is there. */
  onFinished: (artifact: Pick<Stored, 'id' | 'name'>) => void = () => undefined;
  readonly #blobs = new Map<string, Blob>();
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
  #origin = '';

  static async start(): Promise<FakeArtifactService> {
    const service = new FakeArtifactService();
    await new Promise<void>((listening) => service.#server.listen(0, '127.0.0.1', listening));
    service.#origin = `http://127.0.0.1:${(service.#server.address() as AddressInfo).port}`;
    return service;
  }

  /** What a runner tells an action of the service. */
  get environment(): Readonly<Record<string, string>> {
    const claims = JSON.stringify({ scp: 'Actions.Results:run:job' });
    const token = ['{"alg":"none"}', claims, ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
    return { ACTIONS_RESULTS_URL: `${this.#origin}/`, ACTIONS_RUNTIME_TOKEN: token };
  }

  /** The archive that was uploaded under a name. */
  zipOf(name: string): Buffer | undefined {
    const stored = this.artifacts.find((artifact) => artifact.name === name && artifact.finished);
    return stored && this.#blobs.get(stored.blob)?.data;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', this.#origin);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (pathname.startsWith('/blobs/')) {
      this.#blob(incoming.method ?? '', pathname.slice('/blobs/'.length), searchParams, body, outgoing);
      return;
    }
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(pathname)?.[1];
    const answer = this.#answer(method, JSON.parse(body.toString('utf8')) as Call);
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }

  #answer(method: string | undefined, call: Call): Answer {
    if (this.refuse !== null) return { status: this.refuse, body: { code: 'internal', msg: 'refused' } };
    const stored = this.artifacts.find(({ name }) => name === call.name);
    switch (method) {
      case 'CreateArtifact':
        return stored ? { status: 409, body: { code: 'already_exists', msg: 'an artifact with this name already exists on the workflow run' } } : this.#create(call);
      case 'FinalizeArtifact':
        if (!stored) return NOT_FOUND;
        stored.finished = { size: call.size, digest: call.hash, at: new Date().toISOString() };
        this.onFinished(stored);
        return { status: 200, body: { ok: true, artifact_id: String(stored.id) } };
      case 'ListArtifacts':
        return { status: 200, body: { artifacts: this.artifacts.filter((artifact) => isWanted(artifact, call)).map(described) } };
      case 'GetSignedArtifactURL':
        return stored?.finished ? { status: 200, body: { signed_url: this.#address(stored.blob) } } : NOT_FOUND;
      default:
        return { status: 404, body: { code: 'bad_route', msg: `no such call: ${method ?? 'none'}` } };
    }
  }

  #create({ name, workflow_run_backend_id: run, workflow_job_run_backend_id: job }: Call): Answer {
    const blob = randomUUID();
    this.#blobs.set(blob, { blocks: new Map(), data: Buffer.alloc(0) });
    this.artifacts.push({ id: this.artifacts.length + 1, name, blob, run, job, finished: null });
    return { status: 200, body: { ok: true, signed_upload_url: this.#address(blob) } };
  }

  #address(blob: string): string {
    return `${this.#origin}/blobs/${blob}?sig=fake`;
  }

  /** A blob comes at once, or in blocks and then their list. */
  #blob(method: string, id: string, query: URLSearchParams, body: Buffer, outgoing: ServerResponse): void {
    const blob = this.#blobs.get(id)!;
    const headers = { etag: '"1"', 'last-modified': new Date().toUTCString() };
    if (method === 'GET') {
      outgoing.writeHead(200, { ...headers, 'content-type': 'application/zip', 'content-length': blob.data.length, 'content-disposition': 'attachment; filename="artifact.zip"' }).end(blob.data);
      return;
    }
    const part = query.get('comp');
    if (part === 'block') blob.blocks.set(query.get('blockid')!, body);
    else if (part === 'blocklist') blob.data = Buffer.concat([...body.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map(([, block]) => blob.blocks.get(block!)!));
    else blob.data = body;
    outgoing.writeHead(201, headers).end();
  }
}

const NOT_FOUND: Answer = { status: 404, body: { code: 'not_found', msg: 'no such artifact' } };

function isWanted({ id, name, finished }: Stored, { name_filter, id_filter }: Call): boolean {
  return finished !== null && (name_filter === undefined || name === name_filter) && (id_filter === undefined || String(id) === id_filter);
}

function described({ id, name, run, job, finished }: Stored): object {
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job, database_id: String(id), name, size: finished!.size, created_at: finished!.at, digest: finished!.digest };
}
