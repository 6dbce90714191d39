import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface GitServer {
  /** Address of the repository. */
  readonly url: string;
  readonly origin: string;
  /** Requests without the token. */
  readonly refused: number;
  readonly close: () => Promise<void>;
}

/** Serves a repository over HTTP by git's own `http-backend` (the protocol that GitHub speaks), to whoever has the token. */
export async function serveGit(root: string, token: string): Promise<GitServer> {
  const expected = `basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  let refused = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization === expected) serve(root, request, response);
    else {
      refused++;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/${path.basename(root)}`,
    origin,
    get refused() {
      return refused;
    },
    close: () => closed(server),
  };
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: path.dirname(root),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header(request, 'git-protocol'),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: header(request, 'content-encoding'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(answer.subarray(0, end).toString().split('\r\n').map((line) => line.split(/: /, 2) as [string, string]));
    const { Status = '200', ...others } = headers as Record<string, string>;
    response.writeHead(Number.parseInt(Status, 10), others).end(answer.subarray(end + 4));
  });
}

function header({ headers }: IncomingMessage, name: string): string {
  return [headers[name] ?? ''].flat().join(', ');
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => { resolve(); }));
}
