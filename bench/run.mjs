// Our command beside scripts for the same job in other frameworks: whole processes from cold start to verdict.
// Usage: npm run bench -- [--rounds 5] [--attempts 11] [--only W1,W2] [--peers ort-numpy,pytorch-cached] [--threads 2] [--whole] [--agreement] [--out docs/results/bench]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/bundle.mjs';
import { beyond, BOUNDS, compare, followedOf, readJson, requireWholeJob } from './agreement.mjs';
import { CONTESTANTS, present, python, REFEREE } from './contestants.mjs';
import { measure, quietRounds } from './measure.mjs';
import { costsOfStarting, costsOfWatching } from './own-costs.mjs';
import { prepare, runOnce } from './prepare.mjs';
import { writeReport } from './report.mjs';
import { costsOfSteps } from './steps.mjs';
import { WORKLOADS } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    // Rounds that are tried, those included that others disturb.
    attempts: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    threads: { type: 'string', default: '2' },
    // Slow contestants do all runs too, in every round: takes hours.
    whole: { type: 'boolean', default: false },
    // Only whether all compute the same; nothing is timed or written.
    agreement: { type: 'boolean', default: false },
    out: { type: 'string', default: path.join('docs', 'results', 'bench') },
  },
});
const OWN_COSTS = [
  { id: 'steps', title: 'one training step, without looks', measure: costsOfSteps },
  { id: 'W4', title: 'what watching costs, one thread', measure: costsOfWatching },
  { id: 'W5', title: 'cold start and size', measure: costsOfStarting },
];
/** Seeds of the check that all are compared with: the first run is what counts, and fewer cannot be compared. */
const SEEDS_OF_REFERENCE = 2;
/** Seeds, each with every arm, from which the time of a slow contestant is extrapolated. */
const SEEDS_OF_SLOW = 1;
const rounds = Number(options.rounds);
const attempts = options.attempts === undefined ? undefined : Number(options.attempts);
const threads = Number(options.threads);
const named = (list, id) => list === undefined || list.split(',').includes(id);
const scratch = mkdtempSync(path.join(tmpdir(), 'layer-vitals-bench-'));
const { able, skipped } = present(CONTESTANTS.filter(({ id }) => id === 'ours' || named(options.peers, id)));
for (const note of skipped) console.log(`Skipped ${note}`);

function convert({ job, folder }) {
  runOnce({ argv: [python, path.join(import.meta.dirname, 'peers', 'to_onnx.py'), job, folder] });
}

/**
 * Where everything trains, a float64 referee comes first: what we compute must be what it computes. A contestant that is
 * further from us than rounding explains is left out.
 *
 * @returns our plan; by contestant, how far each is from what we compute; and who is left out, with the reason
 */
function checkAgreement(workload, place, contestants) {
  const evidenceOf = (contestant) => {
    const result = path.join(place.folder, `${contestant.id}-reference.json`);
    runOnce(contestant.start({ ...place, result, seeds: SEEDS_OF_REFERENCE }));
    return readJson(result).evidence;
  };
  const evidence = evidenceOf(CONTESTANTS.find(({ id }) => id === 'ours'));
  const { features } = readJson(path.join(place.folder, 'reference.json'));
  const check = path.join(place.folder, 'check.json');
  const errorsOf = (contestant) => {
    const { id, own, start, modes = ['inference', 'training'] } = contestant;
    // Features of ours are not in the evidence.
    if (own) return compare(evidence, null, followedOf(evidenceOf(contestant), readJson(check).steps), modes);
    const followed = path.join(place.folder, `${id}-check.json`);
    runOnce(start({ ...place, result: followed, check }));
    return compare(evidence, features, readJson(followed), modes);
  };
  const agreement = {};
  const apart = {};
  const referees = present([REFEREE]).able.filter(({ workloads }) => workloads.includes(workload));
  for (const contestant of [...referees, ...contestants.filter(({ id }) => id !== 'ours')]) {
    const { id, name } = contestant;
    const bounds = { ...BOUNDS, ...contestant.bounds?.[workload] };
    agreement[id] = errorsOf(contestant);
    const shown = Object.entries(agreement[id]).map(([kind, { error, where }]) => `${kind} ${error.toExponential(1)}${where ? ` (${where})` : ''}`);
    console.log(`  ${name} beside ours: ${shown.join(', ')}`);
    const wrong = beyond(agreement[id], bounds);
    if (wrong.length > 0) apart[id] = `${name}: does not compute what we do, ${wrong.map((kind) => `${kind} beyond ${bounds[kind]}`).join(', ')}.`;
  }
  if (apart[REFEREE.id]) throw new Error(apart[REFEREE.id]);
  const { seeds } = readJson(place.job);
  return { evidence: { ...evidence, plan: { ...evidence.plan, seeds: Array.from({ length: seeds }, (_, seed) => seed) } }, agreement, apart };
}

/** @param seeds at most so many, the rest extrapolated */
function measureOne(place, evidence, { id, own, name, start }, seeds) {
  const result = path.join(place.folder, `${id}.json`);
  const { argv, env, accepted } = start({ ...place, result, ...(seeds ? { seeds } : {}) });
  const cost = measure(argv, { env, accepted });
  const output = readJson(result);
  if (!own) requireWholeJob(name, evidence, output);
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
  }, attempts);
  return { rounds: measured.map(({ costs }) => costs), ...series };
}

async function measureOwnCosts({ id, title, measure: measureCosts }) {
  console.log(`${id}: ${title}`);
  const folder = path.join(scratch, id);
  mkdirSync(folder);
  const costs = await measureCosts(folder, { rounds, attempts, threads });
  for (const { what, values, unit } of costs.facts) console.log(`  ${what}: ${values.map((value) => value.toFixed(1)).join(', ')} ${unit}`);
  return { id, title, ...costs };
}

async function runWorkload(workload) {
  console.log(`${workload.id}: ${workload.title}`);
  const entered = able.filter(({ workloads }) => workloads.includes(workload.id));
  const place = await prepare(workload, scratch, threads);
  if (entered.some(({ id }) => id === 'ort-numpy')) convert(place);
  const { evidence, agreement, apart } = checkAgreement(workload.id, place, entered);
  if (options.agreement) return null;
  const contestants = entered.filter(({ id }) => !apart[id]);
  const slow = contestants.filter((contestant) => !options.whole && contestant.slow?.includes(workload.id));
  const series = [measureRounds(place, evidence, contestants.filter((contestant) => !slow.includes(contestant)), rounds)];
  if (slow.length > 0) series.push(measureRounds(place, evidence, slow, 1, SEEDS_OF_SLOW));
  return { id: workload.id, title: workload.title, bars: workload.bars, agreement, leftOut: Object.values(apart), series };
}

try {
  const results = [];
  for (const workload of WORKLOADS.filter(({ id }) => named(options.only, id))) results.push(await runWorkload(workload));
  for (const costs of OWN_COSTS.filter(({ id }) => !options.agreement && named(options.only, id))) results.push(await measureOwnCosts(costs));
  if (!options.agreement) writeReport(path.resolve(root, options.out), results, { threads, rounds, skipped, arguments: process.argv.slice(2) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
