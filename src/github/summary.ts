import * as core from '@actions/core';
import { logSafe } from '../report/plain.ts';
import type { Detail } from '../report/types.ts';
import { fitting } from './fitting.ts';

/** GitHub drops a step's summary that is larger: 1 MiB of UTF-8. */
export const SUMMARY_BYTES = 1024 * 1024;

/** The most detailed report that fits a job summary. */
export function summaryText(render: (detail: Detail) => string): string {
  for (const text of fitting(render, (markdown) => Buffer.byteLength(markdown) < SUMMARY_BYTES)) return text;
  return 'layer-vitals: the report is too long for this page. It is in the file that the output `report-path` names.';
}

/** Adds the report to the step's summary, or to the log where the runner knows no summaries. */
export async function writeSummary(render: (detail: Detail) => string): Promise<void> {
  const text = summaryText(render);
  if (process.env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(text, true).write();
  else core.info(text.split('\n').map(logSafe).join('\n'));
}
