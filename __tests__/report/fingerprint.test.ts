import { expect, test } from 'vitest';
import type { Fingerprint, FingerprintCandidate } from '../../src/evidence/fingerprint.ts';
import { renderFingerprint } from '../../src/report/fingerprint.ts';

const candidate = (name: string, accuracy: number): FingerprintCandidate => ({ name, formula: 'x / 255', probability: null, implied: null, accuracy });

function probed(candidates: readonly FingerprintCandidate[]): string {
  const best = { name: 'unit', preset: 'unit', formula: 'x / 255', perImage: false, mean: [0, 0, 0], std: [255, 255, 255], order: 'rgb' } as const;
  const found: Fingerprint = { method: 'linear-probe', told: false, because: 'None does better than every other.', best, confidence: null, orderConfidence: null, equivalents: [], estimate: null, candidates, memories: [], images: 48 };
  return renderFingerprint(found, { color: false, width: 100 }).replaceAll('\u00A0', ' ');
}

test('an accuracy is shown as it is, other than a probability', () => {
  expect(probed([candidate('unit', 1), candidate('raw', 0.9)])).toMatch(/^unit +100\.0 %/m);
});

test('the nearest is named where one is nearest', () => {
  expect(probed([candidate('unit', 1), candidate('raw', 0.9)])).toContain('Nearest: unit');
  expect(probed([candidate('unit', 1), candidate('raw', 1)])).not.toContain('Nearest');
});
