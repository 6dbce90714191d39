import path from 'node:path';
import { Baseline } from './baseline.ts';
import { cacheFolder } from './cache-folder.ts';
import { checkIdOf } from './config/check-id.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import { OVERRIDES, type Overrides } from './config/overrides.ts';
import type { Evidence } from './evidence/types.ts';
import { threadsAtFirst } from './experiment/experiment.ts';
import { type MeasureOptions, Measurements, type Rehearsal } from './experiment/measurements.ts';
import { findingPlaces } from './finding-places.ts';
import { memoryOfMachine } from './experiment/plan.ts';
import type { OnProgress } from './experiment/progress.ts';
import { Threads } from './experiment/threads.ts';
import type { BaselineRequest, Remote } from './git/baseline-commit.ts';
import type { Report } from './report/types.ts';
import { armsToConfirm, changesToConfirm, isOpen, judge, untriedRemedies } from './rules/judge.ts';
import type { Judgement } from './rules/types.ts';
import { VERSION } from './version.ts';

export interface CheckRequest {
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly configPath: string | null;
  readonly overrides: Overrides;
  /** What `baseline: auto` stands for here; null: nothing to compare with. */
  readonly change: BaselineRequest | null;
  /** Where commits come from that are not here; null: `origin`. */
  readonly remote: Remote | null;
  /** Most threads to use; null: as many as there are cores, and memory for. */
  readonly threads: number | null;
  readonly onProgress: OnProgress;
  /** Is told which backend was chosen, and why, where that was left open. */
  readonly onNotice: (line: string) => void;
}

export interface CheckResult extends Report {
  readonly id: string;
}

/**
 * The whole job: what the user asked for, what was measured, with this change and without it, what the rules say of it.
 *
 * @throws UserError when the check could not run for a reason that the user can mend
 */
export async function check(request: CheckRequest): Promise<CheckResult> {
  const { cwd, configPath, overrides } = request;
  const config = loadConfig({ cwd, path: configPath, overrides });
  const threads = LABORATORY === null ? null : new Threads(LABORATORY, config.backend === 'native' ? 1 : threadsAtFirst(request.threads));
  try {
    return await examine(config, request, threads);
  } finally {
    await threads?.close();
  }
}

/**
 * Everything that comes before the first update: config, images, network, plan.
 *
 * @throws UserError where a check could not begin
 */
export async function rehearse({ cwd, configPath, overrides, threads, onProgress, onNotice }: Omit<CheckRequest, 'change' | 'remote'>): Promise<Rehearsal> {
  const config = loadConfig({ cwd, path: configPath, overrides });
  const pool = LABORATORY === null ? null : new Threads(LABORATORY, 1);
  let measurements: Measurements | null = null;
  try {
    measurements = await Measurements.of(config, { version: VERSION, onProgress, onNotice, mostThreads: threads, threads: pool, cache: null });
    return await measurements.rehearse();
  } finally {
    await measurements?.release();
    await pool?.close();
  }
}

async function examine(config: Config, request: CheckRequest, threads: Threads | null): Promise<CheckResult> {
  const { threads: mostThreads, onProgress, onNotice } = request;
  const options: MeasureOptions = { version: VERSION, onProgress, onNotice, mostThreads, threads, cache: cacheFolder() };
  const measurements = await Measurements.of(config, options);
  let baseline: Baseline | null = null;
  try {
    let evidence = await measure(measurements, (found) => judge(found, config.thresholds, config.failOn));
    const wanted = baselineRequest(config.baseline, request.change);
    if (wanted) {
      await measurements.release();
      baseline = await Baseline.examine({ ...request, request: wanted }, { config, evidence, measurements }, { ...options, onProgress: aside(onProgress) });
    }
    const introducedOnly = config.judge === 'introduced';
    const judged = () => judge(evidence, config.thresholds, config.failOn, baseline?.evidence ? { evidence: baseline.evidence, introducedOnly } : null);
    const doubted = changesToConfirm(judged());
    if (doubted.length > 0) {
      evidence = await withConfirmation(measurements, evidence, doubted);
      await measurements.release();
      await baseline?.confirm(doubted, freshSeeds(evidence));
    }
    evidence = { ...evidence, timing: measurements.timing() };
    return { id: config.id, evidence, judgement: judged(), baseline: baseline?.report ?? null, reused: measurements.isReused };
  } finally {
    await measurements.release();
    await baseline?.close();
  }
}

/** The plan, more seeds while a comparison is open, what might cure what was found, and again what rests on a test. */
async function measure(measurements: Measurements, judged: (evidence: Evidence) => Judgement): Promise<Evidence> {
  let evidence = await measurements.conduct();
  for (const seeds of evidence.plan.looks.slice(1)) {
    if (!isOpen(judged(evidence))) break;
    evidence = await measurements.goOn(evidence, seeds);
  }
  for (let [remedy] = untriedRemedies(judged(evidence)); remedy; [remedy] = untriedRemedies(judged(evidence))) {
    evidence = { ...evidence, trials: [...evidence.trials, await measurements.attempt(evidence, remedy)] };
  }
  const doubted = armsToConfirm(judged(evidence));
  return doubted.length > 0 ? withConfirmation(measurements, evidence, doubted) : evidence;
}

/** Adds runs of the arms on fresh seeds, where there are none yet. */
async function withConfirmation(measurements: Measurements, evidence: Evidence, arms: readonly string[]): Promise<Evidence> {
  const known = new Set(evidence.confirmation.map(({ arm }) => arm));
  const missing = arms.filter((arm) => !known.has(arm));
  if (missing.length === 0) return evidence;
  return { ...evidence, confirmation: [...evidence.confirmation, ...(await measurements.confirm(evidence, missing, freshSeeds(evidence)))] };
}

/** As many seeds as the evidence has, none of which the plan may use. */
function freshSeeds({ plan: { seeds, looks } }: Evidence): readonly number[] {
  return seeds.map((_, index) => looks.at(-1)! + index);
}

function baselineRequest(wanted: string, change: BaselineRequest | null): BaselineRequest | null {
  if (wanted === 'off') return null;
  return wanted === 'auto' ? change : { kind: 'ref', ref: wanted };
}

/** Progress of what is done on the other side. */
function aside(onProgress: OnProgress): OnProgress {
  return (progress) => {
    onProgress({ ...progress, phase: `baseline: ${progress.phase}` });
  };
}

// Seen by the entries, which load the schema only through this file.
export { checkIdOf, findingPlaces, loadConfig, memoryOfMachine, OVERRIDES };

/** The bundle of what threads serve; from source there is no file that a thread could load. */
const LABORATORY = typeof __BUNDLED__ === 'undefined' ? null : path.join(__dirname, 'laboratory.cjs');
declare const __BUNDLED__: boolean | undefined;
