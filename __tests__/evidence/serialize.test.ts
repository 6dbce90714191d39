import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parseEvidence, serializeEvidence } from '../../src/evidence/serialize.ts';
import { sampleEvidence, sampleMoments, storyEvidence, vanishingEvidence } from '../rules/evidence.ts';

function refusal(text: string): UserError {
  try {
    parseEvidence(text, 'evidence.json');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

describe('serializeEvidence', () => {
  it('is read back to the same evidence', () => {
    for (const evidence of [sampleEvidence(), vanishingEvidence(), storyEvidence({ boundary: false, fixedValidation: 30 })]) {
      expect(parseEvidence(serializeEvidence(evidence), 'evidence.json')).toEqual(evidence);
    }
  });

  it('keeps what is not finite, and every bit of what is', () => {
    const evidence = sampleEvidence();
    const [run, ...runs] = evidence.runs;
    const [observation, ...observations] = run!.observations;
    const y = sampleMoments(0.1 + 0.2, { mean: Number.NaN, min: -Infinity, max: Infinity, nonFinite: 3, signal: 5e-324 });
    const broken = { ...evidence, runs: [{ ...run!, observations: [{ ...observation!, y }, ...observations], nonFinite: { step: 3, where: 'loss' } }, ...runs] };
    expect(parseEvidence(serializeEvidence(broken), 'evidence.json')).toEqual(broken);
  });

  it('does not take a class called NaN for a number', () => {
    const { data } = sampleEvidence();
    const evidence = sampleEvidence({ data: { ...data, classes: ['NaN', 'Infinity', ...data.classes.slice(2)] } });
    expect(parseEvidence(serializeEvidence(evidence), 'evidence.json').data.classes[0]).toBe('NaN');
  });

  it('gives the same text whatever the order of keys', () => {
    const evidence = sampleEvidence();
    const reversed = Object.fromEntries(Object.entries(evidence).reverse()) as unknown as typeof evidence;
    expect(serializeEvidence(reversed)).toBe(serializeEvidence(evidence));
  });
});

describe('parseEvidence', () => {
  it('names the version that it cannot read', () => {
    const error = refusal(JSON.stringify({ ...sampleEvidence(), version: 7 }));
    expect(error.code).toBe('evidence-version');
    expect(error.what).toBe("'evidence.json' is evidence of version 7; this is version 2.");
  });

  it.each(['[]', '3', 'null', '{"a":1}'])('refuses %s, which is no evidence', (text) => {
    expect(refusal(text).code).toBe('not-evidence');
  });

  it('refuses a file that was cut short', () => {
    const text = serializeEvidence(sampleEvidence());
    const error = refusal(text.slice(0, text.length / 2));
    expect(error.code).toBe('bad-evidence');
    expect(error.what).toContain('cut short');
  });

  it('names the place that is wrong', () => {
    const evidence = sampleEvidence();
    const [run, ...runs] = evidence.runs;
    const error = refusal(JSON.stringify({ ...evidence, runs: [{ ...run, seed: 'one' }, ...runs] }));
    expect(error.what).toContain('`runs[0].seed` is wrong');
    expect(error.what).not.toContain('\n');
  });

  it('refuses fields it does not know', () => {
    expect(refusal(JSON.stringify({ ...sampleEvidence(), extra: 1 })).what).toContain('extra');
  });
});
