// docs/results/is-normalization-necessary.md, its figures as JSON beside it, and its plots.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { root } from '../../scripts/bundle.mjs';
import { masksSection } from './masks.mjs';
import { costPlot, nameOf, saturationPlot } from './plots.mjs';

const PAGE = 'is-normalization-necessary';

/** What the page says so far. */
export function readPublished() {
  return JSON.parse(readFileSync(path.join(root, 'docs', 'results', `${PAGE}.json`), 'utf8'));
}

/** @param study what `verdicts.ts` makes of the stored runs */
export function writePage({ rows, missing, masks }) {
  const results = path.join(root, 'docs', 'results');
  const images = path.join(root, 'docs', 'images');
  writeFileSync(path.join(results, `${PAGE}.json`), `${JSON.stringify({ rows, masks })}\n`);
  writeFileSync(path.join(images, 'normalization-cost.svg'), costPlot(rows.filter((row) => !isSmall(row))));
  writeFileSync(path.join(images, 'normalization-cost-small.svg'), costPlot(rows.filter(isSmall)));
  writeFileSync(path.join(images, 'normalization-saturation.svg'), saturationPlot(rows));
  writeFileSync(path.join(results, `${PAGE}.md`), pageOf(rows, missing, masks));
}

/** A pretrained network trained on fewer images, since nothing of it can be computed once for all runs. */
function isSmall({ network, train, batchNorm }) {
  return network !== 'small CNN' && !(train === 'head' && batchNorm === 'inference');
}

function pageOf(rows, missing, masks) {
  const head = rows.filter(({ train, batchNorm }) => train === 'head' && batchNorm === 'inference');
  const scratch = rows.filter(({ network }) => network === 'small CNN');
  return [
    '# Is it necessary to normalize the input?',
    '',
    '*"Has anybody done controlled experiments that show that normalizing is better than not normalizing?"*',
    '',
    '## In short',
    '',
    `- **Feed a pretrained network raw pixels (0..255) and it gets worse, though it still learns.** With the network frozen and a new layer trained on it, that cost ${range(costs(head, 'raw'))} points of accuracy, ${mean(costs(head, 'raw')).toFixed(1)} on average over ${head.length} pairs of network and data; ${clear(head, 'raw')}.${Math.min(...costs(head, 'raw')) > 0 ? ' It was nowhere better.' : ''}`,
    `- **Other constants of the right order of magnitude matter less, and not always.** The same networks fed x / 255 where they want (x − 127) / 128 lost ${range(costs(head, 'unit'))} points, ${signed(mean(costs(head, 'unit')))} on average; ${clear(head, 'unit')}. ImageNet's mean and std, which many copy, cost ${range(costs(head, 'imagenet'))}, ${signed(mean(costs(head, 'imagenet')))} on average; ${clear(head, 'imagenet')}.`,
    ...scratchLines(scratch),
    ...wholeLines(rows),
    ...masksLines(masks),
    `- **Training time** follows accuracy: with raw pixels it took ${times(head, 'raw')} times as many epochs to the same target as with the right input (geometric means; a bound, since many runs never got there).`,
    '',
    'So, for networks like these: find out what the model was trained with ([the fingerprint](../fingerprint.md) infers it from the model) and feed it that; it costs nothing. Raw pixels are worth mending. Whether other constants are, only your own images tell: the differences are of the size that a few hundred images can just show.',
    '',
    '![Cost of other inputs](../images/normalization-cost.svg)',
    '',
    '## How it was measured',
    '',
    '12 paired seeds for each cell: same initial weights, same order of images, same held-out images, only the input differs. Six stratified folds, two partitions. Each input trains at the best of three learning rates (a third of, at, and three times the usual one), chosen on as many other images, so that none loses by its rate alone. 95 % intervals over seeds and images ([how](../statistics.md)); verdicts with the margin of the plan, about 9 points for 240 images and 14 for 90. A new layer learns for 10 epochs on features at 96 pixels; other cells are smaller, and so are their chances to show anything. Lite0, 1 and 2: EfficientNet-Lite, trained on (x − 127) / 128 (Lite0 cut after block 11). *mobilenet*: the MobileNetV2 of nsfwjs, trained on x / 255, for another task than objects. Data: emoji in 9 categories, Fashion-MNIST, the digits of scikit-learn.',
    '',
    table(rows),
    '',
    '![Cost of other inputs, 90 images](../images/normalization-cost-small.svg)',
    '',
    'Benefit: points of accuracy that the right input gains over this one. Epochs: how many times as many it takes to 95 % of the way to the best. All figures: [JSON](is-normalization-necessary.json).',
    '',
    ...masksSection(masks),
    '## Why',
    '',
    `Behind the first convolution, raw pixels are ${ratioOfStd(head, 'raw')} times as large as they should be. BatchNorm, which remembers the right size, passes that on, and ReLU6 cuts it off: ${shares(head, 'raw')} of the values behind the first ReLU6 lie at 6, where it is ${shares(head, 'normalized')} with the right input. What is at the limit cannot tell images apart. Beyond it everything has its usual size again: the std of the last pretrained layer is ${lastRatio(head, 'raw')} times the right one, so nobody who watches the last layers sees anything. x / 255 instead of (x − 127) / 128 halves the contrast and saturates nothing (${shares(head, 'unit')}); ImageNet's constants double it (${shares(head, 'imagenet')}).`,
    '',
    '![Cost and saturation](../images/normalization-saturation.svg)',
    '',
    'Accuracy on *training* images hides it: fed raw pixels, the new layer still fits most of them.',
    '',
    '## When it matters less',
    '',
    '- In a network from scratch with BatchNorm, which takes out scale and offset of its input. A pretrained one whose BatchNorm runs by the batch did not get there in its few epochs on 90 images: held-out images are judged by what BatchNorm remembers, and that is mostly the old input still. (That this is the reason was not measured.)',
    `- Where the difference is a factor of two or an offset within the range: inputs other than raw pixels cost ${range([...costs(head, 'unit'), ...costs(head, 'imagenet'), ...costs(head, 'efficientnet-lite')])} points, where raw pixels cost ${range(costs(head, 'raw'))}.`,
    '- With more epochs, or another head, the differences may be others: the new layer here is one dense layer, and most inputs did best at the largest rate that was tried.',
    '',
    '## What was not tested',
    '',
    ...(missing.length > 0 ? [`${missing.length} of ${missing.length + rows.length} cells of the study are not computed yet (\`npm run bench:normalization\` goes on with them): ${missingWays(missing).join('; ')}. Nothing is claimed of them.`, ''] : []),
    `Networks without BatchNorm or with other activations than ReLU6; large data sets; data augmentation; ${masks.length > 0 ? 'segmentation with all layers trained or with a rate of its own for each input; detection' : 'segmentation, detection'} and anything else than classification; photographs (all three data sets are drawings or small grey images); more than 240 images. Four networks of two families are no sample of all networks.`,
    '',
  ].join('\n');
}

/** Cells that are missing, by what is trained. */
function missingWays(missing) {
  const ways = new Map();
  for (const { network, data, ...way } of missing) {
    const words = nameOf({ ...way, network: network === 'small CNN' ? network : 'pretrained', data: '' }).replace(', : ', ': ');
    ways.set(words, [...(ways.get(words) ?? []), network === 'small CNN' ? data : `${network} on ${data}`]);
  }
  return [...ways].map(([words, cells]) => `${words} (${cells.length}: ${cells.join(', ')})`);
}

function armsNamed(rows, name) {
  return rows.flatMap(({ arms }) => arms.filter(({ arm }) => arm === name));
}

function costs(rows, arm) {
  return armsNamed(rows, arm).flatMap(({ benefit }) => (benefit ? [benefit.estimate] : []));
}

/** In how many cells the interval leaves no doubt. */
function clear(rows, arm) {
  return clearOf(rows, [arm]);
}

function clearOf(rows, arms) {
  const benefits = arms.flatMap((arm) => armsNamed(rows, arm)).flatMap(({ benefit }) => benefit ?? []);
  const worse = benefits.filter(({ low }) => low > 0).length;
  const better = benefits.filter(({ high }) => high < 0).length;
  return `worse beyond chance in ${worse} of ${benefits.length}${better > 0 ? `, better beyond chance in ${better}` : ''}`;
}

function scratchLines(rows) {
  if (rows.length === 0) return [];
  const of = (norm) => rows.filter(({ batchNorm }) => batchNorm === norm);
  const line = (norm, words) => (of(norm).length === 0 ? [] : [`${words} raw pixels cost ${range(costs(of(norm), 'raw'))} points (${clear(of(norm), 'raw')}) and x / 255 ${range(costs(of(norm), 'unit'))} (${clear(of(norm), 'unit')})`]);
  return [`- **From scratch, BatchNorm does most of the normalizing.** Against x / 127.5 − 1, in a small network with BatchNorm ${[...line('training', ''), ...line('none', 'without any,')].join('; ').trim()}.`];
}

/** Cells in which more than a new layer on kept features is computed: small ones. */
function wholeLines(rows) {
  const of = (train, batchNorm) => rows.filter((row) => row.network !== 'small CNN' && row.train === train && row.batchNorm === batchNorm);
  const line = (cells, what) => (cells.length === 0 ? [] : [`- **${what}** (${cells.length} pair${cells.length === 1 ? '' : 's'} of network and data, ${cells[0].images} images, ${cells[0].epochs} epochs): raw pixels cost ${range(costs(cells, 'raw'))} points${cells.length > 1 ? `, ${signed(mean(costs(cells, 'raw')))} on average` : ''}; ${clear(cells, 'raw')}. Other constants (x / 255, or the other network's) cost ${range(others(cells))}; ${clearOf(cells, ['unit', 'efficientnet-lite'])}.`]);
  return [
    ...line(of('all', 'training'), 'All layers trained, BatchNorm by the batch'),
    ...line(of('all', 'inference'), 'All layers trained, BatchNorm frozen'),
    ...line(of('head', 'training'), 'A new layer, BatchNorm by the batch'),
  ];
}

function others(rows) {
  return [...costs(rows, 'unit'), ...costs(rows, 'efficientnet-lite')];
}

function masksLines(masks) {
  const found = (name) => masks.map(({ arms }) => arms.find(({ arm }) => arm === name)?.benefit).filter(Boolean);
  if (found('raw').length === 0) return [];
  return [`- **A class for each pixel**: on ${masks.length} data sets raw pixels cost ${found('raw').map(interval).join(' and ')} points of mean IoU, x / 255 ${found('unit').map(interval).join(' and ')} ([below](#a-class-for-each-pixel)).`];
}

function interval({ estimate, low, high }) {
  return `${signed(estimate)} [${signed(low)}, ${signed(high)}]`;
}

function times(rows, arm) {
  const ratios = armsNamed(rows, arm).flatMap(({ benefit }) => (benefit?.time ? [benefit.time.estimate] : []));
  return `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`;
}

function ratioOfStd(rows, arm) {
  return between(looks(rows, arm, ({ firstStd }, right) => firstStd / right.firstStd), 0);
}

function lastRatio(rows, arm) {
  return between(looks(rows, arm, ({ lastStd }, right) => lastStd / right.lastStd), 2);
}

function shares(rows, arm) {
  return `${between(looks(rows, arm, ({ saturated }) => 100 * saturated), 1)} %`;
}

function looks(rows, name, figure) {
  return rows.flatMap(({ arms }) => {
    const right = arms[0].look;
    const look = arms.find(({ arm }) => arm === name)?.look;
    return look && right ? [figure(look, right)] : [];
  });
}

function between(values, digits) {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
}

function range(values) {
  return values.length === 1 ? signed(values[0]) : `${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
}

function signed(value) {
  return value.toFixed(1).replace('-', '−');
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function table(rows) {
  const cells = rows.flatMap((row) =>
    row.arms.map(({ arm, formula, accuracy, trainAccuracy, rate, benefit }, index) => [
      index === 0 ? nameOf(row) : '',
      `\`${arm === 'normalized' ? formula : arm}\``,
      `${(100 * accuracy).toFixed(1)} %`,
      `${(100 * trainAccuracy).toFixed(0)} %`,
      rate.toPrecision(1),
      benefit ? `${signed(benefit.estimate)} [${signed(benefit.low)}, ${signed(benefit.high)}]` : '',
      benefit ? benefit.p.toPrecision(2) : '',
      benefit ? benefit.verdict.replace('-', ' ') : '',
      benefit?.time ? `${benefit.time.bound ? '≥ ' : ''}${benefit.time.estimate.toFixed(1)} [${benefit.time.low.toFixed(1)}, ${benefit.time.high.toFixed(1)}]` : '',
    ]),
  );
  return markdownTable([['', 'input', 'accuracy', 'on training images', 'rate', 'benefit', 'p', 'normalizing', 'epochs'], ...cells], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'l', 'r'] });
}
