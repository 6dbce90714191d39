import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ADDON, type Cache, cacheIn, LIBRARIES, nativeFolder, packageIn, readManifest } from '../../src/native/cache.ts';
import { installNative, removeNative, requireRoom } from '../../src/native/install.ts';
import { withLock } from '../../src/native/lock.ts';
import { obstacleOf, requireMachine, thisMachine } from '../../src/native/platform.ts';
import { operationsIn } from '../../src/native/operations.ts';
import { runSelfTest, tellError } from '../../src/native/self-test.ts';
import { runTool } from '../../src/native/tools.ts';
import { WHEEL } from '../../src/native/versions.ts';
import { requireWheel } from '../../src/native/wheel.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

const here = obstacleOf(thisMachine()) === null;

function failure(work: Promise<unknown>): Promise<{ code: string; what: string }> {
  return work.then(() => { throw new Error('It succeeded.'); }, (error: unknown) => ({ code: (error as UserError).code, what: (error as UserError).what }));
}

test.each([
  [{ platform: 'darwin', arch: 'arm64', glibc: undefined }, 'it needs Linux on x64, this is darwin on arm64'],
  [{ platform: 'linux', arch: 'arm64', glibc: '2.36' }, 'it needs Linux on x64, this is linux on arm64'],
  [{ platform: 'linux', arch: 'x64', glibc: undefined }, 'it needs glibc, which this Linux does not have'],
  [{ platform: 'linux', arch: 'x64', glibc: '2.36' }, null],
])('%o', (machine, obstacle) => {
  expect(obstacleOf(machine)).toBe(obstacle);
  if (obstacle !== null) expect(() => { requireMachine(machine); }).toThrow(`not available here: ${obstacle}.`);
});

test('the cache lies where the user says, else among the user caches', () => {
  expect(nativeFolder({ LAYER_VITALS_NATIVE_CACHE: '/some/where' })).toBe('/some/where');
  expect(nativeFolder({ LAYER_VITALS_NATIVE_CACHE: '', XDG_CACHE_HOME: '/caches' })).toBe('/caches/layer-vitals/native');
  expect(nativeFolder({})).toMatch(/\/\.cache\/layer-vitals\/native$/);
});

test('a wheel that was cut short, or is another, is named as such', async () => {
  const folder = folderWith({ [WHEEL.file]: 'half' });
  const file = path.join(folder, WHEEL.file);
  expect(await failure(requireWheel(file))).toEqual({ code: 'native-wheel', what: `${WHEEL.file} is not right: 4 of ${WHEEL.bytes} bytes came.` });
  await truncate(file, WHEEL.bytes);
  expect((await failure(requireWheel(file))).what).toContain('its sha256 is not that of the published one');
  expect((await failure(requireWheel(path.join(folder, 'none')))).what).toContain('another file than asked for');
});

test('a disk without room is told before anything is downloaded, and one that fills up in between', async () => {
  expect(await failure(requireRoom(folderWith({}), Number.MAX_SAFE_INTEGER))).toMatchObject({ code: 'disk-full', what: expect.stringMatching(/ MB left, of \d+ MB that are needed/) as string });
  expect(await failure(runTool('sh', ['-c', 'echo "write failed: No space left on device" >&2; exit 1']))).toMatchObject({ code: 'disk-full' });
});

test('the self-test hands on its own error, and survives a library that does not', async () => {
  const told = tellError(new UserError('native-wrong', 'It is wrong.', 'Do without.'));
  const script = (text: string) => runSelfTest(['-e', text], 'folder');
  expect(await failure(script(`process.stderr.write(${JSON.stringify(told)}); process.exit(1)`))).toEqual({ code: 'native-wrong', what: 'It is wrong.' });
  expect(await failure(script('process.kill(process.pid, "SIGILL"); setTimeout(() => {}, 1000)'))).toMatchObject({ code: 'native-broken' });
  expect(await script('console.log(process.argv.at(-1))')).toBe('folder\n');
});

describe.skipIf(!here)('installing', () => {
  const { PATH } = process.env;
  let cache: Cache;
  let tools: string;

  /** The only programs that are found: those of the shell, and scripts of a test. */
  async function offer(scripts: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(path.join(tools, name), `#!/bin/sh\n${script}\n`);
      await chmod(path.join(tools, name), 0o755);
    }
  }

  beforeEach(async () => {
    const folder = folderWith({});
    tools = path.join(folder, 'bin');
    cache = cacheIn(path.join(folder, 'cache'));
    await mkdir(tools);
    for (const name of ['sh', 'cat', 'mkdir', 'flock', 'touch', 'dirname']) await symlink(`/usr/bin/${name}`, path.join(tools, name));
    process.env.PATH = tools;
  });

  afterEach(() => {
    process.env.PATH = PATH!;
  });

  const install = () => installNative({ cache, selfTest: () => Promise.resolve(), onStep: () => undefined });
  const NPM = 'mkdir -p node_modules/@tensorflow/tfjs-node/binding; touch node_modules/@tensorflow/tfjs-node/package.json; echo run >> ../../npm-runs';
  /** pip that puts a file where it was told to: after `--dest`. */
  const PIP = (content: string) => `while [ "$1" != --dest ]; do shift; done; printf ${content} > "$2/${WHEEL.file}"`;

  test('says which program is missing', async () => {
    expect(await failure(install())).toMatchObject({ code: 'native-tool', what: expect.stringContaining('`npm`') as string });
    await offer({ npm: NPM });
    expect(await failure(install())).toMatchObject({ code: 'native-tool', what: expect.stringContaining('`python3`') as string });
    await offer({ python3: 'echo "/usr/bin/python3: No module named pip" >&2; exit 1' });
    expect(await failure(install())).toMatchObject({ code: 'native-download', what: expect.stringContaining('No module named pip') as string });
  });

  test('refuses a download that was cut short, goes on after the steps that are done, and leaves nothing half where it is loaded from', async () => {
    await offer({ npm: NPM, python3: PIP('half') });
    expect(await failure(install())).toMatchObject({ code: 'native-wheel', what: expect.stringContaining(`4 of ${WHEEL.bytes} bytes came`) as string });
    expect(await failure(install())).toMatchObject({ code: 'native-wheel' });
    expect((await runTool('cat', [path.join(cache.folder, 'npm-runs')])).stdout).toBe('run\n');
    expect(existsSync(cache.installation)).toBe(false);
    expect(readManifest(cache.installation)).toBeNull();
    expect(await removeNative(cache)).toBe(true);
    expect(existsSync(cache.unfinished)).toBe(false);
  });

  test('says in one line why npm failed', async () => {
    await offer({ npm: 'echo "npm error code E404" >&2; echo "npm error 404 Not Found" >&2; exit 1' });
    expect(await failure(install())).toEqual({ code: 'native-package', what: expect.stringContaining('npm error 404 Not Found') as string });
  });

  /** As after an installation that went as far as the compiler. */
  async function withLibraries(): Promise<void> {
    const folder = packageIn(cache.unfinished);
    await mkdir(path.join(folder, 'binding'), { recursive: true });
    await mkdir(path.join(folder, 'deps', 'lib'), { recursive: true });
    await writeFile(path.join(folder, 'binding', 'addon.cc'), '');
    for (const library of LIBRARIES) await writeFile(path.join(folder, 'deps', 'lib', library), 'library');
    for (const step of ['packages', 'libraries']) await writeFile(path.join(cache.unfinished, `${step}.done`), '');
  }

  /** A compiler that writes what it was told to: after `-o`. */
  const COMPILER = 'case "$1" in --version) echo "compiler 1"; exit;; esac; while [ "$1" != -o ]; do shift; done; printf addon > "$2"';

  test('without a compiler, with one that fails and on a disk that fills up says so, and goes on where it was', async () => {
    await withLibraries();
    expect(await failure(install())).toMatchObject({ code: 'native-tool', what: expect.stringContaining('`g++`') as string });
    await offer({ 'g++': 'case "$1" in --version) exit;; esac; echo "addon.cc:1:1: error: no member named x" >&2; exit 1' });
    expect(await failure(install())).toMatchObject({ code: 'native-build', what: expect.stringContaining('no member named x') as string });
    await offer({ 'g++': 'case "$1" in --version) exit;; esac; echo "/tmp/x.o: No space left on device" >&2; exit 1' });
    expect(await failure(install())).toMatchObject({ code: 'disk-full' });
    expect(readManifest(cache.installation)).toBeNull();
    await offer({ 'g++': COMPILER });
    expect(await install()).toBe('installed');
    expect(readManifest(cache.installation)).toMatchObject({ compiler: 'compiler 1', files: { [ADDON]: 5 } });
    expect(existsSync(cache.unfinished)).toBe(false);
    expect(await install()).toBe('there');
  });

  test('what fails its test is thrown away, and what fails it later is built anew', async () => {
    await offer({ 'g++': COMPILER });
    await withLibraries();
    const wrong = new UserError('native-wrong', 'It is wrong.', 'Do without.');
    expect(await failure(installNative({ cache, selfTest: () => Promise.reject(wrong), onStep: () => undefined }))).toMatchObject({ code: 'native-wrong' });
    expect([existsSync(cache.installation), existsSync(cache.unfinished)]).toEqual([false, false]);
    await withLibraries();
    await install();
    await truncate(path.join(packageIn(cache.installation), ADDON), 2);
    expect(readManifest(cache.installation)).toBeNull();
    await withLibraries();
    expect(await install()).toBe('installed');
    expect(readManifest(cache.installation)).not.toBeNull();
  });

  test('gives an installation of an earlier version the operations that it lacks', async () => {
    await offer({ 'g++': COMPILER });
    await withLibraries();
    await install();
    const operations = operationsIn(packageIn(cache.installation));
    await rm(operations);
    await offer({ 'g++': 'case "$1" in --version) exit;; esac; echo "error: no such option" >&2; exit 1' });
    expect(await failure(install())).toMatchObject({ code: 'native-build' });
    await offer({ 'g++': COMPILER });
    expect(await install()).toBe('there');
    expect(existsSync(operations)).toBe(true);
  });

  test('is done by one process at a time', async () => {
    await withLock(cache.lock, async () => {
      expect(await failure(install())).toMatchObject({ code: 'native-busy' });
      expect(await failure(removeNative(cache))).toMatchObject({ code: 'native-busy' });
    });
    expect(await failure(install())).toMatchObject({ code: 'native-tool' });
  });

  test('there is nothing to remove where nothing is', async () => {
    expect(await removeNative(cache)).toBe(false);
  });
});
