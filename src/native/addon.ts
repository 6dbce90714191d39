import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';

import { UserError } from '../errors.ts';
import { ADDON, LIBRARIES } from './cache.ts';
import { firstTool, runTool, ToolFailure } from './tools.ts';

/**
 * Compiles the addon from the package's own sources, against the libraries in its `deps/lib`. The run path is relative
 * to the addon, so that the package can be moved. One file serves every Node that has Node-API 8 (tried: 20 and 24).
 *
 * @param headers folders of headers: of Node-API, of TensorFlow
 * @returns the compiler, as it names itself
 * @throws UserError `native-tool` without a compiler, `native-build` where it fails
 */
export async function compileAddon(packageFolder: string, headers: readonly string[]): Promise<string> {
  const compiler = await firstTool([...(process.env.CXX ? [process.env.CXX] : []), 'g++', 'c++', 'clang++']);
  const binding = path.join(packageFolder, 'binding');
  const sources = (await readdir(binding)).filter((file) => file.endsWith('.cc')).map((file) => path.join(binding, file));
  const addon = path.join(packageFolder, ADDON);
  const half = `${addon}.half`;
  await mkdir(path.dirname(addon), { recursive: true });
  const libraries = LIBRARIES.map((name) => `-l:${name}`);
  const includes = [...headers, packageFolder].map((folder) => `-I${folder}`);
  const deps = path.join(packageFolder, 'deps', 'lib');
  await runTool(compiler, ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', ...includes, ...sources, '-o', half, `-L${deps}`, ...libraries, '-Wl,-rpath,$ORIGIN/../../deps/lib']).catch((error: unknown) => {
    throw error instanceof ToolFailure ? new UserError('native-build', `The addon could not be compiled: ${error.reason}`, 'A compiler of C++17 is needed, such as g++ 9 or newer; CXX names another one.', { cause: error }) : error;
  });
  await rename(half, addon);
  const { stdout } = await runTool(compiler, ['--version']);
  return stdout.split('\n', 1)[0]!.trim();
}
