// docs/results/is-normalization-necessary.md, each cell on a page of its own, all figures as JSON, and the plots.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/bundle.mjs';
import { cellsPage } from './cells-page.mjs';
import { wayOf } from './figures.mjs';
import { answerPage } from './page.mjs';
import { costPlot, saturationPlot } from './plots.mjs';

const PAGE = 'is-normalization-necessary';

/** Cells that were published, with their figures. */
export function readPublished() {
  return JSON.parse(readFileSync(path.join(root, 'docs', 'results', `${PAGE}.json`), 'utf8')).rows;
}

/** @param study what `verdicts.ts` makes of the stored runs */
export function writePages({ rows, missing }) {
  const groups = {
    kept: rows.filter((row) => isKept(row) || row.network === 'small CNN').filter(hasLabels),
    small: byWay(rows.filter((row) => !isKept(row) && row.network !== 'small CNN').filter(hasLabels)),
    masks: byWay(rows.filter((row) => !hasLabels(row))),
  };
  const write = (folder, name, content) => { writeFileSync(path.join(root, 'docs', folder, name), content); };
  write('results', `${PAGE}.json`, `${JSON.stringify({ rows })}\n`);
  write('images', 'normalization-cost.svg', costPlot(groups.kept, 'accuracy'));
  write('images', 'normalization-cost-small.svg', costPlot(groups.small, 'accuracy'));
  write('images', 'normalization-cost-masks.svg', costPlot(groups.masks, 'mean IoU'));
  write('images', 'normalization-saturation.svg', saturationPlot(rows.filter(hasLabels)));
  write('results', `${PAGE}.md`, answerPage(rows, missing));
  write('results', `${PAGE}-cells.md`, cellsPage(groups));
}

/** A frozen trunk, of which features are computed once for all runs. */
function isKept({ network, train, batchNorm }) {
  return network !== 'small CNN' && train === 'head' && batchNorm === 'inference';
}

function byWay(rows) {
  return rows.toSorted((a, b) => wayOf(a).localeCompare(wayOf(b)));
}

function hasLabels({ metric }) {
  return metric === 'accuracy';
}
