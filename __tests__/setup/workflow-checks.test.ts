import { describe, expect, test } from 'vitest';
import { workflowText } from '../../src/setup/workflow-text.ts';
import { workflowRemarks } from '../../src/setup/workflow-checks.ts';
import { usesIn } from '../../src/setup/workflows.ts';
import { DOCUMENTED } from '../e2e/act/documented-workflows.ts';
import { actionMetadata } from '../e2e/run-action.ts';
import { folderWith } from '../temporary-folder.ts';

const SHA = 'a'.repeat(40);
const CHECKOUT = `      - uses: actions/checkout@${SHA}\n`;
const good = workflowText({ action: 'octo-org/layer-vitals@v1', folder: '', lfs: false });

async function remarksOn(workflows: Readonly<Record<string, string>>, { lfs = false, files = {} }: { lfs?: boolean; files?: Readonly<Record<string, string>> } = {}) {
  const root = folderWith({ ...Object.fromEntries(Object.entries(workflows).map(([name, text]) => [`.github/workflows/${name}`, text])), ...files });
  const { uses, unreadable } = await usesIn(root);
  const remarks = workflowRemarks(uses, unreadable, { inputs: Object.keys((await actionMetadata()).inputs), lfs, exists: (file) => file === 'checks' });
  return remarks.map(({ level, what, place }) => `${level} ${what}${place ? ` @${place.line}` : ''}`);
}

const job = (permissions: string, steps: string, on = 'pull_request') => `on: ${on}\njobs:\n  check:\n    runs-on: ubuntu-latest\n${permissions}    steps:\n${steps}      - uses: octo-org/layer-vitals@v1\n`;

describe('workflows', () => {
  test('that init writes and that are documented are fine', async () => {
    expect(await remarksOn({ 'check.yml': good })).toEqual(['ok .github/workflows/check.yml:21: check on pull_request']);
    for (const { text } of DOCUMENTED.filter(({ text }) => text.includes('pull_request\n') || text.includes('pull_request:'))) {
      expect((await remarksOn({ 'check.yml': text })).filter((remark) => !remark.startsWith('ok'))).toEqual([]);
    }
    const companion = DOCUMENTED.find(({ text }) => text.includes('command: comment'))!.text;
    expect((await remarksOn({ 'check.yml': good, 'comment.yml': companion })).filter((remark) => !remark.startsWith('ok'))).toEqual([]);
  });

  test.each([
    ['no permissions at all', job('', CHECKOUT), /^warning .*check\.yml:7: the job says nothing of its permissions/],
    ['none to comment', job('    permissions: { contents: read }\n', CHECKOUT), /^warning .*may not write a comment\. @8$/],
    ['none to read', job('    permissions: { pull-requests: write }\n', CHECKOUT), /^warning .*may not read the repository/],
    ['no checkout', job('    permissions: write-all\n', ''), /^error .*nothing is checked out before it/],
    ['pull_request_target', job('    permissions: write-all\n', CHECKOUT, '[pull_request, pull_request_target]'), /^error .*runs on pull_request_target/],
    ['no pull requests', job('    permissions: write-all\n', CHECKOUT, 'push'), /^warning .*pull requests are not checked/],
    ['an unknown input', `${job('    permissions: write-all\n', CHECKOUT)}        with: { configuration: a }\n`, /^error .*no input 'configuration'/],
    ['a config that there is not', `${job('    permissions: write-all\n', CHECKOUT)}        with: { config: check }\n`, /^error .*there is no config 'check'/],
    ['nobody who hosts the action', good.replace('octo-org', 'OWNER'), /^error .*OWNER\/layer-vitals@v1 names nobody/],
    ['a second workflow without its rights', job('', '', 'workflow_run').replace('@v1', '@v1\n        with: { command: comment }'), /^error .*without actions: read and pull-requests: write/],
    ['a second workflow that checks out a stranger', job('    permissions: write-all\n', CHECKOUT.replace('\n', '\n        with: { ref: main }\n'), 'workflow_run').replace('layer-vitals@v1', 'layer-vitals@v1\n        with: { command: comment }'), /^error .*code that somebody else has chosen/],
    ['no YAML', 'on: [pull_request', /^warning .*check\.yml:1: not valid YAML/],
  ])('with %s are told', async (_, text, wanted) => {
    expect(await remarksOn({ 'check.yml': text })).toContainEqual(expect.stringMatching(wanted));
  });

  test('have to bring what is kept in Git LFS', async () => {
    expect(await remarksOn({ 'check.yml': good }, { lfs: true })).toEqual([expect.stringMatching(/^error .*Git LFS/)]);
    expect(await remarksOn({ 'check.yml': workflowText({ action: 'octo-org/layer-vitals@v1', folder: '', lfs: true }) }, { lfs: true })).toEqual([expect.stringMatching(/^ok /)]);
  });

  test('are missing where none runs the action, and may run it from the repository itself', async () => {
    expect(await remarksOn({ 'other.yml': 'on: push\njobs: {}\n' })).toEqual(['warning No workflow runs layer-vitals.']);
    const own = good.replace('octo-org/layer-vitals@v1', './');
    expect(await remarksOn({ 'check.yml': own })).toEqual(['warning No workflow runs layer-vitals.']);
    expect(await remarksOn({ 'check.yml': own }, { files: { 'action.yml': 'name: layer-vitals\n' } })).toEqual([expect.stringMatching(/^ok /)]);
  });
});
