import { describe, expect, it } from 'vitest';
import type { Evidence, InitialWeights, Observation, Run, Site, Trial } from '../../src/evidence/types.ts';
import { judge } from '../../src/rules/judge.ts';
import { otherRate } from '../../src/rules/remedies.ts';
import type { Finding, Thresholds } from '../../src/rules/types.ts';
import { type SampleLayer, sampleEvidence, type Story, storyEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const LEARNS = { normalized: [0.7, 0.72, 0.74, 0.71, 0.73, 0.72] };
const LAYERS: readonly SampleLayer[] = [{ id: 'a' }, { id: 'b' }, { id: 'logits', part: 'output', activation: 'linear', targetGain: 1 }];
/** sqrt(2 / 112): what a layer of 112 inputs before ReLU needs. */
const NEEDED = Math.SQRT2 / Math.sqrt(112);

interface Changes extends Story {
  readonly site?: (site: Site) => Partial<Site>;
  readonly run?: (run: Run) => Partial<Run>;
  readonly seen?: (observation: Observation) => Partial<Observation>;
  readonly parts?: Partial<Evidence>;
}

function evidenceOf({ site = () => ({}), run = () => ({}), seen = () => ({}), parts = {}, ...story }: Changes): Evidence {
  const evidence = storyEvidence({ layers: LAYERS, accuracy: LEARNS, ...story });
  const changed = evidence.runs.map((one) => ({ ...one, ...run(one) }));
  return {
    ...evidence,
    sites: evidence.sites.map((one) => ({ ...one, ...site(one) })),
    runs: changed.map((one) => ({ ...one, observations: one.observations.map((look) => ({ ...look, ...seen(look) })) })),
    ...parts,
  };
}

function found(rule: keyof Thresholds, changes: Changes): readonly Finding[] {
  return judge(evidenceOf(changes), only({ [rule]: DEFAULTS[rule] }), 'error').findings;
}

const said = ([finding]: readonly Finding[]) => shown(finding!.what);

describe('poor-initialization', () => {
  const weights = (more: Partial<InitialWeights>): InitialWeights => ({ site: 'a', std: NEEDED, rms: NEEDED, difference: 0.99, bias: { std: 0, rms: 0 }, ...more });
  const of = (more: Partial<InitialWeights>, changes: Changes = {}) => found('poorInitialization', { run: () => ({ initial: [weights(more)] }), ...changes });
  const sized = (factor: number) => ({ std: NEEDED * factor, rms: NEEDED * factor });

  it('is silent up to a factor of ten, and a note beyond as long as nothing is harmed', () => {
    for (const factor of [9.9, 1 / 9.9]) expect(of(sized(factor))).toEqual([]);
    for (const factor of [10.1, 1 / 10.1]) expect(of(sized(factor))).toMatchObject([{ severity: 'note', sites: ['a'], cause: 'initialization' }]);
    expect(of(sized(0.01), { accuracy: { normalized: 1 / 6 } })).toMatchObject([{ severity: 'error' }]);
    expect(said(of(sized(0.01)))).toBe('The weights of `a` are 100 times too small: std 0.0013.');
  });

  it('warns of weights that are all zero, or the same for all units', () => {
    expect(said(of({ std: 0, rms: 0, difference: 0 }))).toBe('All weights of `a` start at 0.');
    expect(said(of({ difference: 0 }))).toBe('All units of `a` start with the same weights.');
    expect(of({ difference: 0 })).toMatchObject([{ severity: 'warning', fix: { remedy: { change: 'kernel-initializer: he-normal', sites: ['a'] } } }]);
  });

  it('warns of a common mean by what it adds to a unit', () => {
    // mean * 112 / sqrt(2) is 10 at a mean of 0.126.
    const centred = (mean: number) => ({ std: NEEDED, rms: Math.hypot(NEEDED, mean) });
    expect(of(centred(0.125))).toEqual([]);
    expect(of(centred(0.128))).toMatchObject([{ severity: 'warning' }]);
  });

  it('warns of biases that drown the signal, and zeroes them alone', () => {
    const z = evidenceOf({}).runs[0]!.observations.filter(({ site, step, mode }) => site === 'a' && step === 0 && mode === 'training').map(({ gain, x }) => gain! * x.rms)[0]!;
    expect(of({ bias: { std: 0, rms: 9.9 * z } })).toEqual([]);
    expect(of({ bias: { std: 0, rms: 10.1 * z } })).toMatchObject([{ severity: 'warning', fix: { remedy: { change: 'bias-initializer: zeros', amendment: { kernels: {}, biases: { a: 'zeros' } } } } }]);
  });

  it('leaves the output, pretrained layers and what is not measured alone', () => {
    expect(of({ site: 'logits', std: 0, rms: 0, difference: 0 })).toEqual([]);
    expect(of({ site: 'stem', std: 0, rms: 0, difference: 0 })).toEqual([]);
    expect(found('poorInitialization', {})).toEqual([]);
  });
});

describe('dead-units', () => {
  const of = (atStart: number, atEnd: number, more: Changes = {}) => found('deadUnits', { seen: ({ site, step }) => (site === 'a' ? { deadUnits: step === 0 ? atStart : atEnd } : {}), ...more });

  it('fires at the limit, and tells by the time which is to blame', () => {
    expect(of(0.69, 0.69)).toEqual([]);
    expect(of(0.7, 0.7)).toMatchObject([{ severity: 'warning', cause: 'initialization', fix: { remedy: { change: 'kernel-initializer: he-normal; bias-initializer: zeros' } } }]);
    expect(of(0.1, 0.7)).toMatchObject([{ severity: 'warning', cause: 'rate', fix: { remedy: { change: 'learning-rate: 0.0001' } } }]);
    expect(of(0.9, 0.1)).toMatchObject([{ severity: 'note' }]);
  });
});

describe('saturation', () => {
  const rails = (activation: string, low: number, high: number, more: Changes = {}) =>
    found('saturation', { layers: LAYERS.map((layer) => (layer.id === 'a' ? { ...layer, activation } : layer)), seen: ({ site, y }) => (site === 'a' ? { y: { ...y, rails: [low, high] } } : {}), ...more });

  it('adds both ends of tanh, and takes the upper one of ReLU6 alone', () => {
    expect(rails('tanh', 0.2, 0.29)).toEqual([]);
    expect(rails('tanh', 0.2, 0.3)).toMatchObject([{ severity: 'warning', sites: ['a'] }]);
    expect(rails('relu6', 0.9, 0.49)).toEqual([]);
    expect(rails('relu6', 0, 0.5)).toMatchObject([{ severity: 'warning' }]);
    expect(rails('relu', 0.9, 0)).toEqual([]);
  });

  it('judges the end only where nothing is learned', () => {
    const late = (accuracy: Story['accuracy']) => rails('tanh', 0, 0, { ...(accuracy && { accuracy }), seen: ({ site, step, y }) => (site === 'a' && step > 0 ? { y: { ...y, rails: [0.4, 0.4] } } : {}) });
    expect(late(LEARNS)).toEqual([]);
    expect(late({ normalized: 1 / 6 })).toMatchObject([{ severity: 'error', cause: 'rate' }]);
  });

  it('takes a softmax that is certain, wrong and far apart in both modes', () => {
    const certain = (certainty: number, loss: number, std: number) =>
      found('saturation', {
        run: ({ epochs }) => ({ epochs: epochs.map((epoch, index) => (index === 0 ? { ...epoch, certainty, train: { ...epoch.train, loss } } : epoch)) }),
        seen: ({ site, y }) => (site === 'logits' ? { y: { ...y, std } } : {}),
      });
    expect(certain(0.9995, 20, 50)).toMatchObject([{ sites: ['logits'], cause: 'initialization' }]);
    for (const [certainty, loss, std] of [[0.99, 20, 50], [0.9995, 3, 50], [0.9995, 20, 5]] as const) expect(certain(certainty, loss, std)).toEqual([]);
  });
});

describe('the rules of updates', () => {
  const updates = (ratio: number, gradient = 1) => ({ run: () => ({ updates: [1, 2, 4].map((step) => ({ site: 'a', step, ratio, gradient })) }) });

  it('fire where weights are replaced', () => {
    expect(found('updateRatio', updates(0.49))).toEqual([]);
    expect(found('updateRatio', updates(0.5))).toMatchObject([{ severity: 'warning', cause: 'rate', sites: ['a'], fix: { remedy: { change: 'learning-rate: 0.0001' } } }]);
    // Of weights that start at zero, any update is endlessly large.
    expect(found('updateRatio', updates(Infinity))).toEqual([]);
  });

  it('fire where they stay as they are', () => {
    expect(found('unchangedWeights', updates(1e-7))).toEqual([]);
    expect(found('unchangedWeights', updates(9e-8))).toMatchObject([{ severity: 'warning', cause: 'rate', fix: { remedy: { change: 'learning-rate: 0.01' } } }]);
    expect(found('unchangedWeights', updates(0, 0))).toMatchObject([{ severity: 'warning', cause: 'wiring', fix: { remedy: null } }]);
  });
});

describe('input-scale', () => {
  const channel = { mean: 128, std: 60, min: 0, max: 255, signal: 50 };
  const fed = (std: number, mean = 127.5, more: Changes = {}, channels = [channel, channel, channel]) => {
    const base = sampleEvidence();
    const arm = { ...base.plan.arms[0]!, mean: [mean, mean, mean], std: [std, std, std], order: 'rgb' as const };
    return found('inputScale', { parts: { data: { ...base.data, channels }, plan: { ...base.plan, arms: [arm] } }, ...more });
  };

  it.each([['[-1, 1]', 127.5, 127.5], ['[0, 1]', 255, 0], ['ImageNet', 57.375, 116.28], ['raw, which a pretrained model may want', 1, 0]])('is silent for %s', (_, std, mean) => {
    expect(fed(std, mean)).toEqual([]);
  });

  it('fires for what is very small', () => {
    const small = (std: number) => {
      const { model } = storyEvidence({ boundary: false, layers: LAYERS });
      const { data, plan } = sampleEvidence();
      const arm = { ...plan.arms[0]!, mean: [127.5, 127.5, 127.5], std: [std, std, std] };
      return found('inputScale', { boundary: false, parts: { model, data: { ...data, channels: [channel, channel, channel] }, plan: { ...plan, arms: [arm] } } });
    };
    expect(small(60 * 29.9)).toEqual([]);
    expect(small(60 * 30.1)).toMatchObject([{ severity: 'warning', cause: 'data' }]);
    // A pretrained model judges that by its accuracy.
    expect(fed(60 * 30.1)).toEqual([]);
  });

  it('fires for raw pixels where nothing is pretrained and nothing normalizes', () => {
    const scratch = (layers: readonly SampleLayer[]) => {
      const evidence = storyEvidence({ layers, boundary: false, accuracy: LEARNS });
      return fed(1, 0, { layers, boundary: false, parts: { model: evidence.model, data: { ...evidence.data, channels: [channel, channel, channel] }, plan: { ...evidence.plan, arms: [{ ...evidence.plan.arms[0]!, mean: [0, 0, 0], std: [1, 1, 1] }] } } });
    };
    expect(scratch(LAYERS)).toMatchObject([{ severity: 'warning' }]);
    expect(scratch([{ id: 'scale', className: 'Rescaling', kind: 'pass' }, ...LAYERS])).toEqual([]);
    expect(scratch([{ id: 'norm', className: 'BatchNormalization', kind: 'normalization', trainable: true }, ...LAYERS])).toEqual([]);
  });

  it('fires for a colour that never changes, and for images that are all the same', () => {
    expect(said(fed(127.5, 127.5, {}, [channel, { ...channel, std: 0, signal: 0 }, channel]))).toBe('The green channel has the same value in every pixel.');
    expect(said(fed(127.5, 127.5, {}, [channel, channel, channel].map((one) => ({ ...one, signal: 0 }))))).toBe('All images are the same.');
  });
});

describe('wiring', () => {
  it('of the output: nothing bends the logits', () => {
    const ending = (activation: string | null) => found('outputLoss', { site: ({ part }) => (part === 'output' ? { activation } : {}) });
    for (const activation of [null, 'linear']) expect(ending(activation)).toEqual([]);
    expect(ending('softmax')).toMatchObject([{ severity: 'warning', cause: 'wiring', sites: ['logits'], fix: { remedy: { change: 'activation: linear' } } }]);
    expect(said(ending('relu'))).toBe('The logits go through `relu` in `logits` before the loss.');
  });

  it('of training: new layers train', () => {
    const frozen = (ids: readonly string[]) => found('frozenMismatch', { site: ({ id }) => (ids.includes(id) ? { trainable: false } : {}) });
    expect(frozen(['stem'])).toEqual([]);
    expect(frozen(['a', 'b'])).toMatchObject([{ severity: 'warning', sites: ['a', 'b'], fix: { remedy: { change: 'trainable: true', amendment: { kind: 'unfreeze' } } } }]);
  });
});

describe('the course of training', () => {
  const course = (read: (epoch: number) => { train?: number; held?: number; right?: number; answered?: number; penalty?: number }): Changes => ({
    run: ({ epochs }) => ({
      epochs: epochs.map((epoch, index) => {
        const { train, held, right, answered, penalty } = read(index);
        return {
          ...epoch,
          train: { loss: train ?? epoch.train.loss, metric: right ?? epoch.train.metric },
          validation: { loss: held ?? epoch.validation.loss, metric: answered ?? epoch.validation.metric },
          ...(penalty === undefined ? {} : { penalty }),
        };
      }),
    }),
  });

  it('labels are doubted where training images are learned and held-out ones guessed', () => {
    const of = (trained: number, held: number) => found('labels', { accuracy: { normalized: held }, trainAccuracy: { normalized: trained } });
    // Six classes: a twentieth of the way from 1/6 to 1 is 0.0417.
    expect(of(0.21, 1 / 6)).toMatchObject([{ severity: 'warning', cause: 'data' }]);
    expect(of(0.2, 1 / 6)).toEqual([]);
    expect(of(1, 0.3)).toEqual([]);
  });

  it('labels are not doubted where a validation set is so skewed that who knows it well scores less than always answering the same', () => {
    const story = storyEvidence({ accuracy: { normalized: 0.71 }, trainAccuracy: { normalized: 0.78 }, fixedValidation: 60 });
    const of = (trivial: number, heldOut: number) => {
      const score = (metric: number) => ({ metric, std: Math.sqrt(metric * (1 - metric)), loss: 0.5 });
      const evidence = { ...story, task: { ...story.task, trivial: score(trivial), heldOutTrivial: score(heldOut) } };
      return judge(evidence, only({ labels: DEFAULTS.labels }), 'error').findings;
    };
    expect(of(0.5, 0.99)).toEqual([]);
    // Neither where most of the training images are of one class, and the others are not.
    expect(of(0.75, 0.5)).toEqual([]);
    expect(of(0.7, 0.99)).toMatchObject([{ rule: 'labels' }]);
    expect(shown(of(0.7, 0.99)[0]!.what)).toContain('nothing that holds for others beyond chance: 72 % on held-out ones, where always answering the most frequent class scores 99 %.');
  });

  it('a loss that goes up and down is told by the share of its rises', () => {
    const rising = (every: number) => found('lossTrend', course((epoch) => ({ train: 2 - 0.05 * epoch + (epoch % every === 0 ? 0.4 : 0) })));
    expect(rising(4)).toEqual([]);
    expect(rising(3)).toMatchObject([{ severity: 'warning', cause: 'rate' }]);
    expect(found('lossTrend', course((epoch) => ({ train: 2 + 0.05 * epoch, right: 0.9 })))).toMatchObject([{ severity: 'warning' }]);
  });

  it('overfitting costs accuracy, and is a note', () => {
    const of = (growth: number, lost: number) => found('overfitting', course((epoch) => ({ held: epoch < 10 ? 2 - 0.1 * epoch : 1.1 * (1 + (growth - 1) * ((epoch - 9) / 11)), answered: epoch <= 10 ? 0.8 : 0.8 - lost })));
    expect(of(2.1, 0.05)).toMatchObject([{ severity: 'note', cause: 'regularization' }]);
    expect(of(1.9, 0.05)).toEqual([]);
    expect(of(2.1, 0.02)).toEqual([]);
  });

  it('underfitting has a reason', () => {
    const slow = (more: Changes) => found('underfitting', { ...course(() => ({ train: 1.2, right: 0.5 })), ...more });
    expect(slow({})).toEqual([]);
    expect(slow(course(() => ({ train: 1.2, penalty: 1.3, right: 0.5 })))).toMatchObject([{ severity: 'warning', cause: 'regularization', fix: { remedy: { amendment: { kind: 'no-penalties' } } } }]);
    expect(slow({ site: ({ id }) => (id === 'b' ? { dropRate: 0.8 } : {}) })).toMatchObject([{ severity: 'warning', sites: ['b'], fix: { remedy: { change: 'rate: 0.2' } } }]);
    expect(found('underfitting', course((epoch) => ({ train: 1.8 - 0.04 * epoch, right: 0.4 })))).toMatchObject([{ severity: 'note', cause: 'rate' }]);
    expect(found('underfitting', course(() => ({ train: 0.5, penalty: 9 })))).toEqual([]);
  });
});

describe('learning-rate', () => {
  const stuck = { accuracy: { normalized: 1 / 6 } };
  const judged = (changes: Changes, trials: readonly Trial[] = []) => judge({ ...evidenceOf(changes), trials }, only({ learningRate: DEFAULTS.learningRate }), 'error');
  const trial = (factor: number, accuracy: number): Trial => {
    const evidence = evidenceOf({ accuracy: { normalized: accuracy } });
    const { change, sites } = otherRate(evidence, factor);
    return { rule: 'learning-rate', change, sites, runs: evidence.runs };
  };
  const sizes = (ratio: number): Changes => ({ ...stuck, run: () => ({ updates: [1, 2, 4].map((step) => ({ site: 'a', step, ratio, gradient: 1 })) }) });

  it('is suspected where nothing is learned, and by the size of the updates', () => {
    // A constant loss; then one that falls, to half of that of guessing and to a third.
    const ending = (share: number) => judged({ run: ({ epochs }) => ({ epochs: epochs.map((epoch, index) => ({ ...epoch, train: { ...epoch.train, loss: Math.log(6) * (1 - ((1 - share) * index) / (epochs.length - 1)) } })) }) });
    expect(ending(1).suspected).toEqual([]);
    expect(ending(0.5).suspected.map(({ change }) => change)).toEqual(['learning-rate: 0.01', 'learning-rate: 0.1']);
    expect(ending(0.35).suspected).toEqual([]);
    expect(judged(sizes(0.6)).suspected.map(({ change }) => change)).toEqual(['learning-rate: 0.0001', 'learning-rate: 0.00001', 'learning-rate: 0.000001']);
    // An update is usually a thousandth of the weights: a hundred times this.
    expect(judged(sizes(1e-5)).suspected.map(({ change }) => change)).toEqual(['learning-rate: 0.1', 'learning-rate: 1', 'learning-rate: 0.0001']);
    expect(judged(sizes(0.6)).findings).toEqual([]);
  });

  it('is found where another one is clearly better, which ends the search', () => {
    const { findings, suspected } = judged(sizes(1e-5), [trial(100, 0.95)]);
    expect(suspected).toEqual([]);
    expect(findings).toMatchObject([{ severity: 'error', cause: 'rate', fix: { remedy: { change: 'learning-rate: 0.1' }, tried: { seeds: 6 } } }]);
    expect(said(findings)).toMatch(/^The learning rate 0\.001 is too small: 0\.1 is 7\d\.\d points better\.$/);
  });

  it('is looked for further where the better one leaves much to learn', () => {
    const { findings, suspected } = judged(sizes(1e-5), [trial(100, 0.7)]);
    expect(suspected.map(({ change }) => change)).toEqual(['learning-rate: 1']);
    expect(findings).toMatchObject([{ fix: { remedy: { change: 'learning-rate: 0.1' } } }]);
    const best = judged(sizes(1e-5), [trial(100, 0.7), trial(1000, 0.9)]);
    expect(best.findings).toMatchObject([{ fix: { remedy: { change: 'learning-rate: 1' } } }]);
  });

  it('is no finding where none is', () => {
    expect(judged(sizes(1e-5), [trial(100, 1 / 6)])).toMatchObject({ findings: [], suspected: [{ change: 'learning-rate: 1' }, { change: 'learning-rate: 0.0001' }] });
    expect(judged(sizes(1e-5), [trial(100, 1 / 6), trial(1000, 1 / 6), trial(0.1, 1 / 6)])).toMatchObject({ findings: [], suspected: [] });
  });

  it('is not looked for where a layer explains it', () => {
    const evidence = evidenceOf({ ...sizes(0.6), layers: [{ id: 'a', relativeGain: 0.001 }, ...LAYERS.slice(1)] });
    expect(judge(evidence, only({ learningRate: DEFAULTS.learningRate, stdShrinkage: DEFAULTS.stdShrinkage }), 'error').suspected).toEqual([]);
  });
});
