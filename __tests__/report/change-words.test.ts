import { expect, test } from 'vitest';
import { judge } from '../../src/rules/judge.ts';
import { parseReport } from '../../src/report/parse-report.ts';
import { plainText } from '../../src/report/plain.ts';
import { renderJson } from '../../src/report/json.ts';
import { changeWords } from '../../src/report/words/change.ts';
import { storyEvidence } from '../rules/evidence.ts';
import { only } from '../rules/shown.ts';

test('scores of another metric are not compared, and the report says so', () => {
  const [before, evidence] = [storyEvidence({ accuracy: { normalized: 0.9, raw: 0.9 } }), storyEvidence({ accuracy: { normalized: 0.5, raw: 0.7 } })];
  const against = { evidence: { ...before, task: { ...before.task, kind: 'segmentation', metric: 'mIoU' } as const }, introducedOnly: false };
  const report = { evidence, judgement: judge(evidence, only({}), 'error', against), baseline: { kind: 'compared', commit: 'a'.repeat(40) } as const };
  const words = changeWords(report)!;
  expect(plainText(words.summary)).toBe('This change, against commit aaaaaaaaaa: no clear effect on signal. Scores are not compared: they were mIoU and are accuracy now.');
  expect(words.inputs).toEqual([]);
  expect(changeWords(parseReport(renderJson(report), 'report.json'))).toEqual(words);
});
