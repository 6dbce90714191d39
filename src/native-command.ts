import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { isUserError } from './errors.ts';
import { nativeFolder, cacheIn, PACKAGE, readManifest } from './native/cache.ts';
import { installNative, removeNative } from './native/install.ts';
import { locateNative, type NativePackage } from './native/locate.ts';
import { operationsIn } from './native/operations.ts';
import { runSelfTest, tellError } from './native/self-test.ts';
import type { OnStep } from './native/steps.ts';

/** Arguments by which this Node runs the self-test: the bundle's command, hidden from its help. */
const selfTestOf = ({ name, origin }: Pick<NativePackage, 'name' | 'origin'>) => [path.join(path.dirname(fileURLToPath(import.meta.url)), 'cli.cjs'), 'native', 'self-test', name, origin];

export interface Terminal {
  readonly onStep: OnStep;
  /** Takes the progress away, so that a line can follow. */
  readonly clear: () => void;
}

/** Adds `native install`, `status` and `remove` to the command line. */
export function addNativeCommands(root: Command, terminal: Terminal): void {
  const native = root
    .command('native')
    .description('Installs, shows or removes the native backend: TensorFlow.js on libtensorflow, for large networks. Linux x64.')
    .summary('install, show or remove the native backend')
    .helpCommand(false);
  const add = (name: string, summary: string, action: () => Promise<void>) => native.command(name).description(`${summary}.`).summary(summary.toLowerCase()).action(action);
  add('install', 'Installs it into the cache, by the pip, npm and compiler of this machine', () => install(terminal));
  add('status', 'Says which one is used, and tests it', status);
  add('remove', 'Removes it from the cache', remove);
  native.command('self-test <name> <origin> <folder>', { hidden: true }).action(selfTest);
}

/** Installs the native backend unless the workspace or the cache has one. */
export async function provideNative(terminal: Terminal): Promise<void> {
  const found = locate();
  if (found === null) await install(terminal);
  else if (found.origin === 'cache' && !existsSync(operationsIn(found.folder))) await install(terminal).catch((error: unknown) => { sayThatItWorksWithout(error, terminal); });
}

/** Null where it can be installed. */
function locate(): NativePackage | null {
  try {
    return locateNative(process.cwd(), cacheIn(nativeFolder()));
  } catch (error) {
    if (!isUserError(error) || error.code === 'native-unavailable') throw error;
    return null;
  }
}

/** What is in the way of our own operations is no reason to fail. */
function sayThatItWorksWithout(error: unknown, terminal: Terminal): void {
  if (!isUserError(error)) throw error;
  terminal.clear();
  process.stderr.write(`The native backend works without operations of our own, only slower: ${error.what}\n`);
}

/** Installs the native backend unless it is in the cache. */
async function install(terminal: Terminal): Promise<void> {
  const cache = cacheIn(nativeFolder());
  const selfTest = async (folder: string) => {
    await runSelfTest(selfTestOf({ name: PACKAGE, origin: 'cache' }), folder);
  };
  const outcome = await installNative({ cache, selfTest, onStep: terminal.onStep });
  terminal.clear();
  process.stdout.write(`The native backend is ${outcome === 'there' ? 'already ' : ''}installed and computes gradients: ${cache.installation}\n`);
}

async function status(): Promise<void> {
  const cache = cacheIn(nativeFolder());
  const found = locateNative(process.cwd(), cache);
  const { name, folder, origin } = found;
  const { tensorflow, threads, instructionSet, gpu, operations } = JSON.parse(await runSelfTest(selfTestOf(found), folder)) as Awaited<ReturnType<typeof tested>>;
  const built = origin === 'cache' ? readManifest(cache.installation) : null;
  const lines = [
    `${name} of the ${origin}: ${folder}`,
    `TensorFlow ${tensorflow}, ${gpu ? 'on a GPU' : `${instructionSet ?? 'unknown instruction set'}, ${threads} ${threads === 1 ? 'thread' : 'threads'} in the test`}`,
    ...(built ? [`libtensorflow of ${built.wheel} (sha256 ${built.sha256}), addon by ${built.compiler}`] : []),
    `It computes gradients${operations ? ', with operations of our own' : origin === 'cache' ? '; `native install` adds operations that make it faster' : ''}.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function remove(): Promise<void> {
  const { folder } = cacheIn(nativeFolder());
  const removed = await removeNative(cacheIn(folder));
  process.stdout.write(removed ? `The native backend is removed from ${folder}.\n` : `There is no native backend in ${folder}.\n`);
}

async function selfTest(name: string, origin: NativePackage['origin'], folder: string): Promise<void> {
  try {
    process.stdout.write(`${JSON.stringify(await tested({ name, origin, folder }))}\n`);
  } catch (error) {
    if (!isUserError(error)) throw error;
    process.stderr.write(tellError(error));
    process.exitCode = 1;
  }
}

async function tested(native: NativePackage) {
  const { testNative } = await import('./laboratory.ts');
  return testNative(native);
}
