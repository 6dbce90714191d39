import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { mergeBase } from '../../src/github/merge-base.ts';
import { createOctokit } from '../../src/github/octokit.ts';

test('GitHub is asked for the merge base; a token that may not ask gets none', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(decodeURIComponent(request.url ?? ''));
    const allowed = request.headers.authorization === 'token ghs_read';
    response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' }).end(JSON.stringify(allowed ? { merge_base_commit: { sha: 'c0ffee' } } : { message: 'no' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (token: string) => mergeBase(createOctokit({ token, apiUrl, second: 1 }), { owner: 'octo', repo: 'demo' }, 'aaa', 'bbb');
  expect(await ask('ghs_read')).toBe('c0ffee');
  expect(asked).toEqual(['/repos/octo/demo/compare/aaa...bbb?per_page=1']);
  expect(await ask('ghs_none')).toBeNull();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
