import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

import { UserError } from '../../errors.ts';
import type { NativeFacts } from '../../evidence/types.ts';
import { ADDON } from '../../native/cache.ts';
import { withOwnAddon } from '../../native/copies.ts';
import { faultOfLibrary } from '../../native/elf.ts';
import type { NativePackage } from '../../native/locate.ts';
import { operationsIn } from '../../native/operations.ts';
import * as tf from '../tf.ts';
import { nativeThreads, setNativeEnvironment } from './environment.ts';
import { instructionSet } from './instruction-set.ts';
import { type NodeBackend, offerOperations } from './operations.ts';

/**
 * Loads tfjs-node, which registers its backend `tensorflow` with the engine of this process. Its own copies of core and
 * layers come with it: they share engine, kernels and gradients with ours through the global object, so that what they
 * register anew is put back, and nothing else of them is used.
 *
 * @throws UserError `native-load` where the addon or a library of it cannot be loaded
 */
export function loadNative({ name, folder, origin }: NativePackage): NativeFacts {
  setNativeEnvironment();
  const gradients = registeredGradients();
  const backend = tf.getBackend() as string | undefined;
  quietly(() => {
    withPlainArguments(() => {
      offerDeprecated();
      try {
        requireWholeLibraries(folder);
        withOwnAddon(folder, () => { createRequire(path.join(folder, 'package.json'))(folder); });
        loadOperations(folder);
      } catch (cause) {
        throw loadError(name, origin, cause);
      }
    });
  });
  for (const gradient of gradients) tf.registerGradient(gradient);
  const { binding, isUsingGpuDevice } = tf.findBackend('tensorflow') as unknown as NodeBackend;
  if (backend !== undefined) void tf.setBackend(backend);
  return { tensorflow: binding.TF_Version, threads: nativeThreads(), instructionSet: instructionSet(), gpu: isUsingGpuDevice };
}

/** Ours, where they were compiled for this package. @throws Error */
function loadOperations(folder: string): void {
  const file = operationsIn(folder);
  if (!existsSync(file)) return;
  requireWhole(file);
  createRequire(file)(file);
  offerOperations();
}

/** All gradients, by the names of kernels that core exports: loading another core registers those of stock again. */
function registeredGradients(): tf.GradConfig[] {
  const names = Object.values(tf).filter((value) => typeof value === 'string');
  return names.flatMap((name) => (tf.getGradient(name) as tf.GradConfig | undefined) ?? []);
}

/** What the system's loader would end this process for. @throws Error */
function requireWholeLibraries(folder: string): void {
  const libraries = path.join(folder, 'deps', 'lib');
  const bundled = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.includes('.so')).map((name) => path.join(libraries, name)) : [];
  for (const file of [path.join(folder, ADDON), ...bundled].filter((name) => existsSync(name))) requireWhole(file);
}

function requireWhole(library: string): void {
  const fault = faultOfLibrary(library);
  if (fault !== null) throw new Error(`${path.basename(library)} ${fault}`);
}

/** A line for each of 175 kernels that are registered twice says nothing to anybody. */
function quietly(run: () => void): void {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    run();
  } finally {
    console.warn = warn;
  }
}

/** node-pre-gyp, by which tfjs-node finds its addon, reads the arguments of the process, whosever they are. */
function withPlainArguments(run: () => void): void {
  const { argv } = process;
  process.argv = argv.slice(0, 2);
  try {
    run();
  } finally {
    process.argv = argv;
  }
}

/** Two functions of Node that tfjs-node calls: the first is gone from Node 23 on, the other warns of itself. */
function offerDeprecated(): void {
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray });
}

const REASONS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/compiled against a different Node|NODE_MODULE_VERSION|did not self-register/, 'its addon was built for another Node'],
  [/wrong ELF class|invalid ELF header|file too short|not a valid Win32|incompatible architecture/, 'its addon or libtensorflow was built for another machine, or is cut short'],
  [/GLIBC(XX)?_[\d.]+' not found/, 'its addon needs a newer C library than this system has'],
  [/cannot open shared object file|can not be found at path/, 'its addon or libtensorflow is not there'],
];

const FIXES: Readonly<Record<NativePackage['origin'], (name: string) => string>> = {
  cache: () => 'Run `npx layer-vitals native install`, which builds it anew, or use `backend: wasm`.',
  // It comes before the one in the cache, so that installing that one would change nothing.
  workspace: (name) => `Run \`npm rebuild ${name}\`, take it out of the workspace and run \`npx layer-vitals native install\`, or use \`backend: wasm\`.`,
};

function loadError(name: string, origin: NativePackage['origin'], cause: unknown): UserError {
  const [line] = String(cause instanceof Error ? cause.message : cause).split('\n');
  const reason = REASONS.find(([pattern]) => pattern.test(line!))?.[1] ?? line!;
  return new UserError('native-load', `${name} of the ${origin} cannot be loaded: ${reason}.`, FIXES[origin](name), { cause });
}
