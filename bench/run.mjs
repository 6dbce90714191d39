// Our command beside scripts for the same job in other frameworks: whole processes from cold start to verdict.
// Usage: npm run bench -- [--rounds 5] [--only W1,W2] [--peers ort-numpy,pytorch-cached] [--threads 2] [--whole] [--out docs/results/bench]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/bundle.mjs';
import { beyond, BOUNDS, compare, readJson, requireWholeJob } from './agreement.mjs';
import { bundleEntry } from './bundle.mjs';
import { CONTESTANTS, present, python } from './contestants.mjs';
import { measure, quietRounds } from './measure.mjs';
import { costsOfStarting, costsOfWatching } from './own-costs.mjs';
import { writeReport } from './report.mjs';
import { WORKLOADS } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    peers: { type: 'string' },
    threads: { type: 'string', default: '2' },
    // Slow contestants do all runs too, in every round: takes hours.
    whole: { type: 'boolean', default: false },
    out: { type: 'string', default: path.join('docs', 'results', 'bench') },
  },
});
const OWN_COSTS = [
  { id: 'W4', title: 'what watching costs, one thread', measure: costsOfWatching },
  { id: 'W5', title: 'cold start and size', measure: costsOfStarting },
];
/** Seeds, each with every arm, from which the time of a slow contestant is extrapolated. */
const SEEDS_OF_SLOW = 1;
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const named = (list, id) => list === undefined || list.split(',').includes(id);
const scratch = mkdtempSync(path.join(tmpdir(), 'layer-vitals-bench-'));
const { able, skipped } = present(CONTESTANTS.filter(({ id }) => id === 'ours' || named(options.peers, id)));
for (const note of skipped) console.log(`Skipped ${note}`);

function runOnce({ argv, env, accepted = [0] }) {
  const { status, stderr } = spawnSync(argv[0], argv.slice(1), { env: { ...process.env, ...env }, encoding: 'utf8' });
  if (!accepted.includes(status)) throw new Error(`${argv.join(' ')} ended with exit code ${status}:\n${stderr.slice(-4000)}`);
}

/** Files that contestants read: the config, the job as data, the converted model. */
async function prepare(workload) {
  const folder = path.join(scratch, workload.id);
  mkdirSync(folder);
  const config = workload.prepare(path.join(folder, 'check'));
  runOnce({ argv: [process.execPath, await bundleEntry(path.join(import.meta.dirname, 'ours', 'reference.ts')), config, folder] });
  const job = path.join(folder, 'job.json');
  writeFileSync(job, JSON.stringify({ ...readJson(job), threads }));
  const plainTfjs = await bundleEntry(path.join(import.meta.dirname, 'peers', 'plain-tfjs.mjs'));
  return { folder, config, job, threads, plainTfjs };
}

function convert({ job, folder }) {
  runOnce({ argv: [python, path.join(import.meta.dirname, 'peers', 'to_onnx.py'), job, folder] });
}

/** @returns our evidence and, by contestant, how far each is from it */
function checkAgreement(place, contestants) {
  const result = path.join(place.folder, 'ours.json');
  runOnce(CONTESTANTS.find(({ id }) => id === 'ours').start({ ...place, result }));
  const { evidence } = readJson(result);
  const { features } = readJson(path.join(place.folder, 'reference.json'));
  const agreement = {};
  for (const { id, name, start, modes = ['inference', 'training'] } of contestants.filter((contestant) => contestant.id !== 'ours')) {
    const followed = path.join(place.folder, `${id}-check.json`);
    runOnce(start({ ...place, result: followed, check: path.join(place.folder, 'check.json') }));
    agreement[id] = compare(evidence, features, readJson(followed), modes);
    const shown = Object.entries(agreement[id]).map(([kind, { error, where }]) => `${kind} ${error.toExponential(1)}${where ? ` (${where})` : ''}`);
    console.log(`  ${name} computes the same: ${shown.join(', ')}`);
    const wrong = beyond(agreement[id]);
    if (wrong.length > 0) throw new Error(`${name} does not compute what we do: ${wrong.map((kind) => `${kind} beyond ${BOUNDS[kind]}`).join(', ')}.`);
  }
  return { evidence, agreement };
}

/** @param seeds at most so many, the rest extrapolated */
function measureOne(place, evidence, { id, name, start }, seeds) {
  const result = path.join(place.folder, `${id}.json`);
  const { argv, env, accepted } = start({ ...place, result, ...(seeds ? { seeds } : {}) });
  const cost = measure(argv, { env, accepted });
  const output = readJson(result);
  if (id !== 'ours') requireWholeJob(name, evidence, output);
  console.log(`  ${name}: ${cost.wall.toFixed(2)} s, CPU ${cost.cpu.toFixed(2)} s${cost.quiet ? '' : `, others ${cost.others.toFixed(1)} s`}`);
  if (!output.missing) return cost;
  const { seconds, how } = output.missing;
  return { ...cost, extrapolated: { seconds: cost.wall + seconds, how } };
}

/** Interleaved rounds, each with all contestants, the first one rotating. */
function measureRounds(place, evidence, contestants, wanted, seeds) {
  const { rounds: measured, ...series } = quietRounds(wanted, (round) => {
    console.log(`  round ${round + 1}, ${wanted} wanted`);
    const order = contestants.map((_, index) => contestants[(index + round) % contestants.length]);
    const costs = Object.fromEntries(order.map((contestant) => [contestant.id, measureOne(place, evidence, contestant, seeds)]));
    return { costs, quiet: Object.values(costs).every(({ quiet }) => quiet) };
  });
  return { rounds: measured.map(({ costs }) => costs), ...series };
}

async function measureOwnCosts({ id, title, measure: measureCosts }) {
  console.log(`${id}: ${title}`);
  const folder = path.join(scratch, id);
  mkdirSync(folder);
  const costs = await measureCosts(folder, rounds);
  for (const { what, values, unit } of costs.facts) console.log(`  ${what}: ${values.map((value) => value.toFixed(1)).join(', ')} ${unit}`);
  return { id, title, ...costs };
}

async function runWorkload(workload) {
  console.log(`${workload.id}: ${workload.title}`);
  const contestants = able.filter(({ workloads }) => workloads.includes(workload.id));
  const place = await prepare(workload);
  if (contestants.some(({ id }) => id === 'ort-numpy')) convert(place);
  const { evidence, agreement } = checkAgreement(place, contestants);
  const slow = contestants.filter((contestant) => !options.whole && contestant.slow?.includes(workload.id));
  const series = [measureRounds(place, evidence, contestants.filter((contestant) => !slow.includes(contestant)), rounds)];
  if (slow.length > 0) series.push(measureRounds(place, evidence, slow, 1, SEEDS_OF_SLOW));
  return { id: workload.id, title: workload.title, bars: workload.bars, plan: evidence.plan, agreement, series };
}

try {
  const results = [];
  for (const workload of WORKLOADS.filter(({ id }) => named(options.only, id))) results.push(await runWorkload(workload));
  for (const costs of OWN_COSTS.filter(({ id }) => named(options.only, id))) results.push(await measureOwnCosts(costs));
  writeReport(path.resolve(root, options.out), results, { threads, rounds, skipped, arguments: process.argv.slice(2) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
