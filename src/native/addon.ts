import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';

import { UserError } from '../errors.ts';
import { ADDON, LIBRARIES } from './cache.ts';
import { operationsIn, operationSources } from './operations.ts';
import { firstTool, runTool, ToolFailure } from './tools.ts';

/** One shared library. */
interface Product {
  readonly target: string;
  readonly sources: readonly string[];
  readonly libraries: readonly string[];
  readonly options: readonly string[];
}

/** From either to the libraries: relative, so that the package can be moved. */
const RUN_PATH = '-Wl,-rpath,$ORIGIN/../../deps/lib';

/**
 * Compiles the addon from the package's own sources, against the libraries in its `deps/lib`. One file serves every
 * Node that has Node-API 8 (tried: 20 and 24).
 *
 * @param headers folders of headers: of Node-API, of TensorFlow
 * @returns the compiler, as it names itself
 * @throws UserError `native-tool` without a compiler, `native-build` where it fails
 */
export async function compileAddon(packageFolder: string, headers: readonly string[]): Promise<string> {
  const binding = path.join(packageFolder, 'binding');
  const sources = (await readdir(binding)).filter((file) => file.endsWith('.cc')).map((file) => path.join(binding, file));
  return compile(packageFolder, headers, { target: path.join(packageFolder, ADDON), sources, libraries: LIBRARIES, options: [] });
}

/** Compiles our own operations, as {@link compileAddon} does. libtensorflow needs AVX, too. */
export async function compileOperations(packageFolder: string, headers: readonly string[]): Promise<void> {
  const sources = operationSources().filter((file) => file.endsWith('.cc'));
  const libraries = LIBRARIES.filter((name) => name.includes('framework'));
  await compile(packageFolder, headers, { target: operationsIn(packageFolder), sources, libraries, options: ['-O3', '-mavx', '-ffp-contract=off', '-pthread'] });
}

async function compile(packageFolder: string, headers: readonly string[], { target, sources, libraries, options }: Product): Promise<string> {
  const compiler = await firstTool([...(process.env.CXX ? [process.env.CXX] : []), 'g++', 'c++', 'clang++']);
  const half = `${target}.half`;
  await mkdir(path.dirname(target), { recursive: true });
  const includes = [...headers, packageFolder].map((folder) => `-I${folder}`);
  const deps = path.join(packageFolder, 'deps', 'lib');
  await runTool(compiler, ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', ...options, ...includes, ...sources, '-o', half, `-L${deps}`, ...libraries.map((name) => `-l:${name}`), RUN_PATH]).catch((error: unknown) => {
    throw error instanceof ToolFailure ? new UserError('native-build', `The addon could not be compiled: ${error.reason}`, 'A compiler of C++17 is needed, such as g++ 9 or newer; CXX names another one.', { cause: error }) : error;
  });
  await rename(half, target);
  const { stdout } = await runTool(compiler, ['--version']);
  return stdout.split('\n', 1)[0]!.trim();
}
