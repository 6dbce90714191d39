import { plainText } from '../report/plain.ts';
import type { Report } from '../report/types.ts';

type Finding = Report['judgement']['findings'][number];

export type Level = 'error' | 'warning' | 'notice';

export interface Annotation {
  readonly level: Level;
  readonly title: string;
  readonly message: string;
  /** Path from the root of the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A line of a file of the repository. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** GitHub shows ten of each level for a step; one is left for what the action has to say itself. */
export const ANNOTATIONS_PER_LEVEL = 9;

const LEVELS = { error: 'error', warning: 'warning', note: 'notice' } as const satisfies Record<Finding['severity'], Level>;

/** One annotation for each finding, where it is to be mended; what a finding explains has none of its own. */
export function annotationsOf({ judgement }: Report, placeOf: (finding: Finding) => Place): Annotation[] {
  return judgement.findings.map((finding) => ({
    level: LEVELS[finding.severity],
    title: `layer-vitals: ${finding.rule}`,
    message: messageOf(finding),
    ...placeOf(finding),
  }));
}

/** The annotation of an error that says where: `layer-vitals.yml:3:5: …`. */
export function annotationOfError({ what, fix }: { readonly what: string; readonly fix: string }): Annotation[] {
  const [, file, line] = /^([^\s:]+):(\d+):\d+: /.exec(what) ?? [];
  if (file === undefined) return [];
  return [{ level: 'error', title: 'layer-vitals', message: plainText([`${what} ${fix}`]), file, line: Number(line) }];
}

/** What of the annotations the log of a step can show; where there are too many of a level, its last says how many are left. */
export function forLog(annotations: readonly Annotation[]): Annotation[] {
  return Object.values(LEVELS).flatMap((level) => atMost(annotations.filter((annotation) => annotation.level === level)));
}

function messageOf({ what, why, fix }: Finding): string {
  const lines = [plainText(what), `Why: ${plainText(why)}`];
  if (fix !== null) lines.push(`Fix: ${plainText(fix.text)}`);
  return lines.join('\n');
}

function atMost(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (first === undefined || annotations.length <= ANNOTATIONS_PER_LEVEL) return annotations;
  const shown = annotations.slice(0, ANNOTATIONS_PER_LEVEL - 1);
  const left = annotations.length - shown.length;
  return [...shown, { ...first, title: 'layer-vitals', message: `${left} more of this level are in the job summary.` }];
}
