// One step of training, forward, backward and update, by who computes it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './agreement.mjs';
import { bundleEntry } from './bundle.mjs';
import { hasNative, python } from './contestants.mjs';
import { measure, quietRounds, spreadOf } from './measure.mjs';
import { fact, merged } from './own-costs.mjs';
import { prepare } from './prepare.mjs';
import { WORKLOADS } from './workloads.mjs';

/** Steps in one process; the first is not counted. */
const STEPS = 12;
const BATCHES = [
  { id: 'W2', network: 'small CNN', batches: [32] },
  { id: 'W3', network: 'EfficientNet-Lite0, all of it', batches: [16, 32] },
];

export async function costsOfSteps(folder, { rounds, attempts, threads }) {
  const ours = await bundleEntry(path.join(import.meta.dirname, 'ours', 'observing.ts'));
  const parts = [];
  for (const { id, network, batches } of BATCHES) {
    const { config, job } = await prepare(WORKLOADS.find((workload) => workload.id === id), folder, threads);
    for (const batch of batches) {
      const what = (name) => `${network}, batch ${batch}: ${name}`;
      parts.push(measured(what, contestants(ours, { config, job, batch, threads, folder }), { rounds, attempts }));
    }
  }
  return merged(parts);
}

function contestants(script, { config, job, batch, threads, folder }) {
  const own = (backend, env = {}) => (result) => ({ argv: [process.execPath, script, config, result, String(STEPS), backend, String(batch)], env });
  const torch = (result) => ({ argv: [python, path.join(import.meta.dirname, 'peers', 'torch_steps.py'), job, result, String(STEPS), String(batch)], env: { OMP_NUM_THREADS: String(threads) } });
  return [
    { name: 'WebAssembly, one thread', start: own('wasm') },
    ...(hasNative() ? [1, threads].map((count) => ({ name: `native backend, ${count} ${count === 1 ? 'thread' : 'threads'}`, start: own('native', { TF_NUM_INTRAOP_THREADS: String(count) }) })) : []),
    ...(existsSync(python) ? [{ name: `PyTorch, ${threads} threads`, start: torch }] : []),
  ].map((contestant, index) => ({ ...contestant, result: path.join(folder, `steps-${index}.json`) }));
}

/** In turn, round by round. */
function measured(what, able, { rounds, attempts }) {
  const series = quietRounds(rounds, () => {
    const seconds = able.map(({ start, result }) => {
      const { argv, env } = start(result);
      const { quiet } = measure(argv, { env });
      return { quiet, median: spreadOf(readJson(result).step.plain).median };
    });
    return { seconds: seconds.map(({ median }) => median), quiet: seconds.every(({ quiet }) => quiet) };
  }, attempts);
  return { series, facts: able.map(({ name }, index) => fact(what(name), series.rounds.map(({ seconds }) => 1000 * seconds[index]), 'ms')) };
}
