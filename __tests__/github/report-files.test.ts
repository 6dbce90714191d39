import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { artifactName, isArtifactOf, reportFolder, writeReportFiles } from '../../src/github/report-files.ts';

describe('reportFolder', () => {
  test("is the runner's temporary folder, or one of our own", () => {
    expect(reportFolder('head', '/runner/temp')).toBe(path.join('/runner/temp', 'layer-vitals', 'head'));
    expect(reportFolder('head', undefined)).toBe(path.resolve('layer-vitals-report', 'head'));
  });

  test('keeps checks apart and stays inside, whatever the id', () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^[./\\a-]{1,6}$/));
    fc.assert(
      fc.property(id, id, (one, other) => {
        const base = path.join('/runner/temp', 'layer-vitals');
        const folders = [one, other].map((name) => reportFolder(name, '/runner/temp'));
        for (const folder of folders) expect(path.dirname(folder)).toBe(base);
        // Some file systems do not tell A from a.
        expect(folders[0]!.toLowerCase() === folders[1]!.toLowerCase()).toBe(one === other);
      }),
    );
  });
});

describe('writeReportFiles', () => {
  test('leaves nothing of an earlier step beside a report that has less', async () => {
    const folder = path.join(await mkdtemp(path.join(tmpdir(), 'layer-vitals-')), 'deep', 'er');
    const first = await writeReportFiles(folder, { markdown: 'first', html: '<p>', evidence: '{}', couldNotRun: null });
    expect(await readFile(first.evidence!, 'utf8')).toBe('{}');
    expect(await readFile(first.html!, 'utf8')).toBe('<p>');

    const second = await writeReportFiles(folder, { markdown: 'second', html: null, evidence: null, couldNotRun: '{"code":"x"}' });
    expect(second).toMatchObject({ html: null, evidence: null });
    expect(await readFile(second.markdown!, 'utf8')).toBe('second');
    expect(await readdir(folder)).toEqual(['could-not-run.json', 'report.md']);
  });
});

describe('artifactName', () => {
  test('tells checks and attempts apart', () => {
    expect(['layer-vitals', 'services/api'].map((id) => artifactName(id, 1))).toEqual(['layer-vitals', expect.stringMatching(/^layer-vitals-services-api-[0-9a-f]{8}$/)]);
    expect(artifactName('layer-vitals', 2)).toBe('layer-vitals-attempt-2');
  });

  test('is found again among others, by its attempt', () => {
    for (const id of ['layer-vitals', 'services/api']) {
      for (const attempt of [1, 2, 12]) expect([1, 2, 12].filter((other) => isArtifactOf(artifactName(id, attempt), other))).toEqual([attempt]);
    }
    expect(['coverage', 'layer-vitalsx', 'my-layer-vitals'].filter((name) => isArtifactOf(name, 1))).toEqual([]);
  });

  test('has no character that the artifact service refuses', () => {
    fc.assert(fc.property(fc.string(), (id) => /^[a-z0-9_-]+$/.test(artifactName(id, 1))));
  });
});
