// What our command costs by itself, without a peer: watching, starting, downloading.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';
import { bundleEntry } from './bundle.mjs';
import { hasNative } from './contestants.mjs';
import { measure, quietRounds, spreadOf } from './measure.mjs';
import { WORKLOADS } from './workloads.mjs';

/** Pairs of steps in one process. */
const STEPS = 10;
const MEGABYTE = 1e6;
const MOST_FOR_WATCHING = [
  { backend: 'wasm', name: 'WebAssembly', most: 20 },
  { backend: 'native', name: 'native backend', most: 30 },
];
const ONE_THREAD = { env: { TF_NUM_INTRAOP_THREADS: '1' } };

/** One line of the table: what, its values over the rounds, and the most that is aimed at. */
export const fact = (what, values, unit, most) => ({ what, values, unit, most });

/** W4, on the networks of the workloads in which everything trains. */
export async function costsOfWatching(folder, { rounds, attempts }) {
  const script = await bundleEntry(path.join(import.meta.dirname, 'ours', 'observing.ts'));
  const workloads = WORKLOADS.filter(({ id }) => ['W2', 'W3'].includes(id)).map(({ id, prepare }) => ({ id, config: prepare(path.join(folder, id)) }));
  const backends = MOST_FOR_WATCHING.filter(({ backend }) => backend === 'wasm' || hasNative());
  const parts = workloads.flatMap(({ id, config }) => backends.map(({ backend, name, most }) => {
    const result = path.join(folder, `${id}-${backend}.json`);
    const series = quietRounds(rounds, () => {
      const cost = measure([process.execPath, script, config, result, String(STEPS), backend], ONE_THREAD);
      return { ...cost, ...JSON.parse(readFileSync(result, 'utf8')) };
    }, attempts);
    const more = (plain, watched) => 100 * (watched / plain - 1);
    const steps = series.rounds.map(({ step }) => more(spreadOf(step.plain).median, spreadOf(step.observed).median));
    const runs = series.rounds.map(({ run }) => more(run.plain, run.sampled));
    const facts = [
      fact(`network of ${id}, ${name}: a step with all sites observed, over one with none`, steps, '%', most),
      fact(`network of ${id}, ${name}: a run with looks as shipped, over one with none`, runs, '%', 5),
    ];
    return { facts, series };
  }));
  return merged(parts);
}

/** W5. */
export async function costsOfStarting(_, { rounds, attempts }) {
  const firstOp = await bundleEntry(path.join(import.meta.dirname, 'ours', 'first-op.ts'));
  const seconds = (argv) => quietRounds(rounds, () => measure(argv), attempts);
  const milliseconds = ({ rounds: measured }) => measured.map(({ wall }) => 1000 * wall);
  const op = seconds([process.execPath, firstOp, 'wasm']);
  const native = hasNative() ? [{ series: seconds([process.execPath, firstOp, 'native']), what: 'the same on the native backend' }] : [];
  const help = seconds([process.execPath, path.join(root, 'dist', 'cli.cjs'), '--help']);
  const node = seconds([process.execPath, '-e', '0']);
  const parts = [
    { series: op, facts: [fact('cold start to the result of a first operation, process ended', milliseconds(op), 'ms', 250)] },
    ...native.map(({ series, what }) => ({ series, facts: [fact(what, milliseconds(series), 'ms')] })),
    { series: help, facts: [fact('`--help`', milliseconds(help), 'ms', 100)] },
    { series: node, facts: [fact('Node by itself, for comparison', milliseconds(node), 'ms')] },
  ];
  const { facts, ...rest } = merged(parts);
  return {
    ...rest,
    facts: [
      ...facts,
      fact('`dist/` and `action.yml`', [sizeOf(['dist', 'action.yml']) / MEGABYTE], 'MB', 6),
      fact('the repository as an archive (compressed), which is what a runner fetches', [sizeOfArchive() / MEGABYTE], 'MB', 6),
    ],
  };
}

export function merged(parts) {
  return {
    facts: parts.flatMap(({ facts }) => facts),
    disturbed: parts.reduce((sum, { series }) => sum + series.disturbed, 0),
    quiet: parts.every(({ series }) => series.quiet),
  };
}

function sizeOf(entries) {
  return entries.reduce((sum, entry) => {
    const file = path.join(root, entry);
    return sum + (statSync(file).isDirectory() ? sizeOf(readdirSync(file).map((name) => path.join(entry, name))) : statSync(file).size);
  }, 0);
}

function sizeOfArchive() {
  return execFileSync('git', ['archive', '--format=tar.gz', 'HEAD'], { cwd: root, maxBuffer: 2 ** 30 }).length;
}
