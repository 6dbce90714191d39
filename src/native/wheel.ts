import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { UserError } from '../errors.ts';
import { LIBRARIES } from './cache.ts';
import { type OnStep, watched } from './steps.ts';
import { runTool, ToolFailure } from './tools.ts';
import { LIBRARY_BYTES, TENSORFLOW_VERSION, WHEEL } from './versions.ts';

/** Parts of the wheel that the addon is compiled with. */
const HEADERS = ['tensorflow/include/tensorflow/c/', 'tensorflow/include/xla/tsl/c/', 'tensorflow/include/tensorflow/core/platform/ctstring', 'tensorflow/include/tsl/platform/ctstring'];

/** A wheel is a zip archive, and Python, which pip needs anyway, reads those. */
const UNPACK = `
import json, os, shutil, sys, zipfile
wheel, target, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = next((entry.filename[len(start):] for start, keep in wanted if entry.filename.startswith(start + keep)), None)
        if name is None or entry.is_dir(): continue
        path = os.path.join(target, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(entry) as source, open(path, 'wb') as out: shutil.copyfileobj(source, out, 1 << 20)
`;

/**
 * Downloads the wheel by the machine's pip, as that is configured, unless it lies in `folder` already.
 *
 * @returns the file, whose checksum is right
 * @throws UserError `native-download` where pip fails, `native-wheel` where what came is not what was published
 */
export async function downloadWheel(folder: string, onStep: OnStep): Promise<string> {
  const file = path.join(folder, WHEEL.file);
  if (await isWheel(file)) return file;
  await rm(folder, { recursive: true, force: true });
  const temporary = path.join(folder, 'temporary');
  await mkdir(temporary, { recursive: true });
  const env = { ...process.env, TMPDIR: temporary, PIP_NO_INPUT: '1' };
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', ...WHEEL.pipArguments, '--dest', temporary, `tensorflow-cpu==${TENSORFLOW_VERSION}`];
  await watched('downloading libtensorflow', WHEEL.bytes, temporary, onStep, () => runTool('python3', args, { env }).catch((error: unknown) => {
    throw error instanceof ToolFailure ? downloadFailure(error) : error;
  }));
  const came = path.join(temporary, WHEEL.file);
  await requireWheel(came);
  await rename(came, file);
  await rm(temporary, { recursive: true, force: true });
  return file;
}

function downloadFailure(error: ToolFailure): UserError {
  const fix = error.reason.includes('No module named pip') ? 'Install pip (Debian and Ubuntu: `apt-get install python3-pip`), or use `backend: wasm`.' : 'Check the connection and the settings of pip, then try again; what is there already is kept.';
  return new UserError('native-download', `pip could not download tensorflow-cpu ${TENSORFLOW_VERSION}: ${error.reason}`, fix, { cause: error });
}

/** @throws UserError `native-wheel` where a file is not the wheel that was published */
export async function requireWheel(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found !== null && (await isWheel(file))) return;
  const what = found === null ? 'pip brought another file than asked for' : found.size < WHEEL.bytes ? `${found.size} of ${WHEEL.bytes} bytes came` : 'its sha256 is not that of the published one';
  throw new UserError('native-wheel', `${WHEEL.file} is not right: ${what}.`, 'Try again; if this stays, a mirror or proxy changes what is downloaded.');
}

async function isWheel(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found?.size !== WHEEL.bytes) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex') === WHEEL.sha256;
}

/** Unpacks both libraries into `libraries` and the headers into `headers`: all of them, or an error. */
export async function unpackWheel(wheel: string, libraries: string, headers: string, onStep: OnStep): Promise<void> {
  const unpack = (target: string, wanted: readonly (readonly [start: string, keep: string])[]) => runTool('python3', ['-c', UNPACK, wheel, target, JSON.stringify(wanted)]);
  await mkdir(libraries, { recursive: true });
  await watched('unpacking libtensorflow', LIBRARY_BYTES, libraries, onStep, () => unpack(libraries, LIBRARIES.map((name) => ['tensorflow/', name])));
  await unpack(headers, HEADERS.map((start) => ['tensorflow/include/', start.slice('tensorflow/include/'.length)]));
  const there = await readdir(libraries);
  const missing = LIBRARIES.find((name) => !there.includes(name));
  if (missing) throw new Error(`${WHEEL.file} holds no ${missing}.`);
}
