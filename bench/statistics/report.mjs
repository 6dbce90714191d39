// The tables of docs/results/statistics.md.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { root } from '../../scripts/bundle.mjs';

const LEVEL = 0.95;

/** @param lines results: key and what was measured */
export function tables(lines) {
  const results = lines.map(({ key, result }) => {
    const [study, pool, design, index] = key.split('/');
    return { study, pool, design, index: Number(index), result };
  });
  const of = (study) => results.filter((one) => one.study === study);
  return [
    '## A/A: both arms treated the same\n',
    'Same split and examples; initialization and order drawn apart, so that every difference is chance. 6 seeds. *Confirmed failure*: harmful, and again on six fresh seeds.\n',
    calibrationTable(of('calibration')),
    '\n## Coverage: does a 95 % interval hold the truth?\n',
    '`normalized` against `raw`. The truth is the mean over 500 pairs of runs, each judged on 1,000 images of the pool; for a fixed validation set, by training set (5 of them).\n',
    coverageTable(of('truth'), of('coverage')),
    '\n## Power: known effects\n',
    'The A/A runs with images of one arm flipped from right to wrong, the same images under every seed. Share of experiments that say *needed* (that the other arm is worse).\n',
    powerTable(of('power')),
    '\n## Equivalence\n',
    'One arm worse by a fifth of the margin. Share of experiments that say *not needed*. Bar: 80 %.\n',
    equivalenceTable(of('calibration')),
  ].join('\n');
}

function calibrationTable(results) {
  const row = (name, group) => {
    const decisive = group.filter(({ result }) => ['needed', 'harmful'].includes(result.verdict.verdict));
    const confirmed = group.filter(({ result }) => result.confirmed);
    return [name, group.length, share(decisive, group), share(confirmed, group)];
  };
  return markdownTable(
    [['pool, held out', 'experiments', 'needed or harmful (bar: upper bound 2 %)', 'confirmed failures (bar: 0.5 %)'], ...grouped(results).map(([name, group]) => row(name, group)), row('all', results)],
    { align: ['l', 'r', 'r', 'r'] },
  );
}

function coverageTable(truths, results) {
  const keyOf = ({ pool, design, index }) => `${pool}/${design}/${design === 'fixed' ? index % 5 : ''}`;
  const truth = new Map();
  for (const one of truths) truth.set(keyOf(one), [...(truth.get(keyOf(one)) ?? []), one.result]);
  const isHeld = (one) => {
    const expected = mean(truth.get(keyOf(one)));
    return one.result.low <= expected && expected <= one.result.high;
  };
  const effect = (group) => mean(group.flatMap((one) => truth.get(keyOf(one))));
  const rows = grouped(results).map(([name, group]) => [name, group.length, effect(group).toFixed(1), share(group.filter(isHeld), group)]);
  return markdownTable([['pool, held out', 'experiments', 'true benefit, points', 'intervals that hold it (bar: 93 to 98 %)'], ...rows], { align: ['l', 'r', 'r', 'r'] });
}

function powerTable(results) {
  const cells = results.flatMap(({ pool, design, result }) => result.map((one) => ({ name: `${pool}, ${design}`, ...one })));
  const effects = [...new Set(cells.map(({ points }) => points))];
  const rows = [...new Set(cells.map(({ name, seeds }) => JSON.stringify([name, seeds])))].map((row) => {
    const [name, seeds] = JSON.parse(row);
    const at = (points) => cells.filter((cell) => cell.name === name && cell.seeds === seeds && cell.points === points);
    return [name, seeds, ...effects.map((points) => percent(at(points).filter(({ verdict }) => verdict === 'needed').length / at(points).length))];
  });
  return markdownTable([['pool, held out', 'seeds', ...effects.map((points) => `${points} points`)], ...rows], { align: ['l', 'r', ...effects.map(() => 'r')] });
}

function equivalenceTable(results) {
  const rows = grouped(results).map(([name, group]) => {
    const margins = group.map(({ result }) => result.verdict.margin);
    return [name, group.length, mean(margins).toFixed(1), share(group.filter(({ result }) => result.small === 'not-needed'), group)];
  });
  return markdownTable([['pool, held out', 'experiments', 'margin, points', 'not needed'], ...rows], { align: ['l', 'r', 'r', 'r'] });
}

function grouped(results) {
  const groups = new Map();
  for (const one of results) {
    const name = `${one.pool}, ${one.design}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups];
}

/** Share with its 95 % interval (Clopper and Pearson 1934). */
function share({ length: count }, { length: total }) {
  return `${percent(count / total)} [${percent(bound(count, total, (1 - LEVEL) / 2, 'low'))}, ${percent(bound(count, total, (1 - LEVEL) / 2, 'high'))}]`;
}

function bound(count, total, tail, side) {
  if (side === 'low' ? count === 0 : count === total) return count / total;
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const isAbove = side === 'high' ? atMost(count, total, middle) < tail : 1 - atMost(count - 1, total, middle) > tail;
    if (isAbove) high = middle;
    else low = middle;
  }
  return low;
}

/** P(X <= count) of a binomial, summed in logarithms. */
function atMost(count, total, p) {
  let term = total * Math.log1p(-p);
  let sum = Math.exp(term);
  for (let k = 1; k <= count; k++) {
    term += Math.log((total - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(term);
  }
  return sum;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

/** @param seconds null where a part of the results is of an earlier run */
export function writePage(measured, seconds) {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
  const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores`;
  const time = seconds === null ? '' : `, ${Math.round(seconds / 60)} min`;
  writeFileSync(
    path.join(root, 'docs', 'results', 'statistics.md'),
    `# Do the verdicts hold what they promise?\n\nThe real engine, features of EfficientNet-Lite0 at 96 px, a new dense layer, 10 epochs, examples drawn from all emoji of emoji-datasource-google and 4,000 images of Fashion-MNIST: 240 in 6 folds, or 180 and 60 held out. Brackets: 95 % intervals (Clopper and Pearson). Made by \`npm run bench:statistics\` (${machine}${time}; ${commit}). How the figures come about: [statistics.md](../statistics.md).\n\n${measured}\n`,
  );
}
