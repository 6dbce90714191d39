import { describe, expect, it } from 'vitest';
import type { Evidence, Observation, Run } from '../../src/evidence/types.ts';
import { judge } from '../../src/rules/judge.ts';
import type { Finding } from '../../src/rules/types.ts';
import { sampleEvidence, sampleMoments } from './evidence.ts';
import { only, shown } from './shown.ts';

const BROKEN = sampleMoments(Number.NaN, { n: 0, nonFinite: 4096 });

/** The sample evidence, with the runs of an arm changed; `index` counts them. */
function changing(arm: string, change: (run: Run, index: number) => Run): Evidence {
  const evidence = sampleEvidence();
  let index = 0;
  return { ...evidence, runs: evidence.runs.map((run) => (run.arm === arm ? change(run, index++) : run)) };
}

function seeing(run: Run, change: (observation: Observation) => Partial<Observation>): Run {
  return { ...run, observations: run.observations.map((observation) => ({ ...observation, ...change(observation) })) };
}

function findings(evidence: Evidence): readonly Finding[] {
  return judge(evidence, only({}), 'error').findings;
}

describe('non-finite', () => {
  it('is silent where all is finite', () => {
    expect(findings(sampleEvidence())).toEqual([]);
  });

  it('fails where a run of arm normalized stopped, whatever the thresholds', () => {
    const evidence = changing('normalized', (run, index) => (index < 2 ? { ...run, nonFinite: { step: 5 - index, where: 'head_1' } } : run));
    const [finding] = findings(evidence);
    expect(judge(evidence, only({}), 'error').verdict).toBe('fail');
    expect(finding).toMatchObject({ severity: 'error', arm: 'normalized', sites: ['head_1'], numbers: { runs: 2, step: 4 } });
    expect(shown(finding!.what)).toBe('2 of 6 runs with input `normalized` met a NaN or an infinity, first in `head_1` after 4 updates.');
    expect(shown(finding!.why)).toBe('It appeared while training: the updates were too large for this input.');
    expect(shown(finding!.fix!.text)).toBe('`learning-rate: 0.0001` under `training`, a tenth of what it is.');
  });

  it('is a note in an arm that is there to be compared with', () => {
    const evidence = changing('raw', (run) => ({ ...run, nonFinite: { step: 3, where: 'loss' } }));
    expect(findings(evidence)).toMatchObject([{ severity: 'note', arm: 'raw', sites: [], fix: null }]);
    expect(judge(evidence, only({}), 'warning').verdict).toBe('pass');
    expect(shown(findings(evidence)[0]!.what)).toBe('6 of 6 runs with input `raw` met a NaN or an infinity, first in the loss after 3 updates.');
  });

  it('blames the weights before the first update', () => {
    const [finding] = findings(changing('normalized', (run) => ({ ...run, nonFinite: { step: 0, where: 'head_1' } })));
    expect(shown(finding!.what)).toMatch(/first in `head_1` before the first update\.$/);
    expect(shown(finding!.why)).toBe('Nothing was trained yet: the weights hold it, or make the numbers too large.');
    expect(shown(finding!.fix!.text)).toBe('Look for values that are not numbers in the weight file, and for very large initial weights.');
  });

  it('sees it in a layer before the loss does', () => {
    const late = changing('normalized', (run) => ({ ...seeing(run, ({ site, step }) => (site === 'head_1' && step >= 4 ? { y: BROKEN } : {})), nonFinite: { step: 7, where: 'logits' } }));
    expect(findings(late)).toMatchObject([{ sites: ['head_1'], numbers: { step: 4 } }]);
    const early = changing('normalized', (run) => ({ ...seeing(run, ({ site, step }) => (site === 'head_1' && step >= 8 ? { y: BROKEN } : {})), nonFinite: { step: 7, where: 'logits' } }));
    expect(findings(early)).toMatchObject([{ sites: ['logits'], numbers: { step: 7 } }]);
  });

  it('finds its origin: the first layer on the way forward, the last one on the way back', () => {
    const forward = changing('normalized', (run) => seeing(run, ({ site }) => (site === 'pool' ? {} : { y: BROKEN, gradient: BROKEN })));
    expect(findings(forward)[0]!.sites).toEqual(['head_1']);
    const back = changing('normalized', (run) => seeing(run, ({ site, mode }) => (site !== 'logits' && mode === 'training' ? { gradient: BROKEN } : {})));
    expect(findings(back)[0]!.sites).toEqual(['head_1']);
  });

  it('sees it in a frozen trunk, where every run has it', () => {
    const evidence = sampleEvidence();
    const trunk = { ...evidence.trunk, normalized: evidence.trunk.normalized!.map((observation) => (observation.site === 'stem' ? { ...observation, y: BROKEN } : observation)) };
    expect(findings({ ...evidence, trunk })).toMatchObject([{ severity: 'error', sites: ['stem'], numbers: { runs: 6, step: 0 } }]);
  });

  it('sees it in a score, though no update met it', () => {
    const evidence = changing('normalized', (run, index) => ({
      ...run,
      epochs: run.epochs.map((epoch) => (index === 1 && epoch.epoch >= 3 ? { ...epoch, validation: { loss: Infinity, metric: 0 } } : epoch)),
    }));
    const [finding] = findings(evidence);
    expect(finding).toMatchObject({ sites: [], numbers: { runs: 1, step: 39 } });
  });
});
