import { describe, expect, it } from 'vitest';
import type { Evidence, Trial } from '../../src/evidence/types.ts';
import { type Symptom, symptomRule } from '../../src/rules/diagnosis.ts';
import { otherRate } from '../../src/rules/remedies.ts';
import { subjectOf } from '../../src/rules/subject.ts';
import type { Finding, Rule, Threshold } from '../../src/rules/types.ts';
import { storyEvidence } from './evidence.ts';
import { only, shown } from './shown.ts';

const LEARNS = [0.7, 0.72, 0.74, 0.71, 0.73, 0.72];
const BETTER = LEARNS.map((accuracy) => accuracy + 0.1);
const WORSE = LEARNS.map((accuracy) => accuracy - 0.2);
/** Sick is who gives this away in the hash of its weights. */
const SICK = 'sick';

const story = (accuracy: readonly number[] | number) => storyEvidence({ accuracy: { normalized: accuracy } });

function sick(accuracy: readonly number[] | number = LEARNS): Evidence {
  const evidence = story(accuracy);
  return { ...evidence, runs: evidence.runs.map((run) => ({ ...run, weights: SICK })) };
}

function trial(factor: number, accuracy: readonly number[], weights: string): Trial {
  const { change, sites } = otherRate(story(LEARNS), factor);
  return { rule: 'std-explosion', change, sites, runs: story(accuracy).runs.map((run) => ({ ...run, weights })) };
}

/** Who is sick has a figure of 5. */
function ruleFor(evidence: Evidence, more: Partial<Symptom> = {}, suspicious?: number): Rule {
  return symptomRule({
    name: 'std-explosion',
    limits: ({ stdExplosion }) => stdExplosion,
    fires: 'at-or-above',
    ...(suspicious !== undefined && { suspicious }),
    examine: (subject, limit) =>
      subject.evidence.runs.some(({ weights }) => weights === SICK) && limit <= 5
        ? [{ sites: [], cause: 'rate', what: ['sick'], why: ['because'], figure: 5, isHealed: false, remedies: [0.1, 10].map((factor) => otherRate(evidence, factor)), advice: ['Rest.'], ...more }]
        : [],
  });
}

function judged(evidence: Evidence, threshold: Threshold = { warn: 2, fail: 'on-harm' }, more: Partial<Symptom> = {}): Finding | undefined {
  return ruleFor(evidence, more).judge(subjectOf(evidence, only({ stdExplosion: threshold })))[0];
}

describe('the gate of severity', () => {
  it.each<[string, Evidence, Threshold, Partial<Symptom>, Finding['severity']]>([
    ['a symptom alone warns', sick(), { warn: 2, fail: 'on-harm' }, {}, 'warning'],
    ['with harm it fails', sick(1 / 6), { warn: 2, fail: 'on-harm' }, {}, 'error'],
    ['healed without harm it is a note', sick(), { warn: 2, fail: 'on-harm' }, { isHealed: true }, 'note'],
    ['healed with harm it fails', sick(1 / 6), { warn: 2, fail: 'on-harm' }, { isHealed: true }, 'error'],
    ['a number of the user’s is a contract', sick(), { warn: 2, fail: 5 }, { isHealed: true }, 'error'],
    ['which is not crossed below', sick(), { warn: 2, fail: 5.1 }, {}, 'warning'],
    ['a mild one is a note as long as nothing is harmed', sick(), { warn: 2, fail: 'on-harm' }, { isMild: true }, 'note'],
    ['a fix that is clearly better proves harm', { ...sick(), trials: [trial(0.1, BETTER, SICK)] }, { warn: 2, fail: 'on-harm' }, {}, 'error'],
    ['a fix that is as good proves none', { ...sick(), trials: [trial(0.1, LEARNS.toReversed(), '')] }, { warn: 2, fail: 'on-harm' }, {}, 'warning'],
  ])('%s', (_, evidence, threshold, more, severity) => {
    expect(judged(evidence, threshold, more)?.severity).toBe(severity);
  });

  it('opens only for what crosses the mildest limit', () => {
    expect(judged(story(LEARNS))).toBeUndefined();
    expect(judged(sick(), { warn: 6, fail: null })).toBeUndefined();
    expect(judged(sick(), { warn: null, fail: null })).toBeUndefined();
    expect(judged(sick(), { warn: 6, fail: 4 })?.severity).toBe('error');
  });
});

describe('the fix', () => {
  const fixOf = (...trials: Trial[]) => judged({ ...sick(), trials })!.fix!;

  it('is tried in the order of likelihood until one helps', () => {
    expect(fixOf()).toMatchObject({ remedy: { rule: 'std-explosion', change: 'learning-rate: 0.0001', amendment: { kind: 'learning-rate', rate: 0.0001 } }, tried: null });
    expect(shown(fixOf().text)).toBe('`learning-rate: 0.0001` under `training`.');
    expect(fixOf(trial(0.1, LEARNS, SICK))).toMatchObject({ remedy: { change: 'learning-rate: 0.01' }, tried: null });
  });

  it('helps where the symptom is gone and nothing is lost, or where accuracy is clearly better', () => {
    expect(fixOf(trial(0.1, LEARNS, ''))).toMatchObject({ remedy: { change: 'learning-rate: 0.0001' }, tried: { seeds: 6 } });
    expect(fixOf(trial(0.1, BETTER, SICK)).tried!.gain.low).toBeGreaterThan(0);
    expect(fixOf(trial(0.1, LEARNS, SICK), trial(10, BETTER, SICK))).toMatchObject({ remedy: { change: 'learning-rate: 0.01' }, tried: { seeds: 6 } });
  });

  it('is not proposed where it did not help: neither left the symptom, nor cost accuracy', () => {
    const { text, remedy, tried } = fixOf(trial(0.1, LEARNS, SICK), trial(10, WORSE, ''));
    expect(remedy).toBeNull();
    expect(tried!.gain.high).toBeLessThan(0);
    expect(shown(text)).toBe('No fix found: `learning-rate: 0.0001` (accuracy 72 % → 72 %) and `learning-rate: 0.01` (accuracy 72 % → 52 %) were tried and do not help. Rest.');
  });

  it('is advice alone where nothing can be tried', () => {
    expect(judged(sick(), undefined, { remedies: [] })!.fix).toEqual({ text: ['Rest.'], remedy: null, tried: null });
  });
});

describe('a suspicion', () => {
  const threshold = { warn: 8, fail: 'on-harm' } as const;
  const subject = (evidence: Evidence) => subjectOf(evidence, only({ stdExplosion: threshold }));
  const near = (trials: readonly Trial[] = [], suspicious: number | null = 2, evidence = sick()) => {
    const about = { ...evidence, trials };
    const rule = ruleFor(about, {}, suspicious ?? undefined);
    return { findings: rule.judge(subject(about)), tries: rule.suspect!(subject(about)).map(({ change }) => change) };
  };

  it('is a reason to try the likeliest fix where a figure comes near its limit, and no finding', () => {
    expect(near()).toEqual({ findings: [], tries: ['learning-rate: 0.0001'] });
    expect(near([], 1.5)).toEqual({ findings: [], tries: [] });
    expect(near([], null)).toEqual({ findings: [], tries: [] });
  });

  it('becomes a warning where the fix is clearly better, and is dropped where it is not', () => {
    expect(near([trial(0.1, BETTER, SICK)])).toMatchObject({ findings: [{ severity: 'warning', isDoubt: true, fix: { tried: { seeds: 6 } }, numbers: { figure: 5, limit: 8, 'suspicious-from': 4 } }], tries: [] });
    expect(shown(near([trial(0.1, BETTER, SICK)]).findings[0]!.why)).toBe('because Suspicion begins at 4, and the limit (8) is not crossed; it is told because the runs are clearly better with the fix.');
    expect(near([trial(0.1, LEARNS.toReversed(), '')])).toEqual({ findings: [], tries: [] });
  });

  it('is not followed where the training images are learned well, or nothing is left to gain', () => {
    const learned = (loss: number, accuracy: readonly number[]) => {
      const evidence = sick(accuracy);
      return { ...evidence, runs: evidence.runs.map((run) => ({ ...run, epochs: run.epochs.map((epoch) => ({ ...epoch, train: { ...epoch.train, loss } })) })) };
    };
    expect(near([], 2, learned(0.2, LEARNS)).tries).toEqual([]);
    expect(near([], 2, learned(0.5, LEARNS)).tries).toEqual(['learning-rate: 0.0001']);
    expect(near([], 2, learned(0.5, LEARNS.map(() => 0.975))).tries).toEqual([]);
  });

  it('tries what might mend a note, too, which is an error once that helps', () => {
    const rule = (evidence: Evidence) => ruleFor(evidence, { isHealed: true });
    const of = (evidence: Evidence) => subjectOf(evidence, only({ stdExplosion: { warn: 2, fail: 'on-harm' } }));
    expect(rule(sick()).judge(of(sick()))[0]!.severity).toBe('note');
    expect(rule(sick()).suspect!(of(sick()))).toHaveLength(1);
    const helped = { ...sick(), trials: [trial(0.1, BETTER, '')] };
    expect(rule(helped).judge(of(helped))[0]!.severity).toBe('error');
    expect(rule(helped).suspect!(of(helped))).toEqual([]);
  });
});
