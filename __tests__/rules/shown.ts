import { thresholdSettings } from '../../src/config/threshold-settings.ts';
import { thresholdsOf } from '../../src/config/thresholds.ts';
import { flattened } from '../../src/rules/root-causes.ts';
import type { Finding, Text, Thresholds } from '../../src/rules/types.ts';

/** A finding's text as a reader sees it, names between backticks. */
export function shown(text: Text): string {
  return text.map((part) => (typeof part === 'string' ? part : `\`${part.name}\``)).join('');
}

/** Every sentence of some findings and of what they explain. */
export function sentences(findings: readonly Finding[]): string[] {
  return flattened(findings).flatMap(({ what, why, fix }) => [what, why, ...(fix ? [fix.text] : [])].map(shown));
}

/** What a config that says nothing of thresholds gets. */
export const DEFAULTS: Thresholds = thresholdsOf(thresholdSettings.parse({}));

/** No rule but the one under test. */
export function only(thresholds: Partial<Thresholds>): Thresholds {
  const off = Object.fromEntries(Object.keys(DEFAULTS).map((rule) => [rule, null])) as unknown as Thresholds;
  return { ...off, ...thresholds };
}
