import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ownCacheFolder } from '../cache-folder.ts';
import { TENSORFLOW_VERSION, TFJS_VERSION } from './versions.ts';

/** Name of the package whose addon is provisioned. */
export const PACKAGE = '@tensorflow/tfjs-node';
export const ADDON = 'lib/napi-v8/tfjs_binding.node';
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** What lies in a cache folder. */
export interface Cache {
  readonly folder: string;
  /** Held while somebody installs or removes. */
  readonly lock: string;
  /** The download, kept until it is unpacked. */
  readonly wheel: string;
  /** Built up here, step by step, then renamed to {@link installation} in one go. */
  readonly unfinished: string;
  readonly installation: string;
}

/** What a finished installation says of itself. */
export interface Manifest {
  readonly tfjs: string;
  readonly tensorflow: string;
  readonly wheel: string;
  readonly sha256: string;
  readonly compiler: string;
  /** Bytes of addon and libraries, by their path in the package: a file that was cut short is noticed. */
  readonly files: Readonly<Record<string, number>>;
}

const MANIFEST = 'installation.json';

/**
 * Where the native backend is kept: `LAYER_VITALS_NATIVE_CACHE`, else `native` in our folder among the user's caches.
 */
export function nativeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env.LAYER_VITALS_NATIVE_CACHE ?? '';
  return chosen === '' ? path.join(ownCacheFolder(env) ?? path.join(tmpdir(), 'layer-vitals'), 'native') : path.resolve(chosen);
}

export function cacheIn(folder: string): Cache {
  const inside = (name: string) => path.join(folder, name);
  const name = `tfjs-node-${TFJS_VERSION}-tensorflow-${TENSORFLOW_VERSION}-linux-x64`;
  return { folder, lock: inside('lock'), wheel: inside('wheel'), unfinished: inside(`${name}.unfinished`), installation: inside(name) };
}

/** The folder of the package in an installation. */
export function packageIn(installation: string): string {
  return path.join(installation, 'node_modules', PACKAGE);
}

export function manifestFile(installation: string): string {
  return path.join(installation, MANIFEST);
}

/** The manifest of an installation all of whose files are there in full; else null. */
export function readManifest(installation: string): Manifest | null {
  if (!existsSync(manifestFile(installation))) return null;
  const manifest = JSON.parse(readFileSync(manifestFile(installation), 'utf8')) as Manifest;
  const whole = Object.entries(manifest.files).every(([file, bytes]) => statSync(path.join(packageIn(installation), file), { throwIfNoEntry: false })?.size === bytes);
  return whole ? manifest : null;
}
