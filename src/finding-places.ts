import type { Path } from './config/problems.ts';
import { readSettings } from './config/load-config.ts';
import { placeUnder, withProfile } from './config/profiles.ts';
import { isUserError } from './errors.ts';
import type { Finding } from './rules/types.ts';

/** A line of a file: where an annotation stands. */
export interface Place {
  /** Relative to the working directory, forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Where a finding stands that names no new layer of the config: what is not listed, at `model`. */
const SECTIONS: Readonly<Partial<Record<Finding['rule'], Path>>> = {
  'accuracy-delta': ['input', 'normalization'],
  'input-scale': ['input', 'normalization'],
  expectation: ['input', 'expect'],
  'metric-floor': ['thresholds', 'metric-floor'],
  'normalization-mismatch': ['input', 'normalization'],
  'non-finite': ['training'],
  'not-learning': ['training'],
  worsened: ['thresholds'],
};

/** The line of the config that each finding is about: the new layer that it names first, else the section that decides it. */
export function findingPlaces(cwd: string, configPath: string | null, profile: string | null): (finding: Finding) => Place {
  const file = settingsFile(cwd, configPath);
  if (file === null) return () => ({ file: configPath ?? '.', line: 1 });
  return ({ rule, sites }) => {
    const layer = headIndex(withProfile(file.value, profile), sites[0]);
    const path = layer === null ? (SECTIONS[rule] ?? ['model']) : ['model', 'head', layer];
    return { file: file.shown, line: file.position({ path: placeUnder(file.value, profile, path), at: 'value' }).line };
  };
}

/** Null where the file has gone since the check read it. */
function settingsFile(cwd: string, configPath: string | null) {
  try {
    return readSettings({ cwd, path: configPath }).file;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return null;
  }
}

/** Index in `model.head` of the layer that a site is a call of; null where the list has none of that name. */
function headIndex({ model }: Readonly<Record<string, unknown>>, site: string | undefined): number | null {
  const head = (model as { readonly head?: unknown } | undefined)?.head;
  if (site === undefined || !Array.isArray(head)) return null;
  const name = site.replace(/#\d+$/, '');
  // A layer without a name is called by its place in the list.
  const index = head.findIndex((layer: { readonly name?: string }, at) => (layer.name ?? `head_${at + 1}`) === name);
  return index === -1 ? null : index;
}
