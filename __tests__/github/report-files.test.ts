import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportFolder, writeReportFiles } from '../../src/github/report-files.ts';

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
  test('leaves no evidence of an earlier step beside a report that has none', async () => {
    const folder = path.join(await mkdtemp(path.join(tmpdir(), 'layer-vitals-')), 'deep', 'er');
    const first = await writeReportFiles(folder, { report: 'first', evidence: '{}' });
    expect(await readFile(first.evidencePath!, 'utf8')).toBe('{}');

    const second = await writeReportFiles(folder, { report: 'second', evidence: null });
    expect(second.evidencePath).toBeNull();
    expect(await readFile(second.reportPath, 'utf8')).toBe('second');
    expect(await readdir(folder)).toEqual(['report.md']);
  });
});
