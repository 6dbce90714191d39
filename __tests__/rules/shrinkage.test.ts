import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mode, Observation, Site } from '../../src/evidence/types.ts';
import { cumulativeShrinkage, lastStep, lookAt, relativeGain, resets } from '../../src/rules/shrinkage.ts';
import { sampleEvidence, sampleMoments } from './evidence.ts';

/** One site of a graph, with what was seen of it. */
interface Node {
  readonly id: string;
  readonly inputs?: readonly string[];
  readonly part?: Site['part'];
  readonly boundary?: boolean;
  readonly kind?: Site['kind'];
  readonly className?: string;
  readonly trainable?: boolean;
  readonly gain?: number;
  readonly target?: number | null;
  readonly std?: readonly [x: number, y: number];
}

function siteOf({ id, inputs = [], part = 'head', boundary = false, kind = 'weighted', className = 'Dense', trainable = true, target = 1 }: Node): Site {
  const targetGain = kind === 'weighted' ? target : null;
  return { id, className, part, boundary, kind, inputs, shape: [4], activation: null, targetGain, fanIn: 4, parameters: 4, trainable };
}

function observationOf({ id, kind = 'weighted', gain = 1, std = [1, 1] }: Node): Observation {
  return { site: id, step: 0, mode: 'training', x: { std: std[0], rms: std[0] }, y: sampleMoments(std[1]), gain: kind === 'weighted' ? gain : null, gradient: null, kernelStd: null };
}

function shrinkage(nodes: readonly Node[], mode: Mode = 'training'): Record<string, number> {
  const look = new Map(nodes.map((node) => [node.id, observationOf(node)]));
  return Object.fromEntries(cumulativeShrinkage(nodes.map(siteOf), look, mode));
}

const STEM: Node = { id: 'stem', part: 'trunk', gain: 0.001 };
const LAST: Node = { id: 'last', part: 'trunk', boundary: true, inputs: ['stem'], gain: 0.001 };

describe('cumulative shrinkage', () => {
  it('multiplies gain / target along a chain, from the boundary on', () => {
    const chain: Node[] = [
      STEM,
      LAST,
      { id: 'a', inputs: ['last'], gain: 0.7, target: 1.4 },
      { id: 'b', inputs: ['a'], gain: 0.25, target: 1 },
      { id: 'c', inputs: ['b'], gain: 2.8, target: 1.4 },
    ];
    // 1, 1/2, 1/8, 1/4; nothing is said of what comes before the boundary.
    expect(shrinkage(chain)).toEqual({ last: 1, a: 0.5, b: 0.125, c: 0.25 });
  });

  it('starts at the input where nothing is pretrained', () => {
    expect(shrinkage([{ id: 'a', gain: 0.5 }, { id: 'b', inputs: ['a'], gain: 0.5 }])).toEqual({ a: 0.5, b: 0.25 });
  });

  it('follows layers of the trunk that are trained from scratch with everything else', () => {
    expect(shrinkage([{ ...STEM, gain: 0.5 }, { id: 'a', inputs: ['stem'], gain: 0.5 }])).toEqual({ stem: 0.5, a: 0.25 });
  });

  it('takes the largest of what meets in a merge', () => {
    const branches: Node[] = [
      LAST,
      { id: 'weak', inputs: ['last'], gain: 0.1 },
      { id: 'strong', inputs: ['last'], gain: 0.8 },
      { id: 'add', kind: 'merge', inputs: ['weak', 'strong'] },
      { id: 'after', inputs: ['add'], gain: 0.5 },
    ];
    expect(shrinkage(branches)).toMatchObject({ weak: 0.1, strong: 0.8, add: 0.8, after: 0.4 });
  });

  it('counts a connection from before the boundary as whole', () => {
    const skip: Node[] = [STEM, LAST, { id: 'weak', inputs: ['last'], gain: 0.01 }, { id: 'concat', kind: 'merge', inputs: ['weak', 'stem'] }, { id: 'after', inputs: ['concat'], gain: 0.5 }];
    expect(shrinkage(skip)).toMatchObject({ weak: 0.01, concat: 1, after: 0.5 });
  });

  it.each<[string, Node, Mode, number]>([
    ['BatchNorm that uses its batch', { id: 'n', className: 'BatchNormalization', trainable: true }, 'training', 1],
    ['BatchNorm that uses what it remembers', { id: 'n', className: 'BatchNormalization', trainable: true }, 'inference', 0.2 * 3],
    ['frozen BatchNorm', { id: 'n', className: 'BatchNormalization', trainable: false }, 'training', 0.2 * 3],
    ['LayerNorm', { id: 'n', className: 'LayerNormalization', trainable: true }, 'inference', 1],
    ['frozen LayerNorm', { id: 'n', className: 'LayerNormalization', trainable: false }, 'training', 1],
  ])('%s', (_, norm, mode, expected) => {
    const nodes: Node[] = [LAST, { id: 'a', inputs: ['last'], gain: 0.2 }, { ...norm, kind: 'normalization', inputs: ['a'], std: [0.5, 1.5] }, { id: 'b', inputs: ['n'], gain: 0.5 }];
    const s = shrinkage(nodes, mode);
    expect(s.n).toBeCloseTo(expected, 12);
    expect(s.b).toBeCloseTo(expected / 2, 12);
  });

  it('lets pooling, activations and reshaping make numbers smaller', () => {
    const nodes: Node[] = [LAST, { id: 'pool', kind: 'pass', inputs: ['last'], std: [7, 0.1] }, { id: 'relu', kind: 'pass', inputs: ['pool'], std: [1, 0.584] }, { id: 'a', inputs: ['relu'], gain: 0.5 }];
    expect(shrinkage(nodes)).toEqual({ last: 1, pool: 1, relu: 1, a: 0.5 });
  });

  it('passes on what it cannot judge: unknown layers, unknown activations, sites that were not seen', () => {
    const nodes: Node[] = [LAST, { id: 'a', inputs: ['last'], gain: 0.5 }, { id: 'lstm', kind: 'unjudged', inputs: ['a'] }, { id: 'odd', inputs: ['lstm'], gain: 9, target: null }];
    expect(shrinkage(nodes)).toMatchObject({ lstm: 0.5, odd: 0.5 });
    expect(Object.fromEntries(cumulativeShrinkage(nodes.map(siteOf), new Map(), 'training'))).toEqual({ last: 1, a: 1, lstm: 1, odd: 1 });
  });

  it('gives each call of a shared layer its own share', () => {
    const nodes: Node[] = [LAST, { id: 'shared', inputs: ['last'], gain: 0.5 }, { id: 'relu', kind: 'pass', inputs: ['shared'] }, { id: 'shared#2', inputs: ['relu'], gain: 0.4 }];
    expect(shrinkage(nodes)).toEqual({ last: 1, shared: 0.5, relu: 0.5, 'shared#2': 0.2 });
  });

  it('says nothing of a layer that saw nothing but NaN, which is written as a gain of 0', () => {
    const [site, observation] = [siteOf({ id: 'a' }), observationOf({ id: 'a', gain: 0 })];
    expect(relativeGain(site, observation)).toBe(0);
    expect(relativeGain(site, { ...observation, x: { std: Number.NaN, rms: Number.NaN } })).toBeNull();
    expect(relativeGain(site, { ...observation, y: sampleMoments(Number.NaN, { n: 0, nonFinite: 4096 }) })).toBeNull();
    expect(relativeGain(site, { ...observation, gain: Infinity })).toBeNull();
    const norm: Node = { id: 'n', kind: 'normalization', trainable: false, std: [Number.NaN, 1] };
    expect(shrinkage([norm])).toEqual({ n: 1 });
  });
});

describe('resets', () => {
  it('is for normalizations alone', () => {
    expect(resets(siteOf({ id: 'a', kind: 'pass', className: 'LayerNormalization' }), 'training')).toBe(false);
    expect(resets(siteOf({ id: 'a', kind: 'normalization', className: 'BatchNormalization' }), 'training')).toBe(true);
  });
});

/** A graph whose sites read any of those before them; gains are powers of two, so that products are exact. */
const graphs = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Site['kind']>('weighted', 'weighted', 'merge', 'pass', 'normalization', 'unjudged'),
      trainable: fc.boolean(),
      gain: fc.integer({ min: -6, max: 3 }).map((exponent) => 2 ** exponent),
      ratio: fc.integer({ min: -3, max: 3 }).map((exponent) => 2 ** exponent),
      reads: fc.array(fc.nat(100), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drawn): Node[] => [
    STEM,
    LAST,
    ...drawn.map(({ kind, trainable, gain, ratio, reads }, index): Node => {
      const before = ['stem', 'last', ...drawn.slice(0, index).map((_, earlier) => `site${earlier}`)];
      return { id: `site${index}`, kind, trainable, gain, std: [1, ratio], className: 'BatchNormalization', inputs: [...new Set(reads.map((read) => before[read % before.length]!))] };
    }),
  ]);

/** The same from its definition: the best path to a site, each one multiplied out by itself. */
function bestPath(nodes: readonly Node[], id: string): number {
  const node = nodes.find((candidate) => candidate.id === id)!;
  if (node.part === 'trunk') return 1;
  if (node.kind === 'normalization' && node.trainable) return 1;
  const own = node.kind === 'weighted' ? node.gain! : node.kind === 'normalization' ? node.std![1] / node.std![0] : 1;
  return Math.max(...node.inputs!.map((input) => own * bestPath(nodes, input)));
}

describe('cumulative shrinkage of any graph', () => {
  it('is the product of the best path', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const s = shrinkage(nodes);
        for (const { id } of nodes.slice(1)) expect(s[id]).toBe(bestPath(nodes, id));
      }),
    );
  });

  it('does not depend on names', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const renamed = nodes.map((node) => ({ ...node, id: `x/${node.id}#2`, inputs: (node.inputs ?? []).map((input) => `x/${input}#2`) }));
        expect(Object.values(shrinkage(renamed))).toEqual(Object.values(shrinkage(nodes)));
      }),
    );
  });

  it('is not changed by a layer that passes on, wherever it stands', () => {
    fc.assert(
      fc.property(graphs, fc.nat(100), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (nodes, at, ratio) => {
        const place = 1 + (at % (nodes.length - 1));
        const { id } = nodes[place]!;
        const pass: Node = { id: 'pass', kind: 'pass', inputs: [id], std: [1, ratio] };
        const after = nodes.slice(place + 1).map((node) => ({ ...node, inputs: (node.inputs ?? []).map((input) => (input === id ? 'pass' : input)) }));
        const { pass: passed, ...others } = shrinkage([...nodes.slice(0, place + 1), pass, ...after]);
        expect(others).toEqual(shrinkage(nodes));
        expect(passed).toBe(others[id]);
      }),
    );
  });

  it('scales by c to the depth where all gains of a chain do', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -6, max: 3 }), { minLength: 1, maxLength: 12 }), fc.constantFrom(0.25, 0.5, 2, 4), (exponents, c) => {
        const chain = (scale: number) =>
          shrinkage([LAST, ...exponents.map((exponent, i): Node => ({ id: `site${i}`, gain: scale * 2 ** exponent, inputs: [i === 0 ? 'last' : `site${i - 1}`] }))]);
        const [before, after] = [chain(1), chain(c)];
        exponents.forEach((_, i) => {
          expect(after[`site${i}`]).toBe(before[`site${i}`]! * c ** (i + 1));
        });
      }),
    );
  });
});

describe('looks', () => {
  const evidence = sampleEvidence();
  const [run] = evidence.runs;

  it('hold what the run saw at that step in that mode, and the frozen trunk at any', () => {
    const look = lookAt(evidence, run!, 4, 'inference');
    expect([...look.keys()].sort()).toEqual(['block10_add', 'head_1', 'logits', 'pool', 'stem']);
    expect(look.get('head_1')).toMatchObject({ step: 4, mode: 'inference' });
    expect(look.get('stem')).toMatchObject({ step: 0, mode: 'inference' });
  });

  it('prefer what the run itself saw of a trunk layer', () => {
    const own: Observation = { ...observationOf({ id: 'stem' }), step: 4, mode: 'training' };
    expect(lookAt(evidence, { ...run!, observations: [own] }, 4, 'training').get('stem')).toBe(own);
  });

  it('end at the last step that was looked at', () => {
    expect(lastStep(run!)).toBe(Math.max(...evidence.plan.observedSteps));
    expect(lastStep({ ...run!, observations: [] })).toBe(0);
  });
});
