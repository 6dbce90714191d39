import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { areasOf } from '../../src/data/answers.ts';
import { readMasks } from '../../src/data/masks.ts';
import type { Report } from '../../src/report/types.ts';
import { overlapSpread, plannedMargin } from '../../src/stats/precision.ts';
import { commitAll, run, write } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { SCENES, tinySegmentation, writeTinySegmentation } from './tiny-segmentation.ts';
import { type ConfigData, writeConfig } from './tiny-transfer.ts';

// What is tested elsewhere with a class for each image, here with one for each pixel.
vi.setConfig({ testTimeout: 120_000 });

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const EFFICIENTNET = path.join(FIXTURES, 'models/efficientnet-lite0/model.json');
const WITHOUT_CACHE = { env: { LAYER_VITALS_CACHE: 'off' } };

async function check(folder: string, ...args: readonly string[]): Promise<CommandResult & { readonly report: Report }> {
  const json = path.join(folderWith({}), 'report.json');
  const result = await runCommand(folder, ['check', ...args, '--json', json], WITHOUT_CACHE);
  expect(result.exitCode, result.stderr).toBeLessThan(2);
  // A terminal breaks lines.
  return { ...result, stdout: result.stdout.replaceAll(/\s+/g, ' '), report: JSON.parse(await readFile(json, 'utf8')) as Report };
}

async function folderOf(config: ConfigData): Promise<string> {
  const folder = folderWith({});
  await writeConfig(folder, config);
  return folder;
}

test('a validation set has a trivial answer and a margin of its own', async () => {
  const folder = folderWith({});
  const held = ['12.png', '13.png', '14.png', '15.png', '16.png'];
  const config = tinySegmentation();
  await writeTinySegmentation(folder, { ...config, data: { ...(config.data as object), validation: { path: 'held/images', masks: 'held/masks' } } });
  for (const kind of ['images', 'masks']) {
    await mkdir(path.join(folder, 'held', kind), { recursive: true });
    for (const name of held) await copyFile(path.join(SCENES, kind, name), path.join(folder, 'held', kind, name));
  }
  const { report: { evidence, judgement } } = await check(folder);
  const { task: { trivial, heldOutTrivial }, data, plan } = evidence;
  expect(data.validation).toMatchObject({ kind: 'fixed', trainImages: 12, validationImages: 5 });
  // Four classes, of which the most frequent one covers most of each image.
  for (const { metric, loss } of [trivial, heldOutTrivial!]) {
    expect(metric).toBeGreaterThan(0.1);
    expect(metric).toBeLessThan(0.25);
    expect(loss).toBeGreaterThan(0.1);
  }
  expect(heldOutTrivial!.metric).not.toBe(trivial.metric);
  expect(judgement.trivialMetric).toBe(heldOutTrivial!.metric);
  const files = held.map((file) => ({ file, shown: file, absolute: path.join(SCENES, 'masks', file) }));
  const { masks } = readMasks(files, data.size, { values: [0, 1, 2, 3], ignored: [255] });
  expect(plan.margin.planned).toBe(plannedMargin({ kind: 'fixed', trainImages: 12, validationImages: 5, spread: overlapSpread(areasOf(masks)) }, plan.seeds.length));
});

describe('a baseline', () => {
  async function repository(config: ConfigData = tinySegmentation()): Promise<{ root: string; first: string }> {
    const root = folderWith({});
    run(root, 'init', '--quiet', '--initial-branch=main');
    await writeTinySegmentation(root, config);
    return { root, first: commitAll(root, 'first') };
  }

  function withHead(stddev: number): ConfigData {
    const head = [
      { layer: 'conv-2d', name: 'hidden', filters: 8, 'kernel-size': 1, activation: 'relu', 'kernel-initializer': { 'random-normal': { stddev } } },
      { layer: 'conv-2d', name: 'logits', filters: 4, 'kernel-size': 1 },
      { layer: 'resizing', name: 'upscaled', height: 16, width: 16 },
    ];
    const config = tinySegmentation();
    return { ...config, model: { path: 'model/model.json', head }, thresholds: { ...(config.thresholds as object), 'std-shrinkage': { warn: 'off', fail: 'off', 'worsened-by': 0.5 } } };
  }

  test('of a change elsewhere is the check itself', async () => {
    const { root, first } = await repository();
    write(root, { 'notes.txt': 'changed' });
    const { report, stderr } = await check(root, '--baseline', 'main');
    expect(report.baseline).toEqual({ kind: 'untouched', commit: first });
    expect(report.judgement.change).toMatchObject({ identical: true });
    expect(stderr).not.toContain('baseline:');
  });

  test('shows what a change of the head does to its layers and to mean IoU', async () => {
    const { root, first } = await repository(withHead(0.5));
    await writeConfig(root, withHead(0.05));
    const { exitCode, report, stdout } = await check(root, '--baseline', 'main');
    expect(report.baseline).toEqual({ kind: 'compared', commit: first });
    const { change, findings } = report.judgement;
    expect(change).toMatchObject({ identical: false, sameImages: true, newLayers: [], goneLayers: [] });
    const hidden = change!.layers.find(({ site }) => site === 'hidden')!;
    expect(hidden.shrinkage.before! / hidden.shrinkage.after!).toBeCloseTo(10, 4);
    // The arms' own figures, and the difference of their means.
    const [normalized] = change!.arms;
    expect(normalized!.after).toBe(report.judgement.arms[0]!.metric);
    expect(normalized!.difference.estimate).toBeCloseTo(100 * (normalized!.after - normalized!.before), 10);
    expect(exitCode).toBe(1);
    expect(findings).toMatchObject([{ rule: 'worsened', severity: 'error', sites: ['hidden'] }]);
    expect(stdout).toContain('mIoU, normalized');
  });

  test('sees a mask that changes, and that figures are not of the same data then', async () => {
    const { root, first } = await repository();
    await copyFile(path.join(SCENES, 'masks', '60.png'), path.join(root, 'masks', '00.png'));
    const { report, stdout } = await check(root, '--baseline', 'main');
    expect(report.baseline).toEqual({ kind: 'compared', commit: first });
    expect(report.judgement.change).toMatchObject({ identical: false, sameImages: false });
    expect(stdout).toContain('The data differ as well, which can be the cause.');
  });
});

test('a remedy is tried, and judged by mean IoU', async () => {
  const tooSmall = { 'random-normal': { stddev: 1e-7 } };
  const folder = await folderOf({
    model: {
      path: EFFICIENTNET,
      boundary: 'stem_relu',
      head: [
        { layer: 'conv-2d', name: 'hidden', filters: 16, 'kernel-size': 1, activation: 'relu', 'kernel-initializer': tooSmall },
        { layer: 'conv-2d', name: 'logits', filters: 2, 'kernel-size': 1, 'kernel-initializer': tooSmall },
        { layer: 'resizing', name: 'upscaled', height: 32, width: 32 },
      ],
    },
    data: { path: path.join(FIXTURES, 'data/coastline/images'), masks: path.join(FIXTURES, 'data/coastline/masks'), classes: { land: 0, water: 255 }, ignore: 128, size: 32 },
    input: { normalization: 'efficientnet-lite', arms: ['normalized'] },
    training: { epochs: 8, optimizer: 'sgd', 'learning-rate': 0.1 },
    experiment: { seeds: 4 },
  });
  const { exitCode, report, stdout } = await check(folder);
  expect(exitCode).toBe(1);
  const [finding, ...others] = report.judgement.findings.filter(({ severity }) => severity === 'error');
  expect(finding).toMatchObject({ rule: 'std-shrinkage', sites: ['hidden'] });
  expect(others).toEqual([]);
  // Without the remedy, nothing beats the most frequent class; with it, colours tell water from land.
  expect(report.evidence.trials).toHaveLength(1);
  const iou = report.evidence.trials[0]!.runs.map(({ outcomes }) => outcomes.pixels!.iou);
  expect(iou).toHaveLength(4);
  for (const [land, water] of iou) expect(Math.min(land!, water!)).toBeGreaterThan(0.7);
  expect(stdout).toMatch(/Tried: signal < 0\.0001 % → \d+ %, mIoU 2\d\.\d % → [89]\d\.\d %: \+\d\d\.\d points/);
});

describe('the fingerprint', () => {
  const scenes = (normalization: string): ConfigData => ({
    model: { path: EFFICIENTNET },
    data: { path: path.join(SCENES, 'images'), masks: path.join(SCENES, 'masks'), classes: ['background', 'animal', 'food', 'object'], size: 64 },
    input: { normalization, arms: ['normalized', 'raw'] },
    training: { epochs: 1 },
    experiment: { seeds: 2 },
    'fail-on': 'never',
  });

  test('tells `normalization: auto` what the trunk was fed', async () => {
    const { report } = await check(await folderOf(scenes('auto')));
    expect(report.evidence).toMatchObject({ task: { kind: 'segmentation' }, model: { remembered: { told: true, difference: 0, memories: ['stem_bn'] } } });
    expect(report.evidence.plan.arms[0]!.preset).toMatch(/^(efficientnet-lite|minus-one-to-one|teachable-machine)$/);
    expect(report.evidence.notes).toContainEqual(expect.stringContaining('inferred from the model (auto)'));
  });

  test('contradicts a normalization that is declared wrongly', async () => {
    const { report } = await check(await folderOf(scenes('imagenet')));
    expect(report.judgement.findings[0]).toMatchObject({ rule: 'normalization-mismatch', severity: 'error' });
  });

  test('has nothing to ask a trunk without memories: masks are no classes of images', async () => {
    const root = folderWith({});
    await writeTinySegmentation(root, { ...tinySegmentation(), input: { normalization: 'auto' } });
    const { exitCode, stdout, stderr } = await runCommand(root, ['check'], WITHOUT_CACHE);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/model\/model\.json: what this model was trained with cannot be told\. .*no BatchNormalization.*a linear probe needs a class for each image.* declare that: `input\.normalization/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
