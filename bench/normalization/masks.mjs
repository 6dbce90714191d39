// Of the study, what has a class for each pixel: the two examples with masks, checked over many seeds.
import { markdownTable } from 'markdown-table';

/** @param reports of the checks; an example that was not checked stays as it was published */
export function withMasks(reports, published) {
  const rows = reports.map(({ evidence, judgement }) => ({
    example: evidence.check.config.replace(/\/layer-vitals\.yml$/, '').split('/').at(-1),
    images: evidence.data.images,
    size: evidence.data.size[0],
    epochs: evidence.plan.epochs,
    rate: evidence.plan.learningRate,
    seeds: evidence.plan.seeds.length,
    arms: evidence.plan.arms.map(({ name, formula }) => {
      const { benefit = null, p = null } = judgement.comparisons.find(({ arm }) => arm === name) ?? {};
      return { arm: name, formula, metric: judgement.arms.find(({ arm }) => arm === name).metric, benefit, p };
    }),
  }));
  return [...rows, ...published.filter(({ example }) => !rows.some((row) => row.example === example))];
}

/** Lines of the page. */
export function masksSection(masks) {
  if (masks.length === 0) return [];
  const cells = masks.flatMap(({ example, images, arms }) =>
    arms.map(({ arm, formula, metric, benefit, p }, index) => [
      index === 0 ? `\`${example}\`, ${images} images` : '',
      `\`${index === 0 ? formula : arm}\``,
      `${(100 * metric).toFixed(1)} %`,
      benefit ? `${signed(benefit.estimate)} [${signed(benefit.low)}, ${signed(benefit.high)}]` : '',
      p === null ? '' : p.toPrecision(2),
    ]),
  );
  return [
    '## A class for each pixel',
    '',
    `The two shipped examples with masks, a new head on the frozen EfficientNet-Lite0, ${masks[0].seeds} paired seeds. All inputs at the one rate of the example: none was chosen, so part of a difference may be the rate's.`,
    '',
    markdownTable([['', 'input', 'mean IoU', 'benefit', 'p'], ...cells], { align: ['l', 'l', 'r', 'r', 'r'] }),
    '',
  ];
}

function signed(value) {
  return value.toFixed(1).replace('-', '−');
}
