// Compiles kernels/assembly to kernels/build. Usage: npm run kernels
import asc from 'assemblyscript/asc';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const build = path.join(root, 'kernels', 'build');

/** Both come from one source; the relaxed one rounds as the processor likes. */
const MODULES = [
  { file: 'kernels.wasm', options: [] },
  { file: 'kernels-relaxed.wasm', options: ['--enable', 'relaxed-simd', '--use', 'RELAXED=1'] },
];

/** Section id of data segments (WebAssembly core specification, 5.5). */
const DATA_SECTION = 11;

export async function compileKernels() {
  await mkdir(build, { recursive: true });
  for (const { file, options } of MODULES) {
    let binary;
    const { error, stderr } = await asc.main(
      ['kernels/assembly/index.ts', '--outFile', file, '-O3', '--noAssert', '--importMemory', '--noExportMemory', '--runtime', 'stub', '--enable', 'simd', ...options],
      {
        readFile: (name, base) => readFile(path.join(base, name), 'utf8').catch(() => null),
        writeFile: (name, content) => {
          if (name === file) binary = content;
        },
        listFiles: () => [],
      },
    );
    if (error) throw new Error(stderr.toString());
    if (sections(binary).includes(DATA_SECTION)) throw new Error(`${file} has static data, which would overwrite the memory of TensorFlow.js.`);
    await writeIfNew(path.join(build, file), binary);
  }
}

/** Leaves a file that is up to date alone: tests that run side by side read it. */
async function writeIfNew(file, content) {
  const current = await readFile(file).catch(() => null);
  if (!current || Buffer.compare(current, content) !== 0) await writeFile(file, content);
}

function sections(binary) {
  const ids = [];
  let at = 8;
  while (at < binary.length) {
    ids.push(binary[at++]);
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = binary[at++];
      size |= (byte & 0x7f) << shift;
    }
    at += size;
  }
  return ids;
}

if (process.argv[1] === import.meta.filename) await compileKernels();
