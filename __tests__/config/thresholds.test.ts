import { describe, expect, it } from 'vitest';
import { thresholdSettings } from '../../src/config/threshold-settings.ts';
import { type Thresholds, thresholdsOf } from '../../src/config/thresholds.ts';
import type * as rules from '../../src/rules/types.ts';

/** Config may not import rules; the types are one all the same. */
const asRulesReadThem = (thresholds: Thresholds): rules.Thresholds => thresholds;

function completed(written: Readonly<Record<string, unknown>>): rules.Thresholds {
  return asRulesReadThem(thresholdsOf(thresholdSettings.parse(written)));
}

describe('thresholds', () => {
  it.each([
    ['off', null],
    [{}, { warn: 0.03, fail: 'on-harm' }],
    [{ fail: 0.05 }, { warn: 0.05, fail: 0.05 }],
    [{ warn: 0.1 }, { warn: 0.1, fail: 'on-harm' }],
    [{ warn: 0.1, fail: 0.05 }, { warn: 0.1, fail: 0.05 }],
    [{ fail: 'on-harm' }, { warn: 0.03, fail: 'on-harm' }],
    [{ fail: 'off' }, { warn: 0.03, fail: null }],
    [{ warn: 'off', fail: 0.05 }, { warn: null, fail: 0.05 }],
  ])('of std-shrinkage, written %o', (written, expected) => {
    expect(completed({ 'std-shrinkage': written }).stdShrinkage).toEqual(expected);
  });

  it.each([
    ['off', null],
    [{}, { warn: null, fail: 'on-harm' }],
    [{ fail: 3 }, { warn: 3, fail: 3 }],
    [{ warn: 2 }, { warn: 2, fail: 'on-harm' }],
    [{ warn: 'margin', fail: 3 }, { warn: null, fail: 3 }],
    [{ fail: 'off' }, { warn: null, fail: null }],
  ])('of accuracy-delta, written %o', (written, expected) => {
    expect(completed({ 'accuracy-delta': written }).accuracyDelta).toEqual(expected);
  });

  it.each([
    ['off', null],
    [{ fail: 0.8 }, { warn: 0.8, fail: 0.8 }],
    [{ warn: 0.2 }, { warn: 0.2, fail: 0.5 }],
  ])('of not-learning, written %o', (written, expected) => {
    expect(completed({ 'not-learning': written }).notLearning).toEqual(expected);
  });
});
