import path from 'node:path';
import { expect, test } from 'vitest';
import { gitRemarks } from '../../src/setup/git-checks.ts';
import { commitAll, run as git, shallowCheckout } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';

test('a whole clone is fine, a shallow one fetches what it needs, and one without a remote cannot', async () => {
  const origin = folderWith({ 'a.txt': '1' });
  expect(await gitRemarks(origin)).toMatchObject([{ level: 'note', what: expect.stringContaining('no git repository') as string }]);
  git(origin, 'init', '--quiet', '--initial-branch=main');
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  commitAll(origin, 'first');
  const head = commitAll(origin, 'second');
  expect(await gitRemarks(origin)).toMatchObject([{ level: 'ok' }]);

  const shallow = path.join(folderWith({}), 'clone');
  shallowCheckout(shallow, `file://${origin}`, head);
  expect(await gitRemarks(shallow)).toMatchObject([{ level: 'note', what: expect.stringContaining('shallow') as string }]);
  git(shallow, 'remote', 'remove', 'origin');
  expect(await gitRemarks(shallow)).toMatchObject([{ level: 'warning', fix: expect.stringContaining('fetch-depth: 0') as string }]);
});
