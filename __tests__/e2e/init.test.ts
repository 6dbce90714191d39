import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { run as git } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { REPOSITORY } from './run-action.ts';
import { runCommand } from './run-command.ts';
import { writeTinyTransfer } from './tiny-transfer.ts';

const ACTION = ['--action', 'octo-org/layer-vitals@v1'];

/** A repository with a tiny model and images, and no config. */
async function repository(): Promise<string> {
  const root = folderWith({});
  await writeTinyTransfer(root);
  await rm(path.join(root, 'layer-vitals.yml'));
  git(root, 'init', '--quiet');
  return root;
}

const read = (root: string, file: string) => readFile(path.join(root, file), 'utf8');

describe('layer-vitals init', () => {
  test('reads the normalization from the model itself, and asks nothing', async () => {
    const root = folderWith({});
    await cp(path.join(REPOSITORY, 'fixtures/models/efficientnet-lite0'), path.join(root, 'models/backbone'), { recursive: true });
    await cp(path.join(REPOSITORY, 'fixtures/data/emoji'), path.join(root, 'data/train'), { recursive: true });
    const { exitCode, stdout, stderr } = await runCommand(root, ['init', '--yes', ...ACTION]);
    expect(exitCode, stderr).toBe(0);
    expect(parse(await read(root, 'layer-vitals.yml'))).toEqual({ model: { path: 'models/backbone/model.json' }, data: { path: 'data/train' }, input: { normalization: 'efficientnet-lite' } });
    expect(stdout).toMatch(/Wrote layer-vitals\.yml\nWrote \.github\/workflows\/layer-vitals\.yml\n\nlayer-vitals\.yml is right\. Nothing was trained\./);
  });

  test('cannot go on where the model tells nothing, goes on with what it is told, and touches nothing that is there', async () => {
    const root = await repository();
    const untold = await runCommand(root, ['init', '--yes', ...ACTION]);
    expect(untold.exitCode).toBe(2);
    expect(untold.stderr).toMatch(/COULD NOT RUN\s+model\/model\.json: it cannot be told what the model was trained with\..*--normalization: raw, unit/);
    await expect(read(root, 'layer-vitals.yml')).rejects.toThrow();

    const told = await runCommand(root, ['init', '--yes', '--normalization', 'imagenet', ...ACTION]);
    expect(told.exitCode, told.stderr).toBe(0);
    expect(parse(await read(root, 'layer-vitals.yml'))).toMatchObject({ input: { normalization: 'imagenet' } });
    expect(await runCommand(root, ['check', '--dry-run'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/12 images in 2 classes/) as string });

    await writeFile(path.join(root, '.github/workflows/layer-vitals.yml'), '# mine\n');
    expect(await runCommand(root, ['init', '--yes'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'layer-vitals.yml is there already: it is left as it is.\n.github/workflows/layer-vitals.yml is there already: it is left as it is.\n',
    });
    expect(await read(root, '.github/workflows/layer-vitals.yml')).toBe('# mine\n');
  });

  test('in a folder of a larger repository writes the config there, and the workflow at the root', async () => {
    const root = await repository();
    await mkdir(path.join(root, 'packages/eyes'), { recursive: true });
    for (const part of ['model', 'images']) await cp(path.join(root, part), path.join(root, 'packages/eyes', part), { recursive: true });
    await writeFile(path.join(root, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    const { exitCode, stderr } = await runCommand(path.join(root, 'packages/eyes'), ['init', '--yes', '--normalization', 'unit']);
    expect(exitCode, stderr).toBe(0);
    const workflow = await read(root, '.github/workflows/layer-vitals.yml');
    expect(workflow).toContain('config: "packages/eyes"');
    expect(workflow).toContain('lfs: true');
    expect(stderr).toContain('Replace OWNER in ../../.github/workflows/layer-vitals.yml');
  });

  test.each([
    ['no model', ['model'], [], /There is no model\.json of a TensorFlow\.js LayersModel here/],
    ['no images', ['images'], [], /There is no folder with a folder of PNG or JPEG images for each class here/],
    ['images elsewhere', [], ['--data', 'model'], /There is no folder with a folder of PNG or JPEG images for each class in model/],
    ['a normalization that there is not', [], ['--normalization', 'imagnet'], /no normalization 'imagnet'/],
    ['a model that cannot be read', [], ['--model', 'images'], /images\/model\.json: the model file cannot be read/],
  ])('says in one line that there is %s', async (_, without, args, line) => {
    const root = await repository();
    for (const part of without) await rm(path.join(root, part), { recursive: true });
    const { exitCode, stdout, stderr } = await runCommand(root, ['init', '--yes', ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(line);
    await expect(read(root, '.github/workflows/layer-vitals.yml')).rejects.toThrow();
  });
});
