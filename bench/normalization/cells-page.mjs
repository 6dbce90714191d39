// Every cell of the study with its figures.
import { markdownTable } from 'markdown-table';
import { nameOf, signed } from './figures.mjs';

/** @param groups rows with one label for each image, much and little computed, and with masks */
export function cellsPage({ kept, small, masks }) {
  return [
    '# Is it necessary to normalize the input? Every cell',
    '',
    'How it was measured and what it says: [the answer](is-normalization-necessary.md). The first row of a cell is the input that its network was trained with (from scratch: the usual one).',
    '',
    'Benefit: points that the right input gains over this one, with a 95 % interval. p: sign flips. Normalizing: the verdict, with the margin of the plan. Epochs: how many times as many it takes to 95 % of the way to the best. Rate: the one chosen of three, on other images. All figures: [JSON](is-normalization-necessary.json).',
    '',
    '## A class for each image',
    '',
    table(kept, 'accuracy'),
    '',
    '## A class for each image, fewer images',
    '',
    table(small, 'accuracy'),
    '',
    ...(masks.length === 0 ? [] : ['## A class for each pixel', '', table(masks, 'mean IoU'), '']),
  ].join('\n');
}

function table(rows, metric) {
  const cells = rows.flatMap((row) =>
    row.arms.map(({ arm, formula, heldOut, training, rate, benefit }, index) => [
      index === 0 ? nameOf(row) : '',
      `\`${arm === 'normalized' ? formula : arm}\``,
      `${(100 * heldOut).toFixed(1)} %`,
      `${(100 * training).toFixed(0)} %`,
      rate.toPrecision(1),
      benefit ? `${signed(benefit.estimate)} [${signed(benefit.low)}, ${signed(benefit.high)}]` : '',
      benefit ? benefit.p.toPrecision(2) : '',
      benefit ? benefit.verdict.replace('-', ' ') : '',
      benefit?.time ? `${benefit.time.bound ? '≥ ' : ''}${benefit.time.estimate.toFixed(1)} [${benefit.time.low.toFixed(1)}, ${benefit.time.high.toFixed(1)}]` : '',
    ]),
  );
  return markdownTable([['', 'input', metric, 'on training images', 'rate', 'benefit', 'p', 'normalizing', 'epochs'], ...cells], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'l', 'r'] });
}
