// Before anything is timed: do all contestants compute the same?
import { readFileSync } from 'node:fs';

/** Largest differences that rounding explains; a wrong padding, layer or optimizer is off by far more. */
export const BOUNDS = {
  /** Largest difference of a feature, relative to the largest feature. */
  features: 1e-3,
  /** Differences of mean and std, relative to the root mean square; the way a tensor is summed is not prescribed. */
  frozen: 1e-3,
  start: 1e-3,
  /** After updates, whose rounding differs as well. */
  updated: 1e-2,
};

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * @param evidence of our command
 * @param reference our features of the probe batch, by arm; null where nothing is frozen
 * @param followed what a contestant computed from the same weights with the same batches
 * @param modes the looks at layers that it did
 * @returns the largest error of each kind, with the place where it is
 */
export function compare(evidence, reference, followed, modes) {
  const errors = { features: none(), frozen: none(), start: none(), updated: none() };
  for (const [arm, rows] of Object.entries(reference ?? {})) {
    errors.features = worse(errors.features, { error: relativeError(rows.flat(), followed.features[arm]?.flat()), where: arm });
  }
  for (const [arm, observations] of Object.entries(evidence.trunk)) {
    for (const { site, y } of observations) {
      errors.frozen = worse(errors.frozen, { error: momentError(y, followed.trunk[arm]?.[site]), where: `${arm} ${site}` });
    }
  }
  const { seed, arm, observations } = evidence.runs[0];
  if (seed !== 0 || arm !== evidence.plan.arms[0].name) throw new Error('The first run is not that of the first arm and seed.');
  for (const look of followed.looks) {
    const kind = look.step === 0 ? 'start' : 'updated';
    for (const { site, step, mode, y, gradient } of observations) {
      if (step !== look.step || !modes.includes(mode)) continue;
      errors[kind] = worse(errors[kind], { error: momentError(y, look[mode][site]), where: `${site}, ${mode}, step ${step}` });
      if (gradient) errors[kind] = worse(errors[kind], { error: momentError(gradient, look.gradient[site]), where: `${site}, gradient, step ${step}` });
    }
  }
  return errors;
}

/** Evidence of ours on another backend, in the form of what a contestant computes that follows. */
export function followedOf(evidence, steps) {
  const moments = ({ mean, std }) => [mean, std];
  const looks = steps.map((step) => {
    const look = { step, inference: {}, training: {}, gradient: {} };
    for (const { site, step: at, mode, y, gradient } of evidence.runs[0].observations) {
      if (at !== step) continue;
      look[mode][site] = moments(y);
      if (gradient) look.gradient[site] = moments(gradient);
    }
    return look;
  });
  const trunk = Object.fromEntries(Object.entries(evidence.trunk).map(([arm, observations]) => [arm, Object.fromEntries(observations.map(({ site, y }) => [site, moments(y)]))]));
  return { features: {}, trunk, looks };
}

/** The kinds whose error is beyond its bound. */
export function beyond(errors, bounds = BOUNDS) {
  return Object.keys(bounds).filter((kind) => !(errors[kind].error <= bounds[kind]));
}

/** A contestant that was timed must have done the whole job: all runs (unless it says that some are missing), scores and looks at all layers. */
export function requireWholeJob(name, evidence, result) {
  const { arms, seeds, epochs, observedSteps } = evidence.plan;
  const sites = new Set(evidence.runs[0].observations.map(({ site }) => site));
  const fail = (what) => {
    throw new Error(`${name} did not do the whole job: ${what}.`);
  };
  if (!result.missing) {
    if (result.runs.length !== arms.length * seeds.length) fail(`${result.runs.length} runs`);
    if (result.comparisons.length !== arms.length - 1) fail(`${result.comparisons.length} comparisons`);
  }
  for (const { scores, looks } of result.runs) {
    if (scores.length !== epochs + 1) fail(`${scores.length} scores`);
    if (looks.map(({ step }) => step).join() !== observedSteps.join()) fail(`looks at ${looks.map(({ step }) => step).join()}`);
    for (const look of looks) {
      for (const mode of ['inference', 'training', 'gradient']) {
        const missing = [...sites].find((site) => !look[mode][site]);
        if (missing) fail(`no ${mode} of ${missing} at step ${look.step}`);
      }
    }
  }
  for (const [arm, observations] of Object.entries(evidence.trunk)) {
    if (Object.keys(result.trunk[arm] ?? {}).length !== observations.length) fail(`trunk of ${arm}`);
  }
}

const none = () => ({ error: 0, where: '' });

/** NaN is worst: what is missing must not pass. */
const worse = (a, b) => (b.error > a.error || Number.isNaN(b.error) ? b : a);

function relativeError(expected, actual) {
  if (actual?.length !== expected.length) return Number.NaN;
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - actual[index]))) / largest;
}

function momentError({ mean, std, rms }, found) {
  if (!found) return Number.NaN;
  if (rms === 0) return Math.max(Math.abs(found[0]), Math.abs(found[1]));
  return Math.max(Math.abs(found[0] - mean), Math.abs(found[1] - std)) / rms;
}
