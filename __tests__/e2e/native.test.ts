import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ADDON, cacheIn, LIBRARIES, nativeFolder, packageIn } from '../../src/native/cache.ts';
import { locateNative } from '../../src/native/locate.ts';
import type { Report } from '../../src/report/types.ts';
import { nativeObstacle, onNative } from '../engine/native/native-here.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { pullRequest } from './payloads.ts';
import { runAction } from './run-action.ts';
import { NODES, runCommand } from './run-command.ts';
import { tinyCheck } from './tiny-check.ts';

vi.setConfig({ testTimeout: 300_000 });

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-native-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** A cache in which nobody has installed anything. */
const emptyCache = () => path.join(scratch, 'empty-cache');

async function check(workspace: string, backend: string, options: Parameters<typeof runCommand>[2], args: readonly string[] = []): Promise<{ readonly report: Report; readonly stderr: string }> {
  const json = path.join(await mkdtemp(path.join(scratch, 'report-')), 'report.json');
  await writeFile(path.join(workspace, 'native.yml'), `${await readFile(path.join(workspace, 'layer-vitals.yml'), 'utf8')}\nbackend: ${backend}\n`);
  const { exitCode, stderr } = await runCommand(workspace, ['check', 'native.yml', '--json', json, ...args], options);
  expect(exitCode, stderr).toBe(0);
  return { report: JSON.parse(await readFile(json, 'utf8')) as Report, stderr };
}

const bits = ({ evidence: { runs } }: Report) => runs.map(({ arm, seed, weights }) => `${arm} ${seed} ${weights}`);

describe('where it is not installed', () => {
  test('native is an error that says how to install it, and wasm works', async () => {
    const workspace = await tinyCheck(scratch, 'pass');
    const options = { env: { LAYER_VITALS_NATIVE_CACHE: emptyCache() } };
    await writeFile(path.join(workspace, 'native.yml'), `${await readFile(path.join(workspace, 'layer-vitals.yml'), 'utf8')}\nbackend: native\n`);
    const { exitCode, stderr } = await runCommand(workspace, ['check', 'native.yml'], options);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/The native backend is not (installed|available here)/);
    expect((await check(workspace, 'auto', options)).stderr).toMatch(/backend: wasm, since /);
  });
});

describe.skipIf(nativeObstacle !== null)(onNative('where it is installed'), () => {
  /** The package that is there, whoever installed it. */
  const installed = () => locateNative(process.cwd(), cacheIn(nativeFolder())).folder;

  /** A workspace with a package of its own. */
  async function workspaceWith(name: string, place: (folder: string) => Promise<void>): Promise<string> {
    const workspace = await tinyCheck(scratch, 'pass');
    const folder = path.join(workspace, 'node_modules', '@tensorflow', name);
    await mkdir(path.dirname(folder), { recursive: true });
    await place(folder);
    return workspace;
  }

  /** What is small is copied; libtensorflow and the packages it needs are links. */
  async function copyInto(folder: string): Promise<void> {
    const from = installed();
    for (const entry of ['package.json', 'dist', ADDON]) await cp(path.join(from, entry), path.join(folder, entry), { recursive: true });
    await mkdir(path.join(folder, 'deps', 'lib'), { recursive: true });
    for (const library of LIBRARIES) await symlink(path.join(from, 'deps', 'lib', library), path.join(folder, 'deps', 'lib', library));
    await symlink(path.dirname(path.dirname(from)), path.join(folder, 'node_modules'));
  }

  test.each(NODES)('a check repeats its bits on Node $version, and says what computed it', async ({ node }) => {
    const workspace = await tinyCheck(scratch, 'pass');
    const [first, second] = [await check(workspace, 'native', { node }), await check(workspace, 'native', { node })];
    expect(bits(first.report)).toEqual(bits(second.report));
    const { environment } = first.report.evidence;
    expect(environment).toMatchObject({ backend: 'native', native: { gpu: false, threads: 1 } });
    expect(environment.native!.tensorflow).toMatch(/^2\./);
    const onWasm = await check(workspace, 'wasm', { node });
    expect(onWasm.report.evidence.environment.native).toBeUndefined();
    expect(onWasm.report.judgement.verdict).toBe(first.report.judgement.verdict);
  });

  test('a check has the same evidence on one thread as on three, each with an addon of its own', async () => {
    const workspace = await tinyCheck(scratch, 'pass');
    const evidenceOn = async (threads: number) => {
      const { report } = await check(workspace, 'native', {}, ['--threads', String(threads)]);
      return { ...report.evidence, timing: null };
    };
    expect(await evidenceOn(3)).toEqual(await evidenceOn(1));
    expect(await readdir(path.dirname(path.join(installed(), ADDON)))).toEqual([path.basename(ADDON)]);
  });

  test.each(['tfjs-node', 'tfjs-node-gpu'])("takes the workspace's own %s before that of the cache, and runs with it", async (name) => {
    const workspace = await workspaceWith(name, copyInto);
    const options = { env: { LAYER_VITALS_NATIVE_CACHE: emptyCache() } };
    const { exitCode, stdout, stderr } = await runCommand(workspace, ['native', 'status'], options);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`@tensorflow/${name} of the workspace: `);
    expect((await check(workspace, 'native', options)).report.evidence.environment.backend).toBe('native');
  });

  test('one of the workspace that is cut short is one line with the way out, and wasm works beside it', async () => {
    const workspace = await workspaceWith('tfjs-node', async (folder) => {
      await copyInto(folder);
      await truncate(path.join(folder, ADDON), 5000);
    });
    const { exitCode, stderr } = await runCommand(workspace, ['native', 'status']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('@tensorflow/tfjs-node of the workspace cannot be loaded: tfjs_binding.node is cut short.');
    expect(stderr).toContain('npm rebuild @tensorflow/tfjs-node');
    expect((await check(workspace, 'wasm', {})).report.evidence.environment.backend).toBe('wasm');
  });

  /** A step of the action that asks for it. @returns its log */
  async function stepOnNative(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const github = await FakeGitHub.start();
    try {
      const workspace = await tinyCheck(scratch, 'pass');
      const { exitCode, log, outputs } = await runAction({
        scratch,
        node: process.execPath,
        workspace,
        ...pullRequest(),
        token: 'ghs_write',
        apiUrl: github.apiUrl,
        inputs: { backend: 'native' },
        environment,
      });
      expect(exitCode, log).toBe(0);
      const { evidence } = JSON.parse(await readFile(outputs['evidence-path']!, 'utf8')) as Report;
      expect(evidence.environment.backend).toBe('native');
      return log;
    } finally {
      await github.stop();
    }
  }

  test('the action takes the input `backend`', async () => {
    expect(await stepOnNative()).not.toContain('works without operations of our own');
  });

  test('the action says so where an earlier installation cannot be given operations of our own, and runs on it', async () => {
    const [cache, from] = [cacheIn(path.join(scratch, 'earlier')), cacheIn(nativeFolder())];
    await copyInto(packageIn(cache.installation));
    await cp(path.join(from.installation, 'installation.json'), path.join(cache.installation, 'installation.json'));
    const compiler = path.join(scratch, 'no-compiler');
    await writeFile(compiler, '#!/bin/sh\ncase "$1" in --version) exit 0;; esac\necho "error: no such option" >&2\nexit 1\n', { mode: 0o755 });
    const log = await stepOnNative({ LAYER_VITALS_NATIVE_CACHE: cache.folder, CXX: compiler });
    expect(log).toContain('The native backend works without operations of our own, only slower: The addon could not be compiled: error: no such option');
  });

  test('an installation of the cache that is cut short is not used', async () => {
    const cache = cacheIn(path.join(scratch, 'cut'));
    await mkdir(packageIn(cache.installation), { recursive: true });
    await writeFile(path.join(cache.installation, 'installation.json'), JSON.stringify({ files: { [ADDON]: 99 } }));
    const { exitCode, stderr } = await runCommand(await tinyCheck(scratch, 'pass'), ['native', 'status'], { env: { LAYER_VITALS_NATIVE_CACHE: cache.folder } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The native backend is not installed.');
  });
});
