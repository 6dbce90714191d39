// Runs the shipped examples through the bundled command, on wasm and, where it is installed, on the native backend, and
// two of them over 24 seeds as well; writes docs/results/examples.md. Usage: npm run bench:examples
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { hasNative } from './contestants.mjs';

const root = path.dirname(import.meta.dirname);
const scratch = mkdtempSync(path.join(tmpdir(), 'layer-vitals-bench-'));
const NAMES = ['emoji-transfer', 'vanishing-head', 'wrong-normalization', 'from-scratch', 'segmentation-transfer', 'segmentation-coastline'];
const BACKENDS = hasNative() ? ['wasm', 'native'] : ['wasm'];
const EXAMPLES = [
  ...NAMES.flatMap((name) => BACKENDS.map((backend) => ({ name, backend, seeds: 6 }))),
  { name: 'emoji-transfer', backend: 'wasm', seeds: 24 },
  { name: 'wrong-normalization', backend: 'wasm', seeds: 24 },
];

function run({ name, backend, seeds }) {
  const json = path.join(scratch, 'report.json');
  const start = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['dist/cli.cjs', 'check', `fixtures/examples/${name}`, '--backend', backend, '--seeds', String(seeds), '--json', json],
    { cwd: root, encoding: 'utf8', env: { ...process.env, LAYER_VITALS_CACHE: 'off' } },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status === null || status > 1) throw new Error(`${name} ended with exit code ${status}: ${stderr}`);
  return { name, backend, seeds, status, seconds, ...JSON.parse(readFileSync(json, 'utf8')) };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

const findingsOf = ({ findings }) => findings.map(({ rule, severity }) => `${severity} \`${rule}\``).join(', ') || 'none';

/** Whether the backends say the same of an example, finding by finding. */
function agreementOf(results) {
  if (BACKENDS.length === 1) return 'The native backend was not installed.';
  const told = ({ judgement }) => JSON.stringify([judgement.verdict, judgement.findings.map(({ rule, severity, sites }) => [rule, severity, sites])]);
  const others = NAMES.filter((name) => new Set(results.filter((result) => result.name === name && result.seeds === 6).map(told)).size > 1);
  return others.length === 0 ? 'wasm and the native backend give the same verdicts and findings, at the same layers.' : `wasm and the native backend differ in ${others.map((name) => `\`${name}\``).join(', ')}.`;
}

function verdictRow({ name, backend, seeds, status, seconds, judgement }) {
  const findings = findingsOf(judgement);
  return `| \`${name}\` | ${backend} | ${seeds} | ${judgement.verdict} (exit ${status}) | ${findings} | ${seconds.toFixed(1)} s |`;
}

function comparisonRows({ name, backend, seeds, judgement, evidence }) {
  const metric = Object.fromEntries(judgement.arms.map((summary) => [summary.arm, summary.metric]));
  const formula = evidence.plan.arms[0].formula;
  return judgement.comparisons.map(
    ({ arm, benefit, p, verdict }) =>
      `| \`${name}\` | ${backend} | ${seeds} | \`${formula}\` ${percent(metric.normalized)} | \`${arm}\` ${percent(metric[arm])} | ${points(benefit.estimate)} [${points(benefit.low)}, ${points(benefit.high)}] | ${p.toPrecision(2)} | ${verdict} |`,
  );
}

try {
  const results = EXAMPLES.map(run);
  const page = [
    '# The shipped examples',
    '',
    `Made by \`npm run bench:examples\` with layer-vitals ${results[0].evidence.environment.version}, Node ${process.version}, ${availableParallelism()} ${availableParallelism() === 1 ? 'core' : 'cores'} (${cpus()[0].model.trim()}), cold start, no cache. Wall times are of the whole process on a shared machine; everything else is the same on every run.`,
    '',
    agreementOf(results),
    '',
    '| example | backend | seeds | verdict | findings | wall time |',
    '| :-- | :-- | --: | :-- | :-- | --: |',
    ...results.map(verdictRow),
    '',
    'Benefit of the declared normalization in points of accuracy (of mean IoU, where pixels are classified), with its 95 % interval (corrected resampled t over stratified folds) and the exact sign-flip p over seeds:',
    '',
    '| example | backend | seeds | declared | against | benefit | p | verdict |',
    '| :-- | :-- | --: | :-- | :-- | :-- | --: | :-- |',
    ...results.flatMap(comparisonRows),
    '',
  ].join('\n');
  writeFileSync(path.join(root, 'docs', 'results', 'examples.md'), page);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
