// The tables of docs/results/statistics.md.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { root } from '../../scripts/bundle.mjs';

const LEVEL = 0.95;

/** @param tables what `verdicts.ts` makes of the outcomes */
export function page({ calibration, coverage, power, noise, equivalence }) {
  return [
    '## A/A: both arms treated the same\n',
    'Same split and examples; initialization and order drawn apart, so that every difference is chance. 6 seeds. *Confirmed failure*: harmful, and again on six fresh seeds.\n',
    table(
      ['pool, held out', 'experiments', 'margin', 'needed or harmful (bar: upper bound 2 %)', 'confirmed failures (bar: 0.5 %)', 'the same with a margin of 2 points'],
      calibration.map((row) => [row.group, row.decisive[1], row.margin.toFixed(1), share(row.decisive), share(row.confirmed), share(row.narrow)]),
    ),
    '\nThe last column is what a margin of your own costs that is smaller than what the plan can show: the margin does not hold chance back there, and the 95 % interval alone is wrong in one of twenty. A failure is confirmed on fresh seeds all the same.\n',
    '## Coverage: does a 95 % interval hold the truth?\n',
    `*None*: the experiments above, where the truth is 0. *Raw pixels*: \`normalized\` against \`raw\`. The truth is the mean over 500 pairs of runs, each judged on 1,000 images of the pool; for a fixed validation set, by training set (5 of them). Over folds an experiment also has a truth of its own, for models that are trained on its images: the mean over its runs, each judged on 1,000 images that the experiment has nothing to do with. *Own truths differ*: their standard deviation between experiments, less chance.\n`,
    table(
      ['pool, held out', 'effect', 'seeds', 'experiments', 'true benefit, points', 'intervals that hold it (bar: 93 to 98 %)', 'own truths differ, points', 'intervals that hold their own', '*needed*'],
      coverage.map((row) => [row.group, row.effect ?? 'none', row.seeds, row.held[1], row.truth.toFixed(1), share(row.held), ...own(row), share(row.needed)]),
    ),
    '\n## Power: known effects\n',
    'The first 100 A/A experiments of each row, with images of one arm flipped from right to wrong, the same images under every seed. Share that says *needed* (that the other arm is worse) with the default margin, which *needed* has to reach.\n',
    table(
      ['pool, held out', 'seeds', ...(power[0]?.needed ?? []).map(({ points }) => `${points} points`)],
      power.map((row) => [row.group, row.seeds, ...row.needed.map(({ share: [count, total] }) => percent(count / total))]),
    ),
    '\n## Power: real effects\n',
    'The same input in both arms, but a share of the training images of one has a wrong label: how much that costs is not set by hand. The truth is the mean over 500 pairs of runs, each judged on 1,000 images of the pool. *Needed* also has to reach the default margin; *beyond chance*: the 95 % interval lies above 0.\n',
    table(
      ['pool, held out', 'wrong labels', 'seeds', 'experiments', 'true benefit, points', 'intervals that hold it', 'own truths differ, points', 'intervals that hold their own', 'beyond chance', '*needed*'],
      noise.map((row) => [row.group, row.effect, row.seeds, row.held[1], row.truth.toFixed(1), share(row.held), ...own(row), ...[row.beyondChance, row.needed].map(([count, total]) => percent(count / total))]),
    ),
    `\nOver all rows, ${ofAll(noise, 'heldOwn')} of the intervals hold the truth of their own training images, and ${ofAll(noise, 'held')} that of all which may be drawn. Which labels are wrong belongs to the images, so what it costs differs from one training set to the next, and no interval from one of them can see that. What the input is fed as costs nearly the same with each, as the table of coverage shows. Rows of one pool share an arm, so they are not independent.\n`,
    '\n## Equivalence\n',
    'The A/A experiments with one arm worse by a fifth of the margin, 6 seeds. Share that says *not needed*. Bar: 80 % where the plan calls the margin reachable.\n',
    table(
      ['pool, held out', 'experiments', 'margin, points', '', 'not needed'],
      equivalence.map((row) => [row.group, row.notNeeded[1], row.margin.toFixed(1), row.isReach ? 'that the plan calls reachable' : 'by default', share(row.notNeeded)]),
    ),
  ].join('\n');
}

function own({ truthsDiffer, heldOwn }) {
  return heldOwn ? [truthsDiffer.toFixed(1), share(heldOwn)] : ['', ''];
}

function ofAll(rows, what) {
  const sum = (which) => rows.reduce((total, row) => total + row[what][which], 0);
  return percent(sum(0) / Math.max(1, sum(1)));
}

/** Text to the left, numbers to the right. */
function table(headings, rows) {
  const isNumber = headings.map((_, column) => rows.every((row) => /^([\d−-]|$)/.test(String(row[column]))));
  return markdownTable([headings, ...rows], { align: isNumber.map((right) => (right ? 'r' : 'l')) });
}

/** Share with its 95 % interval (Clopper and Pearson 1934). */
function share([count, total]) {
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

function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

export function writePage(measured) {
  const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores`;
  writeFileSync(
    path.join(root, 'docs', 'results', 'statistics.md'),
    `# Do the verdicts hold what they promise?\n\nThe real engine, features of EfficientNet-Lite0 at 96 px, a new dense layer, 5 epochs, examples drawn from all emoji of emoji-datasource-google and 4,000 images of Fashion-MNIST: 240 in 6 folds, or 180 and 60 held out. Brackets: 95 % intervals (Clopper and Pearson). Made by \`npm run bench:statistics\` (${machine}), which keeps what it trained, so that another procedure is judged in a minute. How the figures come about: [statistics.md](../statistics.md).\n\n${measured}\n`,
  );
}
