import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { layerVitals, worstLayer } from '../../src/rules/layers.ts';
import { type Culprit, culprits, isData, causeOf, whyItShrinks } from '../../src/rules/shrinkage-cause.ts';
import { type SampleLayer, sampleReferences, storyEvidence } from './evidence.ts';
import { shown } from './shown.ts';

function blamed(layers: readonly SampleLayer[], limit: number, change = (evidence: Evidence) => evidence): string[] {
  const evidence = change(storyEvidence({ layers }));
  const vitals = layerVitals(evidence);
  return culprits(evidence, vitals, worstLayer(vitals)!, limit).map(({ site }) => site.id);
}

const chain = (gains: readonly number[]): SampleLayer[] => gains.map((relativeGain, i) => ({ id: `l${i + 1}`, relativeGain }));

describe('the layers to blame', () => {
  it.each<[string, readonly number[], number, string[]]>([
    ['one weak layer, not its victims', [0.95, 0.1, 0.95, 0.95], 0.3, ['l2']],
    ['all weak layers, though fewer would do', [0.2, 0.95, 0.2], 0.25, ['l1', 'l3']],
    ['a loss that all share, where none is weak by itself', [0.7, 0.7, 0.7, 0.7], 0.3, ['l1', 'l2', 'l3', 'l4']],
    ['not the sound ones among those that share it', [0.7, 0.98, 0.7, 0.7], 0.4, ['l1', 'l3', 'l4']],
    ['the others too, where the weak ones explain only a part', [0.45, 0.7, 0.7, 0.7, 0.95], 0.4, ['l1', 'l2', 'l3', 'l4']],
    ['every layer that loses anything, where the loss is spread that thin', [0.95, 0.95, 0.95, 1.1, 0.95], 0.95, ['l1', 'l2', 'l3']],
    ['none behind the worst one', [0.1, 1.5, 0.3], 0.2, ['l1', 'l3']],
  ])('%s', (_, gains, limit, expected) => {
    expect(blamed(chain(gains), limit)).toEqual(expected);
  });

  it('blames nothing before a normalization that made up for it', () => {
    const layers: SampleLayer[] = [{ id: 'a', relativeGain: 0.1 }, { id: 'norm', className: 'BatchNormalization', kind: 'normalization', trainable: true }, { id: 'b', relativeGain: 0.02 }];
    expect(blamed(layers, 0.03)).toEqual(['b']);
  });

  it('blames a frozen normalization that shrinks', () => {
    const layers: SampleLayer[] = [{ id: 'a', relativeGain: 0.9 }, { id: 'norm', className: 'BatchNormalization', kind: 'normalization', trainable: false, ratio: 0.01 }];
    expect(blamed(layers, 0.03)).toEqual(['norm']);
  });

  it('follows the strongest branch through a merge', () => {
    const layers: SampleLayer[] = [
      { id: 'start', relativeGain: 0.9 },
      { id: 'strong', inputs: ['start'], relativeGain: 0.2 },
      { id: 'weak', inputs: ['start'], relativeGain: 0.1 },
      { id: 'add', kind: 'merge', inputs: ['weak', 'strong'] },
      { id: 'end', inputs: ['add'], relativeGain: 0.1 },
    ];
    expect(blamed(layers, 0.03)).toEqual(['strong', 'end']);
  });

  it('does not go on into the trunk, where a skip connection comes from', () => {
    const layers: SampleLayer[] = [
      { id: 'weak', relativeGain: 0.1, part: 'output' },
      { id: 'add', kind: 'merge', inputs: ['weak', 'stem'] },
      { id: 'end', relativeGain: 0.01 },
    ];
    const weakStem = (evidence: Evidence): Evidence => ({
      ...evidence,
      trunk: { ...evidence.trunk, normalized: evidence.trunk.normalized!.map((observation) => (observation.site === 'stem' ? { ...observation, gain: 0.001 } : observation)) },
    });
    expect(blamed(layers, 0.03, weakStem)).toEqual(['end']);
  });
});

describe('the cause', () => {
  const layers = (layer: Partial<SampleLayer>): SampleLayer[] => [{ id: 'a', relativeGain: 0.1, ...layer }];
  const culprit = (layer: Partial<SampleLayer> = {}): Culprit => {
    const site = storyEvidence({ layers: layers(layer) }).sites.at(-1)!;
    return { site, passesOn: 0.1 };
  };
  const reference = (gain: number, redrawn: number) => sampleReferences('a', { gain, reference: redrawn, seeds: 1 })[0]!;

  it('is taken apart so that both parts multiply to what the layer passes on', () => {
    const { byInitialization, byData } = causeOf(culprit(), reference(0.14, 1.2))!;
    expect(byInitialization * byData).toBeCloseTo(0.14 / Math.SQRT2, 12);
    expect(byData).toBeCloseTo(1.2 / Math.SQRT2, 12);
  });

  it.each<[string, number, number, boolean, string]>([
    ['weights that are too small', 0.1, 1.4, false, 'Initialization. The weights of `a` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0.99, so the data are not the cause.'],
    ['both', 0.1, 0.5, false, 'Initialization. The weights of `a` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0.35, so the data add to it.'],
    ['both, and the data more', 0.17, 0.424, false, 'Initialization. The weights of `a` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0.30, so the data add to it.'],
    ['an input that no weights pass on', 0.1, 0.12, true, 'The data. The weights of `a` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0.085: much of what it reads is zero or padding.'],
    ['an input of zeros', 0, Number.NaN, true, 'The data. The weights of `a` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0: much of what it reads is zero or padding.'],
  ])('%s', (_, gain, redrawn, data, sentence) => {
    expect(isData(causeOf(culprit(), reference(gain, redrawn))!)).toBe(data);
    expect(shown(whyItShrinks(culprit(), reference(gain, redrawn)))).toBe(sentence);
  });

  it('does not speak of an activation that there is none of', () => {
    for (const activation of [null, 'linear']) {
      expect(shown(whyItShrinks(culprit({ activation, targetGain: 1 }), reference(0.1, 1)))).toContain('with 112 inputs they need');
    }
  });

  it('is not made up for a layer that was not redrawn', () => {
    expect(causeOf(culprit(), null)).toBeNull();
    expect(causeOf(culprit({ kind: 'normalization' }), reference(0.1, 1))).toBeNull();
    expect(shown(whyItShrinks(culprit(), null))).toBe('`a` passes on × 0.10 of what it should; what it would do with other weights was not measured.');
  });
});
