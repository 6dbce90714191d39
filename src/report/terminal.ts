import picocolors from 'picocolors';
import type { Finding, Severity } from '../rules/types.ts';
import { logSafe, plainText } from './plain.ts';
import { armLines } from './terminal/arms.ts';
import { changeBlocks } from './terminal/change.ts';
import { classLines } from './terminal/classes.ts';
import { layerLines } from './terminal/layers.ts';
import { wrapped } from './terminal/wrap.ts';
import type { Report } from './types.ts';
import { findingParts } from './words/findings.ts';
import { facts, headline, weakest, type Outcome } from './words/headline.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

type Colors = ReturnType<typeof picocolors.createColors>;

const BADGES: Readonly<Record<Outcome, string>> = { pass: ' PASS ', 'pass-with-findings': ' PASS ', fail: ' FAIL ' };
const FLUSH = { first: '', later: '  ' };
const INDENTED = { first: '  ', later: '    ' };

/** The report for a terminal: verdict, findings, inputs, layers. Whatever comes from files cannot steer the terminal. */
export function renderTerminal(report: Report, { color, width }: TerminalOptions): string {
  const colors = picocolors.createColors(color);
  const weakestLayer = report.judgement.findings.length === 0 ? weakest(report) : null;
  const blocks = [
    opening(report, width, colors),
    ...report.judgement.findings.map((finding) => findingLines(finding, report.evidence.task.metric, width, colors)),
    ...changeBlocks(report, width),
    headed(armLines(report, width), colors),
    headed(classLines(report, width), colors),
    weakestLayer === null ? [] : wrapped(plainText(weakestLayer), width, FLUSH),
    layers(report, width, colors),
    report.evidence.notes.flatMap((note) => wrapped(`Note: ${logSafe(note)}`, width, FLUSH)),
  ];
  return blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n') + '\n';
}

function opening(report: Report, width: number, colors: Colors): readonly string[] {
  const { outcome, text } = headline(report);
  const paint = { pass: colors.bgGreen, 'pass-with-findings': colors.bgYellow, fail: colors.bgRed }[outcome];
  const [first, ...more] = wrapped(`layer-vitals: ${plainText(text)}`, width, { first: `${BADGES[outcome]} `, later: FLUSH.later });
  const about = wrapped(facts(report).map(plainText).join(' · '), width, FLUSH).map((line) => colors.dim(line));
  return [first!.replace(BADGES[outcome], (badge) => paint(colors.black(badge))), ...more, ...about];
}

function findingLines(finding: Finding, metric: string, width: number, colors: Colors): readonly string[] {
  const paint = paints(colors)[finding.severity];
  const [first, ...more] = wrapped(`${finding.severity}: ${plainText(finding.what)}`, width, FLUSH).map(colors.bold);
  const parts = findingParts(finding, metric).flatMap(({ label, text }) => wrapped(`${label}: ${plainText(text)}`, width, INDENTED));
  return [paint(first!), ...more, ...parts];
}

function layers(report: Report, width: number, colors: Colors): readonly string[] {
  return layerLines(report, width).map(({ text, severity }, index) => {
    if (index === 0) return colors.dim(text);
    return severity === null ? text : paints(colors)[severity](text);
  });
}

function headed(lines: readonly string[], colors: Colors): readonly string[] {
  return lines.map((line, index) => (index === 0 ? colors.dim(line) : line));
}

function paints({ red, yellow, cyan }: Colors): Readonly<Record<Severity, (text: string) => string>> {
  return { error: red, warning: yellow, note: cyan };
}
