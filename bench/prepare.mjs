// What a workload needs before anything is timed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './agreement.mjs';
import { bundleEntry } from './bundle.mjs';

export function runOnce({ argv, env, accepted = [0] }) {
  const { status, stderr } = spawnSync(argv[0], argv.slice(1), { env: { ...process.env, ...env }, encoding: 'utf8' });
  if (!accepted.includes(status)) throw new Error(`${argv.join(' ')} ended with exit code ${status}:\n${stderr.slice(-4000)}`);
}

/** Files that contestants read: the config, the job as data, the converted model. */
export async function prepare(workload, scratch, threads) {
  const folder = path.join(scratch, workload.id);
  mkdirSync(folder);
  const config = workload.prepare(path.join(folder, 'check'));
  runOnce({ argv: [process.execPath, await bundleEntry(path.join(import.meta.dirname, 'ours', 'reference.ts')), config, folder] });
  const job = path.join(folder, 'job.json');
  writeFileSync(job, JSON.stringify({ ...readJson(job), threads }));
  const plainTfjs = await bundleEntry(path.join(import.meta.dirname, 'peers', 'plain-tfjs.mjs'));
  return { folder, config, job, threads, plainTfjs };
}
