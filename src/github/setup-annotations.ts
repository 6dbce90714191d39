import * as core from '@actions/core';
import type { Remark } from '../setup/remark.ts';

/** In a job: an annotation for each warning and each error, on the line that it is about. */
export function annotate(remarks: readonly Remark[]): void {
  for (const { level, what, fix, place } of remarks) {
    if (level !== 'warning' && level !== 'error') continue;
    core[level](`${what} ${fix ?? ''}`.trim(), { title: 'layer-vitals doctor', ...(place && { file: place.file, startLine: place.line }) });
  }
}
