import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/report/types.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

// On a machine that does other things as well, a full experiment takes its time.
vi.setConfig({ hookTimeout: 900_000, testTimeout: 900_000 });

interface ExampleResult extends CommandResult {
  readonly report: Report;
  readonly markdown: string;
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-segmentation-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** Runs a check from the root of the repository, as the README says. */
async function check(config: string): Promise<ExampleResult> {
  const folder = await mkdtemp(path.join(scratch, 'reports-'));
  const [json, markdown] = [path.join(folder, 'report.json'), path.join(folder, 'report.md')];
  // The time limit is for a machine that does nothing else.
  const result = await runCommand(REPOSITORY, ['check', '--config', config, '--time-limit', '1h', '--json', json, '--markdown', markdown]);
  expect(result.exitCode, result.stderr).toBeLessThan(2);
  return { ...result, report: JSON.parse(await readFile(json, 'utf8')) as Report, markdown: await readFile(markdown, 'utf8') };
}

const metricOf = ({ judgement }: Report): number => judgement.arms[0]!.metric;

/** The text without the breaks that the width of a terminal makes. */
const flowing = (text: string): string => text.replaceAll('\u00A0', ' ').replaceAll(/\n {2,}/g, ' ');

describe('segmentation-transfer', () => {
  let result: ExampleResult;
  beforeAll(async () => {
    result = await check('fixtures/examples/segmentation-transfer');
  });

  test('passes without a finding, and shows what a missing normalization costs', () => {
    expect(result).toMatchObject({ exitCode: 0, report: { judgement: { verdict: 'pass' } } });
    expect(result.report.judgement.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(result.report.judgement.comparisons.map(({ arm, verdict }) => [arm, verdict])).toEqual([['raw', 'needed'], ['unit', 'not-needed']]);
  });

  test('tells each pixel a class, far better than one that is always the same', () => {
    const { evidence } = result.report;
    expect(evidence).toMatchObject({
      task: { kind: 'segmentation', metric: 'mIoU', loss: 'cross-entropy' },
      model: { boundary: 'block10_add', newLayers: 6 },
      data: { images: 96, classes: ['background', 'animal', 'food', 'object'], counts: [96, 64, 64, 64], size: [64, 64] },
    });
    expect(evidence.task.trivial.metric).toBeLessThan(0.25);
    expect(metricOf(result.report)).toBeGreaterThan(0.4);
    expect(evidence.runs.every(({ outcomes }) => outcomes.pixels?.iou.length === 4)).toBe(true);
  });

  test('speaks of mean IoU, and of each class', () => {
    expect(result.markdown).toContain('mIoU');
    expect(result.markdown).not.toContain('accuracy |');
    expect(result.markdown).toMatch(/\| animal \| [\d.]+\u00A0% \| [\d.]+\u00A0% \|/);
    expect(flowing(result.stdout)).toContain('96 images with masks of 4 classes');
  });
});

describe('segmentation-coastline', () => {
  test('passes without a finding: colours tell water from land, however they are scaled', async () => {
    const { exitCode, report } = await check('fixtures/examples/segmentation-coastline');
    expect(exitCode).toBe(0);
    expect(report.judgement.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(report.judgement.comparisons.map(({ verdict }) => verdict)).not.toContain('harmful');
    expect(metricOf(report)).toBeGreaterThan(0.6);
  });
});
