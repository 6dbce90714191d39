import type { Remedy } from '../evidence/remedy.ts';
import type { TaskFacts, Trial } from '../evidence/types.ts';
import { effectOf } from './effects.ts';
import { isClearGain, severityOf } from './severity.ts';
import { subjectOf } from './subject.ts';
import type { Cause, Finding, Fix, FixEffect, Rule, RuleName, Subject, Text, Threshold, Thresholds } from './types.ts';
import { joined, name, names, percent, text } from './words.ts';

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

/** More would cost more time than they promise. */
const MOST_REMEDIES = 3;

interface Definition {
  readonly name: RuleName;
  readonly limits: (thresholds: Thresholds) => Threshold | null;
  readonly fires: 'below' | 'at-or-above';
  /** Symptoms whose figure crosses `limit`. */
  readonly examine: (subject: Subject, limit: number) => readonly Symptom[];
}

/** A rule about a symptom: whatever it is, the gate of severity and the trying of fixes are the same. */
export function symptomRule({ name: rule, limits, fires, examine }: Definition): Rule {
  return {
    name: rule,
    judge(subject) {
      const threshold = limits(subject.thresholds);
      const limit = threshold && mildest(threshold, fires);
      if (threshold === null || limit === null) return [];
      return examine(subject, limit).map((symptom): Finding => {
        const { sites, cause, what, why, figure, isHealed, numbers = {}, isMild = false, measured } = symptom;
        const remedies = symptom.remedies.slice(0, MOST_REMEDIES).map((remedy) => ({ rule, ...remedy }));
        const attempts = remedies.flatMap((remedy) => attemptOf(subject, remedy, (other) => examine(other, limit).length === 0) ?? []);
        const crosses = (at: number) => (fires === 'below' ? figure < at : figure >= at);
        const severity = severityOf(subject, { threshold, crosses, isHealed: isHealed || isMild, effects: [...attempts.map(({ effect }) => effect), ...(measured ? [measured.effect] : [])] });
        const fix = measured ? { text: measured.text, remedy: null, tried: measured.effect } : fixOf(remedies, attempts, symptom.advice, subject.evidence.task);
        return { rule, severity, sites, cause, what, why, fix, numbers: { figure, limit, ...numbers }, explains: [] };
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

function inWords({ change, sites }: Remedy): Text {
  return sites.length === 0 ? text`${name(change)} under ${name('training')}.` : text`${name(change)} on ${names(sites)}.`;
}
