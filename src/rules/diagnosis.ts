import type { Remedy } from '../evidence/remedy.ts';
import type { TaskFacts, Trial } from '../evidence/types.ts';
import { effectOf } from './effects.ts';
import { hasRoom, isClearGain, severityOf } from './severity.ts';
import { subjectOf } from './subject.ts';
import type { Cause, Finding, Fix, FixEffect, Rule, RuleName, Subject, Text, Threshold, Thresholds } from './types.ts';
import { changesOf } from './remedies.ts';
import { joined, name, names, percent, plain, text } from './words.ts';

/** What a rule sees in the runs of `normalized`, before anything is known of fixes and harm. */
export interface Symptom {
  /** First culprit first. */
  readonly sites: readonly string[];
  readonly cause: Cause;
  readonly what: Text;
  readonly why: Text;
  /** What was held against the limits. */
  readonly figure: number;
  /** Whether the symptom is gone at the end of training. */
  readonly isHealed: boolean;
  /** Changes that may cure it, the likeliest first. */
  readonly remedies: readonly Omit<Remedy, 'rule'>[];
  /** What to do where no change can be tried by itself, or none helped. */
  readonly advice: Text;
  readonly numbers?: Readonly<Record<string, number>>;
  /** What a cure does that was measured already, as another input. */
  readonly measured?: { readonly text: Text; readonly effect: FixEffect } | null;
  /** A reason to look at it, and no more, as long as nothing is harmed. */
  readonly isMild?: boolean;
}

/** More would cost more time than they promise: of a symptom, and of what is a suspicion or a note. */
const MOST_REMEDIES = 3;
const MOST_DOUBTS = 1;

/** What a rule sees beyond its limit, or, where that is nothing, near it. */
interface Seen {
  readonly threshold: Threshold;
  /** The limit that is crossed first. */
  readonly limit: number;
  /** From where on symptoms were looked for: the limit, or what comes near it. */
  readonly from: number;
  readonly isDoubtful: boolean;
  readonly symptoms: readonly Symptom[];
}

interface Definition {
  readonly name: RuleName;
  readonly limits: (thresholds: Thresholds) => Threshold | null;
  readonly fires: 'below' | 'at-or-above';
  /**
   * By what factor a figure may fall short of the limit and still be suspicious: then a fix is tried where the runs leave
   * room for one, and only if they are clearly better with it is there a finding. Absent: nothing short of the limit is.
   */
  readonly suspicious?: number;
  /** Symptoms whose figure crosses `limit`. */
  readonly examine: (subject: Subject, limit: number) => readonly Symptom[];
}

/** A rule about a symptom: whatever it is, the gate of severity and the trying of fixes are the same. */
export function symptomRule({ name: rule, limits, fires, suspicious, examine }: Definition): Rule {
  const remediesOf = (symptom: Symptom) => symptom.remedies.slice(0, MOST_REMEDIES).map((remedy) => ({ rule, ...remedy }));

  const seenBy = (subject: Subject): Seen | null => {
    const threshold = limits(subject.thresholds);
    const limit = threshold && mildest(threshold, fires);
    if (threshold === null || limit === null) return null;
    const symptoms = examine(subject, limit);
    if (symptoms.length > 0 || suspicious === undefined) return { threshold, limit, from: limit, isDoubtful: false, symptoms };
    const near = fires === 'below' ? Math.min(1, limit * suspicious) : limit / suspicious;
    return { threshold, limit, from: near, isDoubtful: true, symptoms: examine(subject, near) };
  };

  const findingOf = (subject: Subject, symptom: Symptom, { threshold, limit, from, isDoubtful }: Seen): Finding | null => {
    const { sites, cause, what, why, figure, isHealed, numbers = {}, isMild = false, measured } = symptom;
    const remedies = remediesOf(symptom);
    const attempts = remedies.flatMap((remedy) => attemptOf(subject, remedy, (other) => examine(other, from).length === 0) ?? []);
    const effects = [...attempts.map(({ effect }) => effect), ...(measured ? [measured.effect] : [])];
    if (isDoubtful && !effects.some((effect) => isClearGain(subject.evidence, effect))) return null;
    const crosses = (at: number) => (fires === 'below' ? figure < at : figure >= at);
    const severity = isDoubtful ? 'warning' : severityOf(subject, { threshold, crosses, isHealed: isHealed || isMild, effects });
    const fix = measured ? { text: measured.text, remedy: null, tried: measured.effect } : fixOf(remedies, attempts, symptom.advice, subject.evidence.task);
    const about = { rule, severity, sites, cause, what, fix, explains: [] };
    if (!isDoubtful) return { ...about, why, numbers: { figure, limit, ...numbers } };
    const told = text`${why} Suspicion begins at ${plain(from)}, and the limit (${plain(limit)}) is not crossed; it is told because the runs are clearly better with the fix.`;
    return { ...about, why: told, numbers: { figure, limit, 'suspicious-from': from, ...numbers }, isDoubt: true };
  };

  return {
    name: rule,
    judge(subject) {
      const found = seenBy(subject);
      return found ? found.symptoms.flatMap((symptom) => findingOf(subject, symptom, found) ?? []) : [];
    },
    suspect(subject) {
      const found = seenBy(subject);
      if (!found || !hasRoom(subject)) return [];
      return found.symptoms.flatMap((symptom) => {
        const severity = findingOf(subject, symptom, found)?.severity ?? null;
        const isOpen = severity === null || severity === 'note';
        return isOpen && !symptom.measured ? remediesOf(symptom).slice(0, MOST_DOUBTS).filter((remedy) => !trialOf(subject, remedy)) : [];
      });
    },
  };
}

/** The limit that is crossed first. */
function mildest({ warn, fail }: Threshold, fires: Definition['fires']): number | null {
  const limits = [warn, fail].filter((limit) => typeof limit === 'number');
  if (limits.length === 0) return null;
  return fires === 'below' ? Math.max(...limits) : Math.min(...limits);
}

/** A fix that was tried, and what came of it. */
interface Attempt {
  readonly remedy: Remedy;
  readonly effect: FixEffect;
  readonly helps: boolean;
}

/** It helps where the symptom is gone at no cost, or the runs are clearly better. */
function attemptOf(subject: Subject, remedy: Remedy, isCured: (subject: Subject) => boolean): Attempt | null {
  const trial = trialOf(subject, remedy);
  if (!trial) return null;
  const { evidence, thresholds } = subject;
  const effect = effectOf(subject, trial);
  const cured = isCured(subjectOf({ ...evidence, runs: trial.runs }, thresholds));
  return { remedy, effect, helps: effect.gain.high >= 0 && (cured || isClearGain(evidence, effect)) };
}

export function trialOf({ evidence }: Subject, { rule, change, sites }: Remedy): Trial | undefined {
  return evidence.trials.find((trial) => trial.rule === rule && trial.change === change && String(trial.sites) === String(sites));
}

/** What helped, or else what is still to be tried; what did not help is not proposed. */
function fixOf(remedies: readonly Remedy[], attempts: readonly Attempt[], advice: Text, task: Pick<TaskFacts, 'metric'>): Fix {
  const helpful = attempts.find(({ helps }) => helps);
  if (helpful) return { text: inWords(helpful.remedy), remedy: helpful.remedy, tried: helpful.effect };
  const next = remedies.find((remedy) => !attempts.some((attempt) => attempt.remedy === remedy));
  if (next) return { text: inWords(next), remedy: next, tried: null };
  const last = attempts.at(-1);
  if (!last) return { text: advice, remedy: null, tried: null };
  const list = joined(attempts.map(({ remedy, effect: { metric } }) => text`${name(remedy.change)} (${task.metric} ${percent(metric.before)} → ${percent(metric.after)})`));
  return { text: text`No fix found: ${list} ${attempts.length === 1 ? 'was' : 'were'} tried and ${attempts.length === 1 ? 'does' : 'do'} not help. ${advice}`, remedy: null, tried: last.effect };
}

function inWords(remedy: Remedy): Text {
  const [first, ...others] = changesOf(remedy).map(({ change, sites }) => (sites.length === 0 ? text`${name(change)} under ${name('training')}` : text`${name(change)} on ${names(sites)}`));
  return text`${others.reduce((list, other) => text`${list}; ${other}`, first!)}.`;
}
