// The answer, on one page.
import { markdownTable } from 'markdown-table';
import { benefits, between, clear, clearInWords, costs, looks, mean, nameOf, range, signed, wayOf } from './figures.mjs';

const WAYS = [
  { train: 'head', batchNorm: 'inference' },
  { train: 'head', batchNorm: 'training' },
  { train: 'all', batchNorm: 'inference' },
  { train: 'all', batchNorm: 'training' },
];
/** Constants of the right order of magnitude, which another network of the study was trained with. */
const OTHERS = ['unit', 'efficientnet-lite'];

export function answerPage(rows, missing) {
  const labels = rows.filter(({ metric }) => metric === 'accuracy');
  const masks = rows.filter(({ metric }) => metric === 'mIoU');
  const scratch = labels.filter(({ network }) => network === 'small CNN');
  const pretrained = (of, { train, batchNorm }) => of.filter((row) => row.network !== 'small CNN' && row.train === train && row.batchNorm === batchNorm);
  const head = pretrained(labels, WAYS[0]);
  return [
    '# Is it necessary to normalize the input?',
    '',
    '*"Has anybody done controlled experiments that show that normalizing is better than not normalizing?"*',
    '',
    '## In short',
    '',
    `- **Feed a pretrained network raw pixels (0..255) and it gets worse, though it still learns.** With the network frozen and a new layer trained on it, that cost ${range(costs(head, 'raw'))} points of accuracy, ${signed(mean(costs(head, 'raw')))} on average over ${head.length} pairs of network and data; ${clearInWords(head, ['raw'])}.${Math.min(...costs(head, 'raw')) > 0 ? ' It was nowhere better.' : ''}`,
    `- **Other constants of the right order of magnitude matter less, and not always.** The same networks fed x / 255 where they want (x − 127) / 128 lost ${range(costs(head, 'unit'))} points, ${signed(mean(costs(head, 'unit')))} on average; ${clearInWords(head, ['unit'])}. ImageNet's mean and std, which many copy, cost ${range(costs(head, 'imagenet'))}, ${signed(mean(costs(head, 'imagenet')))} on average; ${clearInWords(head, ['imagenet'])}.`,
    ...scratchLines(scratch),
    ...wholeLines([['frozen', pretrained(labels, WAYS[2])], ['by the batch', pretrained(labels, WAYS[3])]]),
    ...maskLines(masks),
    `- **Training time** follows accuracy: with raw pixels it took ${times(head, 'raw')} times as many epochs to the same target as with the right input (geometric means; a bound, since many runs never got there).`,
    '',
    'So, for networks like these: find out what the model was trained with ([the fingerprint](../fingerprint.md) infers it from the model) and feed it that; it costs nothing. Raw pixels are worth mending. Whether other constants are, only your own images tell: the differences are of the size that a few hundred images can just show.',
    '',
    '![Cost of other inputs](../images/normalization-cost.svg)',
    '',
    'All cells by what is trained. Cost: points of accuracy or of mean IoU that the right input gains over this one, mean over pairs of network and data, least and greatest. Other constants: x / 255, or (x − 127) / 128 where that is right. [Every cell](is-normalization-necessary-cells.md).',
    '',
    summary([
      ...WAYS.map((way) => ({ what: 'a class for each image', of: pretrained(labels, way) })),
      ...['training', 'none'].map((norm) => ({ what: 'a class for each image', of: scratch.filter(({ batchNorm }) => batchNorm === norm) })),
      ...WAYS.map((way) => ({ what: 'a class for each pixel', of: pretrained(masks, way) })),
    ]),
    '',
    '## How it was measured',
    '',
    '12 paired seeds for each cell: same initial weights, same order of images, same held-out images, only the input differs. Six stratified folds, two partitions. Each input trains at the best of three learning rates (a third of, at, and three times the usual one), chosen on as many other images, so that none loses by its rate alone. 95 % intervals over seeds and images ([how](../statistics.md)). A new layer on a frozen network learns for 10 epochs on features at 96 pixels, of 240 images; other cells are smaller, and so are their chances to show anything.',
    '',
    'Networks: *lite0*, *1* and *2* are EfficientNet-Lite, trained on (x − 127) / 128 (lite0 cut after block 11). *mobilenet* is the MobileNetV2 of nsfwjs, trained on x / 255, for another task than objects. Data: emoji in 9 categories, Fashion-MNIST, the digits of scikit-learn. With masks: *scenes*, emoji on textures (4 classes), and *coastline*, land and water from above; new layers read the trunk at a sixteenth and at an eighth of the image\'s side, at 64 pixels.',
    '',
    '![Cost of other inputs, 90 images](../images/normalization-cost-small.svg)',
    '',
    ...(masks.length > 0 ? ['![Cost of other inputs, a class for each pixel](../images/normalization-cost-masks.svg)', ''] : []),
    '## Why',
    '',
    `Behind the first convolution, raw pixels are ${looks(head, 'raw', ({ firstStd }, right) => firstStd / right.firstStd, 0)} times as large as they should be. BatchNorm, which remembers the right size, passes that on, and ReLU6 cuts it off: ${shares(head, 'raw')} of the values behind the first ReLU6 lie at 6, where it is ${shares(head, 'normalized')} with the right input. What is at the limit cannot tell images apart. Beyond it everything has its usual size again: the std of the last pretrained layer is ${looks(head, 'raw', ({ lastStd }, right) => lastStd / right.lastStd, 2)} times the right one, so nobody who watches the last layers sees anything. x / 255 instead of (x − 127) / 128 halves the contrast and saturates nothing (${shares(head, 'unit')}); ImageNet's constants double it (${shares(head, 'imagenet')}).`,
    '',
    '![Cost and saturation](../images/normalization-saturation.svg)',
    '',
    'Accuracy on *training* images hides it: fed raw pixels, the new layer still fits most of them.',
    '',
    '## When it matters less',
    '',
    '- In a network from scratch with BatchNorm, which takes out scale and offset of its input. A pretrained one whose BatchNorm runs by the batch did not get there in its few epochs on 90 images: held-out images are judged by what BatchNorm remembers, and that is mostly the old input still. (That this is the reason was not measured.)',
    `- Where the difference is a factor of two or an offset within the range, mostly. For classes of images, with a new layer on a frozen network, inputs other than raw pixels cost ${range(benefits(head, ['unit', 'imagenet', 'efficientnet-lite']).map(({ estimate }) => estimate))} points, where raw pixels cost ${range(costs(head, 'raw'))}.${masks.length > 0 ? ` For classes of pixels they cost up to ${dearest(masks)}.` : ''}`,
    '- With more epochs, or another head, the differences may be others: the new layer here is one dense layer, and most inputs did best at the largest rate that was tried.',
    '',
    '## What was not tested',
    '',
    ...(missing.length > 0 ? [`${missing.length} of ${missing.length + rows.length} cells of the study are not computed yet (\`npm run bench:normalization\` goes on with them): ${missingWays(missing).join('; ')}. Nothing is claimed of them.`, ''] : []),
    'Networks without BatchNorm or with other activations than ReLU6; large data sets; data augmentation; detection and anything else than classes of images and pixels; photographs of things (the data are drawings, small grey images and one picture of the earth); more than 240 images; more than a few epochs of all layers. Four networks of two families are no sample of all networks.',
    '',
  ].join('\n');
}

function summary(groups) {
  const rows = groups.filter(({ of }) => of.length > 0).map(({ what, of }) => [`${what}: ${wayOf(of[0])}`, countsOf(of), ...costOf(of, ['raw']), ...costOf(of, OTHERS)]);
  return markdownTable([['', 'images, epochs', 'cost of raw pixels', 'worse / better beyond chance', 'cost of other constants', 'worse / better beyond chance'], ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r'] });
}

/** The cell where other constants cost most. */
function dearest(rows) {
  const all = rows.flatMap((row) => benefits([row], OTHERS).map(({ estimate }) => ({ row, estimate })));
  const { row, estimate } = all.reduce((most, one) => (one.estimate > most.estimate ? one : most));
  return `${signed(estimate)} (${nameOf(row)})`;
}

function countsOf(rows) {
  const distinct = (of) => [...new Set(rows.map(of))].join(' and ');
  return `${distinct(({ images }) => images)}, ${distinct(({ epochs }) => epochs)}`;
}

function costOf(rows, arms) {
  const { cells, worse, better } = clear(rows, arms);
  const estimates = benefits(rows, arms).map(({ estimate }) => estimate);
  return [`${signed(mean(estimates))} (${range(estimates)})`, `${worse} / ${better} of ${cells}`];
}

function scratchLines(rows) {
  if (rows.length === 0) return [];
  const of = (norm) => rows.filter(({ batchNorm }) => batchNorm === norm);
  const line = (norm, words) => (of(norm).length === 0 ? [] : [`${words} raw pixels cost ${range(costs(of(norm), 'raw'))} points (${clearInWords(of(norm), ['raw'])}) and x / 255 ${range(costs(of(norm), 'unit'))} (${clearInWords(of(norm), ['unit'])})`]);
  return [`- **From scratch, BatchNorm does most of the normalizing.** Against x / 127.5 − 1, in a small network with BatchNorm ${[...line('training', ''), ...line('none', 'without any,')].join('; ').trim()}.`];
}

/** @param norms rows by how BatchNorm runs */
function wholeLines(norms) {
  const said = norms.filter(([, rows]) => rows.length > 0).map(([norm, rows]) => `with BatchNorm ${norm} ${range(costs(rows, 'raw'))} points, ${signed(mean(costs(rows, 'raw')))} on average (${clearInWords(rows, ['raw'])})`);
  const rows = norms.flatMap(([, of]) => of);
  return [`- **Training all layers does not make up for it, at least not soon.** After ${rows[0].epochs} epochs on ${rows[0].images} images raw pixels cost ${said.join(', ')}. Other constants cost ${signed(mean(benefits(rows, OTHERS).map(({ estimate }) => estimate)))} on average; ${clearInWords(rows, OTHERS)}.`];
}

/** By data set: they were made to be one case each. */
function maskLines(rows) {
  const of = (data) => rows.filter((row) => row.data === data);
  const where = { scenes: 'where small objects are told apart (*scenes*)', coastline: 'where colours tell most (*coastline*)' };
  const said = Object.keys(where).filter((data) => of(data).length > 0).map((data) => `${where[data]} raw pixels cost ${range(costs(of(data), 'raw'))} points of mean IoU (${clearInWords(of(data), ['raw'])}) and other constants ${range(benefits(of(data), OTHERS).map(({ estimate }) => estimate))} (${clearInWords(of(data), OTHERS)})`);
  if (said.length === 0) return [];
  return [`- **A class for each pixel: it depends on the data.** Whatever is trained, ${said.join('; ')}.`];
}

/** Cells that are missing, by what is trained. */
function missingWays(missing) {
  const ways = new Map();
  for (const { network, data, ...way } of missing) {
    const words = `${network === 'small CNN' ? '' : 'pretrained, '}${wayOf({ network, ...way })}`;
    ways.set(words, [...(ways.get(words) ?? []), network === 'small CNN' ? data : `${network} on ${data}`]);
  }
  return [...ways].map(([words, cells]) => `${words} (${cells.length}: ${cells.join(', ')})`);
}

function times(rows, arm) {
  return between(benefits(rows, [arm]).flatMap(({ time }) => (time ? [time.estimate] : [])), 1);
}

function shares(rows, arm) {
  return `${looks(rows, arm, ({ saturated }) => 100 * saturated, 1)} %`;
}
