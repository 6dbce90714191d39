// What was measured as a page and as data; a workload that was not run this time keeps what stands there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { markdownTable } from 'markdown-table';
import { root } from '../scripts/bundle.mjs';
import { CONTESTANTS, python } from './contestants.mjs';
import { spreadOf } from './measure.mjs';

const PACKAGES = ['torch', 'tensorflow_cpu', 'keras', 'onnxruntime', 'numpy', 'pillow'];

/** @param file without its extension */
export function writeReport(file, results, { threads, rounds, skipped, arguments: given }) {
  const conditions = { command: ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' '), machine: machine(), versions: versions(), threads, rounds, skipped };
  const before = existsSync(`${file}.json`) ? JSON.parse(readFileSync(`${file}.json`, 'utf8')).workloads : {};
  const workloads = { ...before, ...Object.fromEntries(results.map(({ id, ...result }) => [id, { ...result, conditions }])) };
  writeFileSync(`${file}.json`, `${JSON.stringify({ workloads }, null, 1)}\n`);
  writeFileSync(`${file}.md`, page(workloads));
}

function machine() {
  return `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB`;
}

function versions() {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
  const own = { 'layer-vitals': commit, Node: process.version };
  if (!existsSync(python)) return own;
  const script = `import importlib.metadata as m, json, platform; print(json.dumps({'Python': platform.python_version(), **{p: m.version(p) for p in ${JSON.stringify(PACKAGES)}}}))`;
  return { ...own, ...JSON.parse(execFileSync(python, ['-c', script], { encoding: 'utf8' })) };
}

function page(workloads) {
  const sections = Object.keys(workloads).sort().map((id) => (workloads[id].facts ? factsSection : section)(id, workloads[id]));
  return [
    '# Beside other frameworks',
    '',
    'Whole processes from cold start to verdict: our bundled command and scripts for the same job ([bench/peers](../../bench/peers)), same images, head, optimizer, number of runs and looks at layers. Made by `npm run bench`; how to read it, and what each step gained: [performance.md](../performance.md).',
    '',
    'Runs of all contestants are interleaved; figures are medians over rounds (smallest to largest), and a round in which other processes took more than a tenth of the CPU is thrown away. *Ratio*: wall time relative to layer-vitals, which keeps nothing between runs. *Bar*: the ratio to reach.',
    '',
    ...sections,
  ].join('\n');
}

function section(id, { title, bars, agreement, leftOut = [], series, conditions }) {
  const found = measurements(series);
  const ours = timeOf(found.ours).median;
  const rows = CONTESTANTS.filter((contestant) => found[contestant.id]).map((contestant) => row(contestant, found[contestant.id], ours, bars[contestant.id]));
  const { machine: where, versions: used, threads, command, skipped } = conditions;
  return [
    `## ${id}: ${title}`,
    '',
    markdownTable([['', 'wall', 'CPU', 'peak memory', 'ratio', 'bar'], ...rows], { align: ['l', 'r', 'r', 'r', 'r', 'r'] }),
    '',
    ...notes(found, agreement, series),
    `${where}; ${threads} threads; ${Object.entries(used).map(([name, version]) => `${name} ${version}`).join(', ')}. \`${command}\``,
    ...skipped.map((note) => `\nSkipped ${note}`),
    ...leftOut.map((note) => `\nLeft out ${note}`),
    '',
  ].join('\n');
}

/** What our command costs by itself. */
function factsSection(id, { title, facts, disturbed, quiet, conditions }) {
  const { machine: where, versions: used, command } = conditions;
  const rows = facts.map(({ what, values, unit, most }) => {
    const { median, min, max } = spreadOf(values);
    const shown = `${median.toFixed(1)} ${unit}${min === max ? '' : ` (${min.toFixed(1)} to ${max.toFixed(1)})`}`;
    return [what, shown, most === undefined ? '' : `${median <= most ? '✓' : '✗'} at most ${most} ${unit}`];
  });
  return [
    `## ${id}: ${title}`,
    '',
    markdownTable([['', 'median over rounds', 'bar'], ...rows], { align: ['l', 'r', 'r'] }),
    '',
    ...noiseNotes(disturbed, !quiet),
    `${where}; layer-vitals ${used['layer-vitals']}, Node ${used.Node}. \`${command}\``,
    '',
  ].join('\n');
}

function noiseNotes(thrown, noisy) {
  return [
    ...(noisy ? ['**Not every figure has a quiet round: some are those of a busy machine.**', ''] : []),
    ...(thrown > 0 && !noisy ? [`${thrown} disturbed ${thrown === 1 ? 'round was' : 'rounds were'} thrown away.`, ''] : []),
  ];
}

function measurements(series) {
  const found = {};
  for (const { rounds } of series) {
    for (const costs of rounds) for (const [id, cost] of Object.entries(costs)) (found[id] ??= []).push(cost);
  }
  return found;
}

/** Wall seconds; where a script says that it did a part only, what the whole would take. */
function timeOf(costs) {
  return spreadOf(costs.map(({ wall, extrapolated }) => extrapolated?.seconds ?? wall));
}

function row({ id, name }, costs, ours, bar) {
  const time = timeOf(costs);
  const part = costs[0].extrapolated;
  const ratio = time.median / ours;
  return [
    name,
    `${part ? '≈ ' : ''}${seconds(time)}`,
    part ? '–' : seconds(spreadOf(costs.map(({ cpu }) => cpu))),
    `${Math.round(spreadOf(costs.map(({ peakBytes }) => peakBytes)).median / 2 ** 20)} MB`,
    id === 'ours' ? '1' : ratio.toFixed(2),
    bar === undefined ? '' : `${ratio >= bar ? '✓' : '✗'} ${bar}`,
  ];
}

function seconds({ median, min, max }) {
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0;
  const shown = (value) => value.toFixed(digits);
  return min === max ? `${shown(median)} s` : `${shown(median)} s (${shown(min)} to ${shown(max)})`;
}

function notes(found, agreement, series) {
  const names = Object.fromEntries(CONTESTANTS.map(({ id, name }) => [id, name]));
  const { referee, ...others } = agreement;
  const text = ({ error }) => error.toExponential(1);
  const sameModes = Object.entries(others).map(([id, { start, updated }]) => `${names[id]} ${text(start)} and ${text(updated)}`);
  const frozen = Object.values(others).filter((parts) => parts.features.error > 0);
  const most = (kind) => Math.max(...frozen.map((parts) => parts[kind].error)).toExponential(1);
  const parts = Object.entries(found).flatMap(([id, costs]) => (costs[0].extrapolated ? [`${names[id]}: ${costs[0].extrapolated.how}`] : []));
  const thrown = series.reduce((sum, { disturbed, quiet }) => sum + (quiet ? disturbed : 0), 0);
  const noisy = series.some(({ quiet }) => !quiet);
  return [
    ...noiseNotes(thrown, noisy),
    ...(sameModes.length > 0
      ? [
          `Checked before, from the same weights with the same batches: mean and std of every layer and gradient, their largest difference to ours relative to the root mean square, before the first update and after the first few. ${[...(referee ? [`PyTorch in float64, the referee, ${text(referee.start)} and ${text(referee.updated)}`] : []), ...sameModes].join('; ')}.${frozen.length > 0 ? ` Frozen layers ${most('frozen')}, trunk features ${most('features')} of the largest.` : ''}`,
          '',
        ]
      : []),
    ...parts.flatMap((part) => [part, '']),
  ];
}
