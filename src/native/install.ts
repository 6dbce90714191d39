import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { UserError } from '../errors.ts';
import { compileAddon, compileOperations } from './addon.ts';
import { ADDON, type Cache, LIBRARIES, type Manifest, manifestFile, PACKAGE, packageIn, readManifest } from './cache.ts';
import { withLock } from './lock.ts';
import { operationsIn } from './operations.ts';
import { requireMachine } from './platform.ts';
import { begin, type OnStep } from './steps.ts';
import { diskFull, runTool, ToolFailure } from './tools.ts';
import { LIBRARY_BYTES, NODE_API_HEADERS_VERSION, PACKAGE_BYTES, TENSORFLOW_VERSION, TFJS_VERSION, WHEEL } from './versions.ts';
import { downloadWheel, unpackWheel } from './wheel.ts';

/** Loads the package in a folder in a process of its own, and computes a gradient; rejects where that is wrong. */
export type SelfTest = (packageFolder: string) => Promise<void>;

export interface InstallOptions {
  readonly cache: Cache;
  readonly selfTest: SelfTest;
  readonly onStep: OnStep;
}

/** `there`: nothing had to be done. */
export type Outcome = 'installed' | 'there';

/**
 * Provisions the native backend: npm's @tensorflow/tfjs-node without its installer, libtensorflow from the wheel of
 * tensorflow-cpu, the addon compiled between both, and our own operations. Every step is kept once it is done, so that a next run goes on
 * there; what is not complete and tested never stands where the loader looks.
 *
 * @throws UserError for anything on this machine that is in the way
 */
export async function installNative({ cache, selfTest, onStep }: InstallOptions): Promise<Outcome> {
  requireMachine();
  return withLock(cache.lock, async () => {
    if (await works(cache.installation, selfTest, onStep)) {
      await complete(cache.installation, onStep);
      return 'there';
    }
    await requireRoom(cache.folder, WHEEL.bytes + LIBRARY_BYTES + PACKAGE_BYTES);
    await rm(cache.installation, { recursive: true, force: true });
    await onFullDisk(() => build(cache, onStep));
    begin(onStep, 'testing a gradient');
    await selfTest(packageIn(cache.unfinished)).catch(async (error: unknown) => {
      await rm(cache.unfinished, { recursive: true, force: true });
      throw error;
    });
    await rename(cache.unfinished, cache.installation);
    await rm(cache.wheel, { recursive: true, force: true });
    return 'installed';
  });
}

/** Takes everything away that an installation, finished or not, left in the cache. */
export async function removeNative(cache: Cache): Promise<boolean> {
  const there = await stat(cache.folder).then(() => true, () => false);
  if (!there) return false;
  await withLock(cache.lock, async () => {
    for (const folder of [cache.installation, cache.unfinished, cache.wheel]) await rm(folder, { recursive: true, force: true });
  });
  // The lock's file stays: another process may be about to take it.
  return true;
}

async function works(installation: string, selfTest: SelfTest, onStep: OnStep): Promise<boolean> {
  if (readManifest(installation) === null) return false;
  begin(onStep, 'testing a gradient');
  return selfTest(packageIn(installation)).then(() => true, () => false);
}

/** One of an earlier version of this program lacks its operations. */
async function complete(installation: string, onStep: OnStep): Promise<void> {
  const folder = packageIn(installation);
  if (existsSync(operationsIn(folder))) return;
  begin(onStep, 'compiling operations');
  await onFullDisk(() => compileOperations(folder, headersIn(installation)));
}

/** Of Node-API, and of TensorFlow. */
function headersIn(installation: string): string[] {
  return [path.join(installation, 'node_modules', 'node-api-headers', 'include'), path.join(installation, 'include')];
}

async function build({ unfinished, wheel }: Cache, onStep: OnStep): Promise<void> {
  const folder = packageIn(unfinished);
  await mkdir(unfinished, { recursive: true });
  const step = async (name: string, work: () => Promise<void>) => {
    const mark = path.join(unfinished, `${name}.done`);
    if (await stat(mark).then(() => true, () => false)) return;
    await work();
    await writeFile(mark, '');
  };
  await step('packages', () => installPackages(unfinished, onStep));
  const headers = headersIn(unfinished);
  await step('libraries', async () => { await unpackWheel(await downloadWheel(wheel, onStep), path.join(folder, 'deps', 'lib'), headers.at(-1)!, onStep); });
  begin(onStep, 'compiling the addon');
  const compiler = await compileAddon(folder, headers);
  await compileOperations(folder, headers);
  const files = [ADDON, ...LIBRARIES.map((name) => `deps/lib/${name}`)];
  const sizes = await Promise.all(files.map(async (file) => [file, (await stat(path.join(folder, file))).size] as const));
  const manifest: Manifest = { tfjs: TFJS_VERSION, tensorflow: TENSORFLOW_VERSION, wheel: WHEEL.file, sha256: WHEEL.sha256, compiler, files: Object.fromEntries(sizes) };
  await writeFile(manifestFile(unfinished), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Installed beside, then renamed: npm that is stopped half-way leaves nothing here that looks whole. */
async function installPackages(unfinished: string, onStep: OnStep): Promise<void> {
  begin(onStep, `installing ${PACKAGE}`);
  const half = path.join(unfinished, 'half');
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true });
  await writeFile(path.join(half, 'package.json'), '{ "private": true }\n');
  // tfjs-node's own installer would fetch an old libtensorflow.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', `${PACKAGE}@${TFJS_VERSION}`, `node-api-headers@${NODE_API_HEADERS_VERSION}`];
  await runTool('npm', args, { cwd: half }).catch((error: unknown) => {
    throw error instanceof ToolFailure ? new UserError('native-package', `npm could not install ${PACKAGE} ${TFJS_VERSION}: ${error.reason}`, 'Check the connection and the settings of npm, then try again.', { cause: error }) : error;
  });
  await rm(path.join(unfinished, 'node_modules'), { recursive: true, force: true });
  await rename(path.join(half, 'node_modules'), path.join(unfinished, 'node_modules'));
  await rm(half, { recursive: true, force: true });
}

/** @throws UserError `disk-full` where fewer than `bytes` are free */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw diskFull(`${folder} has ${megabytes(bavail * bsize)} MB left, of ${megabytes(bytes)} MB that are needed`);
}

async function onFullDisk<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull('a file could not be written', error) : error;
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
