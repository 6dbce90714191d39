// How a plan of 64 runs scales with its shards: one process each, alone and at once, and the merge. Checks that what is
// merged has the bits of the whole. Writes docs/results/shards.md and .json. Linux.
// Usage: npm run bench:shards -- [--only from-scratch] [--note TEXT]; what is not measured stays as it is in the .json.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { root } from '../scripts/bundle.mjs';

const ARMS = ['normalized', 'raw', 'unit', 'imagenet'];
const SEEDS = 16;
const RUNS = ARMS.length * SEEDS;
const SHARDS = [1, 2, 4, 8];
/** What is not measured, but follows from the measured ones. */
const BEYOND = [16, 32, RUNS];
const WORKLOADS = [
  { name: 'emoji-transfer', about: 'a frozen trunk, a small head' },
  { name: 'from-scratch', about: 'a small network of which all trains, 2 epochs', training: { epochs: 2 } },
];
const CORES = availableParallelism();
const RESULTS = path.join(root, 'docs', 'results', 'shards.json');
const { values: options } = parseArgs({ options: { only: { type: 'string' }, note: { type: 'string' } } });
const scratch = mkdtempSync(path.join(tmpdir(), 'layer-vitals-bench-'));

/** An example with more arms and seeds; without what a judgement would measure on top. */
function prepare({ name, training }) {
  const example = path.join(root, 'fixtures', 'examples', name);
  const config = parse(readFileSync(path.join(example, 'layer-vitals.yml'), 'utf8'));
  const absolute = (section) => ({ ...section, ...(section.path && { path: path.resolve(example, section.path) }) });
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  const changed = { ...config, model: absolute(config.model), data: absolute(config.data), training: { ...config.training, ...training }, input: { ...config.input, arms: ARMS }, experiment: { seeds: SEEDS } };
  writeFileSync(path.join(folder, 'layer-vitals.yml'), stringify({ ...changed, thresholds: { 'accuracy-delta': 'off', 'std-shrinkage': 'off', 'not-learning': 'off' } }));
  return folder;
}

/** Share of the machine that others may take before a measurement is made again, and how often that is tried. */
const NOISE = 0.2;
const TRIES = 2;

/** The first of a few measurements that others left alone, else the one that they disturbed least. */
async function undisturbed(measure) {
  const measured = [];
  while (measured.length < TRIES) {
    measured.push(await measure());
    if (measured.at(-1).others <= NOISE) return measured.at(-1);
  }
  return measured.reduce((best, one) => (one.others < best.others ? one : best));
}

/** Wall clock and CPU seconds of a command, start to exit, and the share of the machine that all others took meanwhile. */
async function cost(folder, args) {
  const file = path.join(mkdtempSync(path.join(scratch, 'cost-')), 'cost.json');
  const argv = ['-S', path.join(import.meta.dirname, 'measure.py'), file, process.execPath, path.join(root, 'dist', 'cli.cjs'), ...args];
  const child = spawn('python3', argv, { cwd: folder, env: { ...process.env, LAYER_VITALS_CACHE: 'off' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const { exit, wall, cpu, others } = JSON.parse(readFileSync(file, 'utf8'));
  if (exit > 1) throw new Error(`${args.join(' ')} ended with exit code ${exit}: ${said.slice(-2000)}`);
  return { wall, cpu, others: others / (wall * CORES) };
}

const shardArgs = (index, of, shards) => (of === 1 ? ['check', '--json', path.join(shards, 'whole.json')] : ['check', '--shard', `${index}/${of}`, '--json', path.join(shards, `${index}.json`)]);
const indices = (of) => Array.from({ length: of }, (_, index) => index + 1);

/** Each with all cores for itself, as on a machine of its own. */
async function alone(folder, of, shards) {
  const costs = [];
  for (const index of indices(of)) costs.push(await undisturbed(() => cost(folder, shardArgs(index, of, shards))));
  return { longest: Math.max(...costs.map(({ wall }) => wall)), cpu: costs.reduce((sum, { cpu }) => sum + cpu, 0) };
}

/** All at once on this machine, one thread each. */
async function together(folder, of) {
  const shards = mkdtempSync(path.join(scratch, 'shards-'));
  const costs = await Promise.all(indices(of).map((index) => cost(folder, [...shardArgs(index, of, shards), '--threads', '1'])));
  const last = costs.reduce((longest, one) => (one.wall > longest.wall ? one : longest));
  // The other shards are not others.
  const siblings = costs.reduce((sum, { cpu }) => sum + cpu, -last.cpu);
  return { wall: last.wall, others: Math.max(0, last.others - siblings / (last.wall * CORES)) };
}

async function measureOne(folder, of, whole) {
  const shards = mkdtempSync(path.join(scratch, 'shards-'));
  const { longest, cpu } = await alone(folder, of, shards);
  const merged = path.join(scratch, 'merged.json');
  const merge = of === 1 ? null : await undisturbed(() => cost(folder, ['merge', shards, '--json', merged]));
  const atOnce = await undisturbed(() => together(folder, of));
  const file = of === 1 ? path.join(shards, 'whole.json') : merged;
  const { timing, ...measured } = JSON.parse(readFileSync(file, 'utf8')).evidence;
  if (whole && !isDeepStrictEqual(measured, whole)) throw new Error(`${of} shards of ${folder}, merged, are not what was measured at once.`);
  const run = timing.runs.reduce((sum, { seconds }) => sum + seconds, 0) / timing.runs.length;
  const row = { of, longest, run, merge: merge?.wall ?? 0, cpu: cpu + (merge?.cpu ?? 0), together: atOnce.wall };
  console.log(`${path.basename(folder)} in ${of}: ${JSON.stringify(row)}`);
  return { row, measured };
}

async function measureWorkload(workload) {
  const folder = prepare(workload);
  const { row, measured } = await measureOne(folder, 1, null);
  const rows = [row];
  for (const of of SHARDS.slice(1)) rows.push((await measureOne(folder, of, measured)).row);
  return { ...workload, rows };
}

const seconds = (value) => `${value.toFixed(1)} s`;
const times = (value) => `${value.toFixed(1)}×`;

/** Seconds of a shard's runs, of which each thread does one after the other. */
const runsOf = (of, run) => Math.ceil(RUNS / of / CORES) * run;

/** What a run takes, what a shard of one arm takes besides, and the merge. */
function parts(rows) {
  const { of, run, longest } = rows.at(-1);
  return { run, fixed: longest - runsOf(of, run), merge: Math.max(...rows.map(({ merge }) => merge)) };
}

/** The same plan, did its runs take longer. */
function longer(fixed, merge) {
  const wall = (of, run) => fixed + runsOf(of, run) + (of === 1 ? 0 : merge);
  const told = [10, 100].map((run) => `${run} s, ${[8, RUNS].map((of) => `${of} shards were ${times(wall(1, run) / wall(of, run))}`).join(' and ')}`);
  return `Did a run take ${told.join('; did it take ')} as fast as one. A run is done by one thread, so a shard of a single one uses one core of its machine.`;
}

function section({ name, about, rows }) {
  const whole = rows[0];
  const { run, fixed, merge } = parts(rows);
  const measured = rows.map((row) => `| ${row.of} | ${seconds(row.longest)} | ${row.of === 1 ? '' : seconds(row.merge)} | ${seconds(row.longest + row.merge)} | ${times(whole.longest / (row.longest + row.merge))} | ${seconds(row.cpu)} | ${seconds(row.together)} |`);
  const beyond = BEYOND.map((of) => {
    const wall = fixed + runsOf(of, run) + merge;
    return `| ${of} | ${seconds(wall - merge)} | ${seconds(merge)} | ${seconds(wall)} | ${times(whole.longest / wall)} | | |`;
  });
  return [
    `## \`${name}\`: ${about}`,
    '',
    '| shards | longest shard | merge | both | as fast as one | CPU in all | all at once on this machine |',
    '| --: | --: | --: | --: | --: | --: | --: |',
    ...measured,
    ...beyond,
    '',
    `A run takes ${run.toFixed(2)} s of a thread. ${seconds(fixed)} of a shard are not its runs, however few there are (start, images, network, survey, the frozen part of its input), and the merge takes ${seconds(merge)} more: with one run for each shard it is ${times(whole.longest / (fixed + run + merge))}, and no number of shards goes beyond that. ${longer(fixed, merge)}`,
    '',
  ];
}

try {
  const stored = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : { results: [] };
  const results = [];
  for (const workload of WORKLOADS) {
    const known = options.only === undefined || options.only === workload.name ? null : stored.results.find(({ name }) => name === workload.name);
    results.push(known ?? (await measureWorkload(workload)));
  }
  const note = options.note ?? stored.note ?? '';
  writeFileSync(RESULTS, `${JSON.stringify({ note, results }, null, 1)}\n`);
  const page = [
    '# Shards',
    '',
    `Made by \`npm run bench:shards\` on Node ${process.version}, ${CORES} cores (${cpus()[0].model.trim()}), no cache: ${ARMS.length} inputs × ${SEEDS} seeds = ${RUNS} runs of two examples, one measurement each. [How shards work](../shards.md).`,
    '',
    `- *Longest shard*: each shard is a process that has the ${CORES} cores for itself, as on a machine of its own; the plan is measured when the longest has ended. 1 is the check without shards.`,
    '- *Merge*: the process that joins and judges them. What is merged has the bits of the check without shards, which the benchmark compares.',
    `- *All at once*: all of them on this machine, one thread each. More processes than cores gain nothing.`,
    `- ${BEYOND.join(', ')} shards are not measured but computed: what a shard of 8 takes without its runs, and its share of the runs, of which each core does one at a time.`,
    `- What others disturbed (more than ${100 * NOISE} % of the machine) was measured once more, and the better one kept.${note === '' ? '' : ` ${note}`}`,
    '- Not in it: how long a CI takes to give each shard its machine, and to hand files on.',
    '',
    ...results.flatMap(section),
  ].join('\n');
  writeFileSync(path.join(root, 'docs', 'results', 'shards.md'), page);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
