import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config, UserPath } from '../config/config.ts';
import { codeFingerprint } from '../engine/code-fingerprint.ts';
import type { ContentKey } from '../evidence/shard.ts';
import { weightFiles } from '../model/model-file.ts';

/** What of a config changes no measured number. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['id', 'shown', 'profile', 'thresholds', 'failOn', 'timeLimit', 'baseline', 'judge', 'absolute']);

/** @throws UserError for a model.json that cannot be read */
export async function contentKey(config: Pick<Config, 'data' | 'kernels'> & { readonly model: Pick<Config['model'], 'path'> }): Promise<ContentKey> {
  const { path: model } = config.model;
  const { path: images, masks, validation } = config.data;
  const folders = [images, masks?.path, ...(validation.kind === 'folder' ? [validation.path, validation.masks] : [])];
  const [modelHash, dataHash] = [createHash('sha256'), createHash('sha256')];
  if (model) await hashModel(modelHash, model);
  for (const folder of folders) if (folder) await hashFolder(dataHash, folder.absolute);
  const settings = createHash('sha256').update(JSON.stringify(config, (key, value: unknown) => (WITHOUT_EFFECT.has(key) ? undefined : value)));
  return { config: settings.digest('hex'), model: modelHash.digest('hex'), data: dataHash.digest('hex'), engine: codeFingerprint(config.kernels) };
}

async function hashModel(hash: Hash, model: UserPath): Promise<void> {
  for (const { absolute } of [model, ...(await weightFiles(model))]) hash.update(await digestOf(absolute));
}

/** Names and contents of all files below a folder. Those that are not read as data are part of it: they may become data. */
async function hashFolder(hash: Hash, folder: string): Promise<void> {
  for (const name of (await readdir(folder).catch(() => [])).sort()) {
    const file = path.join(folder, name);
    const found = (await stat(file).catch(() => null)) ?? (await lstat(file));
    hash.update(`${name}\0${found.isDirectory() ? '/' : found.isFile() ? await digestOf(file) : '?'}\n`);
    if (found.isDirectory()) await hashFolder(hash, file);
  }
  hash.update('..\n');
}

const SMALL = 2 ** 20;

/** Of a file that cannot be read, nothing: whoever needs it says so, with the way out. */
async function digestOf(file: string): Promise<string> {
  return contentDigest(file).catch(() => '?');
}

async function contentDigest(file: string): Promise<string> {
  const { size } = await stat(file);
  const hash = createHash('sha256');
  if (size <= SMALL) return hash.update(await readFile(file)).digest('hex');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
