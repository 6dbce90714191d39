import type { Evidence, Mode, Observation, Run, Site } from '../evidence/types.ts';

/** What one run saw of each site at one step and in one mode. */
export type Look = ReadonlyMap<string, Observation>;

/**
 * Cumulative shrinkage S of each site from the boundary on (from the input where nothing is pretrained): the share of
 * the signal's size that arrives, against what well-initialized layers would pass on. docs/rules.md#std-shrinkage.
 *
 * @param sites in the order of execution
 * @param mode in training, a trainable BatchNorm uses the statistics of its batch, which resets S to 1
 * @returns S by site id; sites before the boundary are missing
 */
export function cumulativeShrinkage(sites: readonly Site[], look: Look, mode: Mode): Map<string, number> {
  const shrinkage = new Map<string, number>();
  const hasBoundary = sites.some(({ boundary }) => boundary);
  for (const site of sites) {
    if (site.boundary) shrinkage.set(site.id, 1);
    else if (site.part !== 'trunk' || !hasBoundary) shrinkage.set(site.id, leaving(site, arriving(site, shrinkage), look.get(site.id), mode));
  }
  return shrinkage;
}

/** The largest S of a site's inputs. What comes straight from the trunk or the image arrives whole. */
function arriving({ inputs }: Site, shrinkage: ReadonlyMap<string, number>): number {
  return inputs.length === 0 ? 1 : Math.max(...inputs.map((input) => shrinkage.get(input) ?? 1));
}

function leaving(site: Site, arrived: number, observation: Observation | undefined, mode: Mode): number {
  if (resets(site, mode)) return 1;
  return arrived * ((observation && passedOn(site, observation)) ?? 1);
}

/** Whether a layer brings any signal back to its size: it divides by the std of what it gets. */
export function resets({ kind, className, trainable }: Site, mode: Mode): boolean {
  return kind === 'normalization' && (className === 'LayerNormalization' || (mode === 'training' && trainable));
}

function passedOn(site: Site, observation: Observation): number | null {
  if (site.kind === 'weighted') return relativeGain(site, observation);
  return site.kind === 'normalization' ? finite(observation.y.std / observation.x.std) : null;
}

/** gain / target gain: 1 passes the signal on at its size; null where it is not judged, or is not a number. */
export function relativeGain({ targetGain }: Site, { gain, x, y }: Observation): number | null {
  // Of NaNs alone no size is known, and the gain is written as 0.
  if (targetGain === null || gain === null || !Number.isFinite(x.rms) || y.n === 0) return null;
  return finite(gain / targetGain);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Every rule asks for each of its sites again, and evidence never changes. */
const known = new WeakMap<Evidence['trunk'], WeakMap<Run, Map<string, Look>>>();

/** What a run saw at a step. A frozen trunk looks the same in every run and mode. */
export function lookAt({ trunk }: Pick<Evidence, 'trunk'>, run: Run, step: number, mode: Mode): Look {
  const runs = known.get(trunk) ?? new WeakMap<Run, Map<string, Look>>();
  const looks = runs.get(run) ?? new Map<string, Look>();
  const name = `${step}/${mode}`;
  const look = looks.get(name) ?? lookOf(run, trunk[run.arm] ?? [], step, mode);
  known.set(trunk, runs.set(run, looks.set(name, look)));
  return look;
}

function lookOf(run: Run, constant: readonly Observation[], step: number, mode: Mode): Look {
  const seen = run.observations.filter((observation) => observation.step === step && observation.mode === mode);
  return new Map([...constant, ...seen].map((observation) => [observation.site, observation]));
}

/** The last step at which a run was looked at. */
export function lastStep({ observations }: Run): number {
  return observations.reduce((last, { step }) => Math.max(last, step), 0);
}
