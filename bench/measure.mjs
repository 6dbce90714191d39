// What a process costs, from cold start to exit.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

/** Share of the machine that others may take before a measurement is thrown away. */
const NOISE = 0.1;

/**
 * @param accepted exit codes that are no failure
 * @returns seconds of wall clock and CPU, peak memory in bytes, and whether the machine was quiet meanwhile
 */
export function measure(argv, { env = {}, accepted = [0] } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'layer-vitals-measure-'));
  try {
    const file = path.join(folder, 'cost.json');
    const wrapper = ['-S', path.join(import.meta.dirname, 'measure.py'), file, ...argv];
    const { status, stderr, error } = spawnSync('python3', wrapper, { env: { ...process.env, ...env }, encoding: 'utf8' });
    if (error) throw new Error('Measuring needs python3 on the PATH.', { cause: error });
    if (status !== 0) throw new Error(`${argv.join(' ')} could not be measured:\n${stderr}`);
    const { exit, ...cost } = JSON.parse(readFileSync(file, 'utf8'));
    if (!accepted.includes(exit)) throw new Error(`${argv.join(' ')} ended with exit code ${exit}:\n${stderr.slice(-4000)}`);
    return { ...cost, quiet: cost.others <= NOISE * cost.wall * availableParallelism() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Repeats until `wanted` rounds were quiet; one that others disturbed does not count. Where none was quiet after
 * `attempts`, the disturbed ones are all that there is.
 *
 * @param measureRound `quiet` of what it returns says whether it counts
 */
export function quietRounds(wanted, measureRound, attempts = 2 * wanted + 1) {
  const kept = [];
  const disturbed = [];
  for (let round = 0; kept.length < wanted && round < attempts; round++) {
    const measured = measureRound(round);
    (measured.quiet ? kept : disturbed).push(measured);
  }
  return { rounds: kept.length > 0 ? kept : disturbed, disturbed: disturbed.length, quiet: kept.length > 0 };
}

/** @returns median, smallest and largest */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return { median: sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, min: sorted[0], max: sorted.at(-1) };
}
