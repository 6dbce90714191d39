import * as core from '@actions/core';
import { plainText } from '../report/plain.ts';
import type { Report } from '../report/types.ts';

type Finding = Report['judgement']['findings'][number];

/** What later steps of the workflow read: every one is set in every case, so that `fromJSON` never meets nothing. */
export interface Outputs {
  /** Empty for a shard, which judges nothing. */
  readonly verdict: 'pass' | 'fail' | 'could-not-run' | '';
  /** JSON: a list of findings. */
  readonly findings: string;
  /** JSON: points of the metric by arm, `normalized` minus that arm. */
  readonly 'accuracy-delta': string;
  /** The smallest S of a judged layer; empty where none is judged. */
  readonly 'worst-shrinkage': string;
}

export const COULD_NOT_RUN: Outputs = {
  verdict: 'could-not-run',
  findings: '[]',
  'accuracy-delta': '{}',
  'worst-shrinkage': '',
};

export const NOTHING_JUDGED: Outputs = { ...COULD_NOT_RUN, verdict: '' };

/** Outputs that name a file or an address, where there is none. */
export const NO_FILES = { 'report-path': '', 'html-path': '', 'evidence-path': '', 'shard-path': '', 'artifact-url': '' } as const;

/** Sets outputs of the step; a later value stands over an earlier one. */
export function setOutputs(outputs: Readonly<Record<string, string>> | Outputs): void {
  for (const [name, value] of Object.entries(outputs) as [string, string][]) core.setOutput(name, value);
}

export function outputsOf({ judgement }: Report): Outputs {
  const delta = judgement.comparisons.map(({ arm, benefit }) => [arm, benefit.estimate]);
  return {
    verdict: judgement.verdict,
    findings: JSON.stringify(judgement.findings.map(plainFinding)),
    'accuracy-delta': JSON.stringify(Object.fromEntries(delta)),
    'worst-shrinkage': judgement.worst === null ? '' : String(judgement.worst.shrinkage),
  };
}

/** A finding with its texts as plain strings. */
function plainFinding({ rule, severity, sites, what, why, fix, numbers, explains }: Finding): object {
  return {
    rule,
    severity,
    sites,
    what: plainText(what),
    why: plainText(why),
    fix: fix === null ? null : { text: plainText(fix.text), tried: fix.tried },
    numbers,
    explains: explains.map(plainFinding),
  };
}
