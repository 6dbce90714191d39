import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { uploadArtifact } from '../../src/artifact-service.ts';
import { FakeArtifactService } from './fake-github/artifact-service.ts';

let service: FakeArtifactService;
let folder: string;
beforeEach(async () => {
  service = await FakeArtifactService.start();
  folder = await mkdtemp(path.join(tmpdir(), 'layer-vitals-artifact-'));
  for (const [name, value] of Object.entries({ ...service.environment, GITHUB_WORKSPACE: folder, GITHUB_SERVER_URL: 'https://github.com' })) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

test("what GitHub's client uploads comes back as it was, with the digest that the service was told", async () => {
  const text = 'evidence '.repeat(200_000);
  await writeFile(path.join(folder, 'evidence.json'), text);
  const id = await uploadArtifact({ name: 'layer-vitals', folder, files: [path.join(folder, 'evidence.json')] });

  const client = new DefaultArtifactClient();
  const { artifact } = await client.getArtifact('layer-vitals');
  expect(artifact).toMatchObject({ id, name: 'layer-vitals', size: service.zipOf('layer-vitals')!.length });
  const target = path.join(folder, 'downloaded');
  const downloaded = await client.downloadArtifact(id, { path: target, expectedHash: artifact.digest! });
  expect(downloaded).toMatchObject({ downloadPath: target, digestMismatch: false });
  expect(await readFile(path.join(target, 'evidence.json'), 'utf8')).toBe(text);
});

test('a name that is taken is an error that says so', async () => {
  await writeFile(path.join(folder, 'report.md'), 'report');
  const upload = () => uploadArtifact({ name: 'layer-vitals', folder, files: [path.join(folder, 'report.md')] });
  await upload();
  await expect(upload()).rejects.toThrow(/artifact with this name already exists/);
});
