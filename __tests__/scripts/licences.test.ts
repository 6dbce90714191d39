import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const file = path.join(root, 'THIRD-PARTY-LICENSES.txt');
const shipped = readFileSync(file, 'utf8');

function check(target: string): number | null {
  return spawnSync(process.execPath, [path.join(root, 'scripts/licences.mjs'), '--check', target], { encoding: 'utf8' }).status;
}

describe('THIRD-PARTY-LICENSES.txt', () => {
  it('lists what the bundles hold today', () => {
    expect(check(file)).toBe(0);
  });

  it('is stale where a package is missing, and a stale or missing file fails the check', () => {
    const folder = folderWith({ 'stale.txt': shipped.replace(/^zod .*$/m, '') });
    expect(check(path.join(folder, 'stale.txt'))).toBe(1);
    expect(check(path.join(folder, 'missing.txt'))).toBe(1);
  });

  it('names the packages that do the work, with the version that is installed', () => {
    for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@actions/core', 'zod', 'yaml', 'jpeg-js', 'fast-png']) {
      const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
      expect(shipped).toContain(`\n${name} ${version} (`);
    }
  });

  it('names nothing that only helps to develop', () => {
    for (const name of ['vitest', 'typescript', 'eslint', 'esbuild', 'fast-check', 'playwright-core']) {
      expect(shipped).not.toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });

  it('repeats what single files say of their origin, and what is compiled into the WebAssembly binary', () => {
    for (const notice of ['Copyright 2011 notmasteryet', 'Adobe Systems Incorporated', 'For XNNPACK software', 'Marat Dukhan']) expect(shipped).toContain(notice);
  });
});
