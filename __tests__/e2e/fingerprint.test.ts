import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { runCommand } from './run-command.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const MODEL = 'fixtures/models/efficientnet-lite0';
const IMAGES = 'fixtures/data/emoji';
/** Within 3 % of the range of each other. */
const SAME = /^(efficientnet-lite|minus-one-to-one|teachable-machine)$/;

vi.setConfig({ hookTimeout: 300_000, testTimeout: 300_000 });

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-fingerprint-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

test('says what the shipped model was fed in training, and writes it as JSON', async () => {
  const json = path.join(scratch, 'found.json');
  const { exitCode, stdout, stderr } = await runCommand(REPOSITORY, ['fingerprint', MODEL, '--images', IMAGES, '--json', json]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('efficientnet-lite');
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ told: true });
});

test.each([
  ['a folder without a model', ['fingerprint', 'fixtures/data', '--images', IMAGES], 'fixtures/data/model.json: the model file cannot be read. Name a model.json'],
  ['no images', ['fingerprint', MODEL, '--images', 'src'], 'src: holds no PNG or JPEG image. Name a folder'],
  ['no folder of images', ['fingerprint', MODEL], "required option '-i, --images <folder>' not specified. See `layer-vitals fingerprint --help`"],
  ['a size that is none', ['fingerprint', MODEL, '--images', IMAGES, '--size', '0'], 'It must be a whole number from 1 on.'],
])('%s could not run, in one clear line', async (_, args, line) => {
  const { exitCode, stdout, stderr } = await runCommand(REPOSITORY, args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(line);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a check takes what the model remembers for its normalization, and says so', async () => {
  const config = path.join(scratch, 'layer-vitals.yml');
  const json = path.join(scratch, 'checked.json');
  const absolute = (file: string) => JSON.stringify(path.join(REPOSITORY, file));
  await writeFile(config, `model: { path: ${absolute(`${MODEL}/model.json`)} }\ndata: { path: ${absolute(IMAGES)}, size: 64 }\ninput: { normalization: auto, arms: [normalized, unit] }\ntraining: { epochs: 1 }\nexperiment: { seeds: 2 }\nfail-on: never\n`);
  const { exitCode, stderr } = await runCommand(REPOSITORY, ['check', config, '--json', json]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const { evidence } = JSON.parse(await readFile(json, 'utf8')) as { evidence: Evidence };
  expect(evidence.plan.arms[0]).toMatchObject({ name: 'normalized', preset: expect.stringMatching(SAME) as string });
  expect(evidence.model.remembered).toMatchObject({ told: true, difference: 0 });
  expect(evidence.notes).toContainEqual(expect.stringContaining('The normalization is inferred from the model (auto): '));
});

test('a check that expects something of the arm which turns out to be the inferred one could not run', async () => {
  const config = path.join(scratch, 'in-vain.yml');
  const absolute = (file: string) => JSON.stringify(path.join(REPOSITORY, file));
  await writeFile(config, `model: { path: ${absolute(`${MODEL}/model.json`)} }\ndata: { path: ${absolute(IMAGES)}, size: 64 }\ninput: { normalization: auto, arms: [normalized, efficientnet-lite, minus-one-to-one, teachable-machine], expect: { efficientnet-lite: needed, minus-one-to-one: needed, teachable-machine: needed } }\n`);
  const { exitCode, stderr } = await runCommand(REPOSITORY, ['check', config]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/`input\.expect` is about arm (efficientnet-lite|minus-one-to-one|teachable-machine), which feeds the model the same as the inferred normalization/) as string });
});
