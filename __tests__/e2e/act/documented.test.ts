import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, vi } from 'vitest';
import { markerOf } from '../../../src/github/own-comments.ts';
import { ACTIONS_BOT } from '../fake-github/world.ts';
import { HEAD_SHA, pullRequest, SCHEDULE, WORKFLOW_DISPATCH, workflowRun } from '../payloads.ts';
import { DOCUMENTED, type DocumentedWorkflow } from './documented-workflows.ts';
import { RUNNER } from './tools.ts';
import { repositoryWith, test } from './workflow-test.ts';

vi.setConfig({ testTimeout: 120_000 });

const MERGES = DOCUMENTED.filter(({ text }) => text.includes('command: merge'));
const MANY = DOCUMENTED.filter(({ text }) => text.includes('matrix: { config: '));
const CHECKS = DOCUMENTED.filter(({ text }) => /^ {2}pull_request:|^on: pull_request$/m.test(text) && !text.includes('matrix:'));
const NIGHTS = DOCUMENTED.filter(({ text }) => /^ {2}schedule:/m.test(text));
const COMMENTS = DOCUMENTED.filter(({ text }) => text.includes('command: comment'));

const fileOf = ({ page, name }: DocumentedWorkflow): string => `${path.basename(page, '.md')}-${name.replaceAll(/\W+/g, '-')}.yml`;
const ALL_OF_THEM = Object.fromEntries(DOCUMENTED.map((workflow) => [fileOf(workflow), workflow.text]));

describe.skipIf(RUNNER === null)('workflows of the documentation under a runner (npm run e2e:setup)', () => {
  describe.each(CHECKS)('$name of $page, as it is, in an empty repository', (workflow) => {
    test('comments, keeps the report, and fails the job last', async ({ scratch, github, artifacts, run }) => {
      const passing = await run(await repositoryWith(scratch, 'pass', ALL_OF_THEM), fileOf(workflow), { environment: artifacts.environment });
      expect(passing.jobs, passing.log).toEqual({ [`${workflow.name}/check`]: 'success' });
      expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
      expect(github.world.comments[0]!.body).toMatch(/\/actions\/runs\/\d+\/artifacts\/1\)/);
      expect(passing.summary).toContain('layer-vitals');
      expect(Object.keys(unzipSync(artifacts.zipOf('layer-vitals')!)).sort()).toEqual(['evidence.json', 'report.html', 'report.md']);

      const failing = await run(await repositoryWith(scratch, 'fail', ALL_OF_THEM), fileOf(workflow));
      expect(Object.values(failing.jobs)).toEqual(['failure']);
      expect(failing.exitCode).toBe(1);
      expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
      expect(github.world.comments[0]!.body).toContain('shrinks');
    });
  });

  describe.each(MANY)('$name of $page, as it is', (workflow) => {
    test('keeps a comment and an artifact for each config, under its folder', async ({ scratch, github, artifacts, run }) => {
      const folders = /matrix: \{ config: \[(.*)\] \}/.exec(workflow.text)![1]!.split(', ');
      const repository = await repositoryWith(scratch, 'pass', ALL_OF_THEM);
      const config = await readFile(path.join(repository, 'layer-vitals.yml'), 'utf8');
      for (const folder of folders) {
        await mkdir(path.join(repository, folder), { recursive: true });
        await writeFile(path.join(repository, folder, 'layer-vitals.yml'), config.replace('path: images', 'path: ../../images'));
      }
      for (const attempt of ['1', '2']) {
        const { jobs, outputs, log } = await run(repository, fileOf(workflow), { environment: { ...artifacts.environment, GITHUB_RUN_ATTEMPT: attempt } });
        expect(Object.values(jobs), log).toEqual(folders.map(() => 'success'));
        expect(folders).toContain(Object.values(outputs).find(({ id }) => id !== undefined)!.id);
      }
      const bodies = github.world.by(ACTIONS_BOT).map(({ body }) => body).sort();
      expect(bodies.map((body) => body.split('\n', 1)[0])).toEqual(folders.map(markerOf));
      for (const [index, folder] of folders.entries()) expect(bodies[index]).toContain(`\`${folder}\` · `);
      expect(artifacts.artifacts).toHaveLength(2 * folders.length);
    });
  });

  describe.each(MERGES)('$name of $page, as it is', (workflow) => {
    test('judges once what all jobs of the matrix have measured, and tells nobody before', async ({ scratch, github, artifacts, run }) => {
      artifacts.onFinished = ({ id, name }) => github.world.artifacts.push({ id, run: 1, name, zip: artifacts.zipOf(name)! });
      const { jobs, log } = await run(await repositoryWith(scratch, 'fail', ALL_OF_THEM), fileOf(workflow), { environment: artifacts.environment });
      expect(Object.values(jobs).sort(), log).toEqual(['failure', ...Array.from({ length: 4 }, () => 'success')]);
      expect(github.world.artifacts.map(({ name }) => name).sort()).toEqual(['layer-vitals', ...[1, 2, 3, 4].map((index) => `layer-vitals.shard-${index}-of-4`)]);
      expect(github.log.filter((line) => line.startsWith('POST') && line.endsWith('/comments'))).toHaveLength(1);
      expect(github.world.by(ACTIONS_BOT)[0]!.body).toContain('shrinks');
    });
  });

  describe.each(NIGHTS)('$name of $page, as it is', (workflow) => {
    test.for([SCHEDULE, WORKFLOW_DISPATCH])('has more seeds on $event, keeps the report, and comments nowhere', async (payload, { scratch, github, artifacts, run }) => {
      const { jobs, summary, log } = await run(await repositoryWith(scratch, 'fail', ALL_OF_THEM), fileOf(workflow), { ...payload, environment: artifacts.environment });
      expect(Object.values(jobs), log).toEqual(['failure']);
      expect(summary).toContain('profile `nightly`');
      expect(summary).toContain('3 inputs × 8 seeds');
      expect(artifacts.artifacts.map(({ name }) => name)).toEqual(['layer-vitals']);
      expect(github.log).toEqual([]);
    });
  });

  test('are there for pull requests, their forks, shards, many models and the night', () => {
    for (const workflows of [CHECKS, COMMENTS, MERGES, MANY, NIGHTS]) expect(workflows.length).toBeGreaterThan(0);
  });

  describe.each(COMMENTS)('$name of $page, after a run on a fork', (workflow) => {
    const check = CHECKS.find(({ page }) => page === workflow.page)!;

    test('the first is not red for the missing comment, and the second writes it from what the first has kept', async ({ scratch, github, artifacts, run }) => {
      const repository = await repositoryWith(scratch, 'fail', ALL_OF_THEM);
      const fork = await run(repository, fileOf(check), { ...pullRequest({ fork: true }), token: 'ghs_read', environment: artifacts.environment });
      expect(fork.exitCode).toBe(1);
      expect(fork.summary).toContain('shrinks');
      expect(fork.annotations.map(({ message }) => message)).toContainEqual(expect.stringMatching(/No comment: .*fork/));
      expect(github.world.comments).toEqual([]);

      github.world.pulls.push({ number: github.world.pull, label: 'stranger:changes', sha: HEAD_SHA, base: 'Codertocat/Hello-World', state: 'open' });
      github.world.artifacts.push({ id: 5, run: 30433642, name: 'layer-vitals', zip: artifacts.zipOf('layer-vitals')! });
      const second = await run(repository, fileOf(workflow), workflowRun());
      expect(second.exitCode, second.log).toBe(0);
      expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
      expect(github.world.comments[0]!.body).toContain('shrinks');
    });

    test('does nothing after a run on a branch of the repository itself', async ({ scratch, github, run }) => {
      const { jobs } = await run(await repositoryWith(scratch, 'pass', ALL_OF_THEM), fileOf(workflow), workflowRun({ headOwner: 'Codertocat' }));
      expect(jobs).toEqual({});
      expect(github.log).toEqual([]);
    });
  });
});
