import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/report/types.ts';
import { tinyCheck } from './tiny-check.ts';
import { type CommandOptions, type CommandResult, NODES, runCommand } from './run-command.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

// On a machine that does other things as well, a full experiment takes its time.
vi.setConfig({ hookTimeout: 300_000, testTimeout: 300_000 });

interface ExampleResult extends CommandResult {
  readonly report: Report;
  readonly markdown: string;
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-command-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** Runs a check from the root of the repository, as the README says. */
async function check(args: readonly string[], options?: CommandOptions): Promise<ExampleResult> {
  const folder = await mkdtemp(path.join(scratch, 'reports-'));
  const [json, markdown] = [path.join(folder, 'report.json'), path.join(folder, 'report.md')];
  const result = await runCommand(REPOSITORY, ['check', ...args, '--json', json, '--markdown', markdown], options);
  expect(result.exitCode, result.stderr).toBeLessThan(2);
  return { ...result, report: JSON.parse(await readFile(json, 'utf8')) as Report, markdown: await readFile(markdown, 'utf8') };
}

describe('more seeds', () => {
  test('go on while a comparison is open, as if all of them had been asked for at once', async () => {
    const workspace = await tinyCheck(scratch, 'pass');
    const config = path.join(workspace, 'layer-vitals.yml');
    const plain = await readFile(config, 'utf8');
    const epochs = ['--epochs', '8'];
    const all = await check([config, '--seeds', '4', ...epochs]);
    await writeFile(config, plain.replace('experiment:', 'experiment:\n  more-seeds: [3, 4]'));
    const { report, markdown, stderr } = await check([config, ...epochs]);
    expect(report.evidence.plan).toMatchObject({ seeds: [0, 1, 2, 3], looks: [2, 3, 4] });
    const bySeed = ({ evidence: { runs } }: Report) => runs.map(({ arm, seed, weights }) => `${seed} ${arm} ${weights}`).sort();
    expect(bySeed(report)).toEqual(bySeed(all.report));
    expect(markdown).toContain('Judged after 2, 3, 4 of at most 4 seeds');
    expect(stderr).toContain('training on more seeds');
    expect(stderr).toMatch(/^It can show differences from [\d.]+ points on \(p (from|below) 0\.\d+\), and call arms equal within [\d.]+ with all \d+ seeds/m);
  });
});

const accuracyOf = ({ judgement }: Report, arm: string): number => judgement.arms.find((summary) => summary.arm === arm)!.metric;

/** The text without the breaks that the width of a terminal makes. */
const flowing = (text: string): string => text.replaceAll('\u00A0', ' ').replaceAll(/\n {2,}/g, ' ');

describe('emoji-transfer, to which the config at the root points', () => {
  let result: ExampleResult;
  beforeAll(async () => {
    result = await check([]);
  });

  test('passes', () => {
    expect(result).toMatchObject({ exitCode: 0, report: { judgement: { verdict: 'pass' } } });
    expect(result.report.judgement.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(result.stdout).toMatch(/^ PASS {2}layer-vitals: /);
    expect(result.markdown).toContain('normalized');
  });

  test('measures what it says it measures', () => {
    const { evidence } = result.report;
    expect(evidence).toMatchObject({
      check: { id: 'fixtures/examples/emoji-transfer', config: 'layer-vitals.yml' },
      model: { name: 'efficientnet-lite0', boundary: 'block10_add', newLayers: 3, train: 'head' },
      data: { size: [96, 96], counts: [40, 40, 40, 40, 40, 40], validation: { kind: 'folds', folds: 6, trainImages: 200, validationImages: 40 } },
      trials: [],
      confirmation: [],
    });
    expect(new Set(evidence.runs.map(({ arm, seed }) => `${arm} ${seed}`)).size).toBe(18);
    expect(evidence.timing.runs).toHaveLength(18);
    expect(evidence.timing.total).toBeGreaterThan(0);
  });

  test('finds accuracies no worse than a linear head reaches in PyTorch with this backbone and these images', () => {
    // Means over 24 splits of 60 test images (fixtures/data/emoji/README.md); the fold of each seed here has 40.
    for (const [arm, reference] of [['normalized', 0.678], ['unit', 0.683], ['raw', 0.597]] as const) {
      expect(accuracyOf(result.report, arm)).toBeGreaterThan(reference - 0.05);
    }
    expect(result.report.judgement.comparisons.map(({ arm, verdict }) => [arm, verdict])).not.toContainEqual([expect.anything(), 'harmful']);
  });

  test('follows the signal from the last pretrained layer on', () => {
    const { layers } = result.report.judgement;
    expect(layers.find(({ boundary }) => boundary)).toMatchObject({ site: 'block10_add', shrinkage: 1, relativeStd: 1 });
    expect(layers.at(-1)).toMatchObject({ part: 'output', judged: false });
  });

  test('tells plain lines of progress where there is no terminal, and no colour', () => {
    expect(result.stdout).toBe(stripVTControlCharacters(result.stdout));
    const [plan, ...lines] = result.stderr.trimEnd().split('\n');
    expect(plan).toMatch(/^It can show differences from [\d.]+ points on \(p from 0\.\d+\), and call arms equal within [\d.]+\.$/);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^(preparing images|training): \d+ of \d+, about \d+ (s|min) left$/);
  });
});

describe('vanishing-head', () => {
  let result: ExampleResult;
  beforeAll(async () => {
    result = await check(['--config', 'fixtures/examples/vanishing-head']);
  });

  test('fails on std-shrinkage', () => {
    expect(result).toMatchObject({ exitCode: 1, report: { judgement: { verdict: 'fail' } } });
    expect(result.report.judgement.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { rule: 'std-shrinkage', sites: ['head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6'] },
    ]);
  });

  test('each of the six layers passes on about a fifth', () => {
    const head = result.report.judgement.layers.filter(({ site }) => /^head_\d$/.test(site));
    for (const { relativeGain } of head) expect(Math.abs(relativeGain! - 0.2)).toBeLessThan(0.05);
    head.forEach(({ shrinkage }, index) => {
      const product = head.slice(0, index + 1).reduce((factor, { relativeGain }) => factor * relativeGain!, 1);
      expect(shrinkage! / product).toBeCloseTo(1, 0);
    });
    expect(head.at(-1)!.shrinkage).toBeLessThan(2e-4);
  });

  test('tries he-normal and tells what it does', () => {
    const { evidence, judgement } = result.report;
    const tried = judgement.findings[0]!.fix!.tried!;
    expect(evidence.trials).toMatchObject([{ rule: 'std-shrinkage', change: expect.stringContaining('he-normal') as string }]);
    expect(evidence.trials[0]!.runs).toHaveLength(6);
    expect(tried.shrinkage!.before).toBeLessThan(2e-4);
    expect(tried.shrinkage!.after).toBeGreaterThan(0.1);
    expect(tried.metric.before).toBe(accuracyOf(result.report, 'normalized'));
    expect(tried.metric.after - tried.metric.before).toBeCloseTo(tried.gain.estimate / 100, 10);
  });

  test('says so in the terminal: the first layer, the factors, the fix and its effect', () => {
    const text = flowing(result.stdout);
    expect(text).toMatch(/^ FAIL {2}layer-vitals: .*head_1/);
    expect(text).toMatch(/error: After head_6, 0\.00\d+ % of the signal is left \(limit 5 %\)\. 6 layers pass on about × 0\.\d\d each; the first is head_1/);
    expect(text).toMatch(/Why: Initialization\./);
    expect(text).toMatch(/Fix: 'kernel-initializer: he-normal' on head_1/);
    expect(text).toMatch(/Tried: signal 0\.00\d+ % → \d\d % ?, accuracy \d+\.\d % → \d+\.\d %: [+−]\d+\.\d points/);
  });
});

describe('wrong-normalization', () => {
  let result: ExampleResult;
  beforeAll(async () => {
    result = await check(['fixtures/examples/wrong-normalization']);
  });

  test('fails on accuracy-delta, confirmed on fresh seeds: the model remembers another input', () => {
    const { evidence, judgement } = result.report;
    expect(result).toMatchObject({ exitCode: 1, report: { judgement: { verdict: 'fail' } } });
    const [root] = judgement.findings;
    expect(root).toMatchObject({ rule: 'normalization-mismatch', severity: 'error' });
    const errors = root!.explains.filter(({ severity }) => severity === 'error');
    expect(errors.length).toBeGreaterThan(0);
    for (const { rule, arm } of errors) {
      expect(rule).toBe('accuracy-delta');
      const comparison = judgement.comparisons.find((candidate) => candidate.arm === arm)!;
      expect(comparison).toMatchObject({ verdict: 'harmful' });
      expect(comparison.benefit.high).toBeLessThan(0);
    }
    const seeds = new Set(evidence.confirmation.map(({ seed }) => seed));
    expect([...seeds].sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  test('says so in the terminal, with the interval and what to do', () => {
    const text = flowing(result.stdout);
    expect(text).toMatch(/^ FAIL {2}layer-vitals: the model was trained with another input normalization/);
    expect(text).toMatch(/error: .*remembers inputs of '\(x - 127\) \/ 128'; you feed '\(x - 16383\) \/ 16384': measured cost against '?unit'? \d+\.\d points \[/);
    expect(text).toMatch(/95 % interval/);
    expect(text).toMatch(/Fix/);
  });
});

describe('from-scratch', () => {
  let result: ExampleResult;
  beforeAll(async () => {
    // Without a trunk to share, a run takes seconds, and this verdict does not rest on the number of seeds.
    result = await check(['fixtures/examples/from-scratch', '--seeds', '2']);
  });

  test('passes, with the signal followed from the input', () => {
    const { evidence, judgement } = result.report;
    expect(result).toMatchObject({ exitCode: 0, report: { judgement: { verdict: 'pass' } } });
    expect(evidence.model).toMatchObject({ path: null, boundary: null });
    expect(evidence.model.trainableParameters).toBeGreaterThan(0);
    expect(evidence.trunk.normalized).toEqual([]);
    expect(judgement.layers.every(({ boundary, part }) => !boundary && part !== 'trunk')).toBe(true);
    expect(judgement.worst!.shrinkage).toBeGreaterThan(0.03);
    expect(accuracyOf(result.report, 'normalized')).toBeGreaterThan(2 * judgement.trivialMetric);
  });
});

describe('the same check gives the same bits', () => {
  /** Everything but wall-clock time. */
  const measured = ({ evidence: { timing, ...evidence }, judgement }: Report): unknown => {
    expect(timing.total).toBeGreaterThan(0);
    return { evidence, judgement: { ...judgement, arms: judgement.arms.map((arm) => ({ ...arm, secondsToTarget: null })) } };
  };
  // Together: a frozen trunk, a trial, convolutions, batch normalization, dropout and pooling.
  const CHECKS = [
    ['fixtures/examples/vanishing-head', '--seeds', '2', '--epochs', '2'],
    ['fixtures/examples/from-scratch', '--seeds', '2', '--epochs', '2'],
  ];

  describe.each(CHECKS)('%s', (...args) => {
    let first: unknown;
    beforeAll(async () => {
      first = measured((await check(args)).report);
    });

    test('again, on one thread', async () => {
      expect(measured((await check([...args, '--threads', '1'])).report)).toEqual(first);
    });

    test.each(NODES.slice(1))('on Node $version', async ({ node }) => {
      expect(measured((await check(args, { node })).report)).toEqual(first);
    });
  });
});
