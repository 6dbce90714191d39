import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { Config, SettledConfig } from '../../config/config.ts';
import { nameOfArm, type Normalization, type Treatment, withNormalization } from '../../config/treatments.ts';
import { UserError } from '../../errors.ts';
import type { Fingerprint } from '../../evidence/fingerprint.ts';
import { nearestMatch } from '../../evidence/nearest-match.ts';
import type { ContentKey } from '../../evidence/shard.ts';
import type { RememberedInput } from '../../evidence/types.ts';
import type { ExperimentOptions } from '../experiment.ts';
import { FeatureCache } from '../feature-cache.ts';
import type { LaboratorySetup } from '../laboratory.ts';
import { openPool } from '../pool.ts';
import { type Candidate, CANDIDATES, differenceOf, SAME_WITHIN } from './candidates.ts';

/** Below this probability the channel order is not judged. */
const SURE_OF_ORDER = 0.95;

/**
 * What the pretrained network of a check remembers of its input, as it was found before or is now.
 *
 * @param key of model and data; null keeps nothing
 * @param find asks the network
 */
export async function keptFingerprint({ size }: Pick<LaboratorySetup, 'size'>, labels: Int32Array | null, cache: string | null, key: ContentKey | null, find: () => Promise<Fingerprint>): Promise<Fingerprint> {
  const store = cache === null || key === null ? null : new FeatureCache(cache);
  const name = createHash('sha256').update(JSON.stringify(['fingerprint', key, size, labels !== null])).digest('hex');
  const kept = store?.read(name);
  if (kept) return deserialize(kept) as Fingerprint;
  const found = await find();
  store?.write(name, serialize(found));
  return found;
}

/**
 * Asks the network in a thread of its own: before there is an experiment.
 *
 * @param labels class of each image, for networks that remember nothing; null leaves those untold
 */
export async function fingerprintApart(setup: LaboratorySetup, labels: Int32Array | null, threads: ExperimentOptions['threads']): Promise<Fingerprint> {
  // Memories are read on wasm, whatever trains.
  const pool = openPool({ ...setup, backend: setup.backend === 'native' ? 'wasm' : setup.backend }, threads, 1);
  try {
    return await pool.perform({ kind: 'fingerprint', labels });
  } finally {
    await pool.close();
  }
}

/**
 * The config with the normalization that `auto` stands for.
 *
 * @param found null where the config leaves nothing open
 * @throws UserError where it cannot be told, or a config cannot say it
 */
export function settled(config: Config, found: Fingerprint | null): SettledConfig {
  const { input, model } = config;
  const { normalization } = input;
  return { ...config, input: normalization === 'auto' ? withNormalization(input, normalizationFrom(found!, model.path!.written)) : { ...input, normalization } };
}

/** Notes on arms that turned out to feed the model the same as what `auto` stands for. */
export function leftOut(written: Config, { input }: SettledConfig): readonly string[] {
  const compared = new Set(input.arms.map(nameOfArm));
  return written.input.arms.map(nameOfArm).filter((arm) => !compared.has(arm)).map((arm) => `Arm ${arm} is left out: it feeds the model the same as the inferred normalization.`);
}

/**
 * What `auto` stands for is not known when the config is read.
 *
 * @throws UserError where something is expected of an arm that is not compared
 */
export function requireExpected({ thresholds }: Pick<Config, 'thresholds'>, arms: readonly { readonly name: string }[]): void {
  const missing = Object.keys(thresholds.expectation ?? {}).find((arm) => !arms.some(({ name }) => name === arm));
  if (missing === undefined) return;
  throw new UserError('expect-arm', `\`input.expect\` is about arm ${missing}, which feeds the model the same as the inferred normalization (auto), so nothing is compared.`, `Remove ${missing} from \`input.expect\`, or declare \`input.normalization\` in place of auto.`);
}

function normalizationFrom(found: Fingerprint, model: string): Normalization {
  const { told, best, because } = found;
  const nearest = nearestMatch(found);
  const fix = 'Find out how it was trained and declare that: `input.normalization: imagenet` or another preset, or { mean, std } in units of 0..255.';
  if (!told || !best) throw new UserError('normalization-untold', `${model}: what this model was trained with cannot be told. ${because ?? ''}${nearest ? ` Nearest is ${nearest.formula}.` : ''}`.trim(), fix);
  if (!best.perImage) return best.preset !== null ? (best.preset as Normalization) : { mean: best.mean, std: best.std, order: best.order };
  if (best.order === 'rgb') return 'per-image';
  throw new UserError('normalization-untold', `${model}: this model was trained on standardized images whose channels were in the order BGR, which no config can say.`, 'Turn the channels of the first layer round, and declare `input.normalization: per-image`.');
}

/** What the network remembers beside what the arms feed it; null where nothing is known of it. */
export function rememberedBeside(found: Fingerprint, [declared, ...others]: readonly Treatment[]): RememberedInput | null {
  const { told, best, confidence, orderConfidence, memories } = found;
  if (!best || confidence === null) return null;
  const remembered = CANDIDATES.find(({ name }) => name === best.name)!;
  // In either order, where that is not certain.
  const possible = (orderConfidence ?? 0) >= SURE_OF_ORDER ? [remembered] : CANDIDATES.filter((other) => other === remembered || isTurned(other, remembered));
  const differenceTo = (treatment: Treatment) => Math.min(...possible.map((candidate) => differenceOf(candidate, { ...treatment, standardizes: treatment.perImage === true })));
  return {
    told,
    preset: best.preset,
    formula: best.formula,
    probability: confidence,
    difference: differenceTo(declared!),
    arm: others.find((other) => differenceTo(other) <= SAME_WITHIN)?.name ?? null,
    memories,
  };
}

/** The same numbers for the same colours, the channels the other way round. */
function isTurned(a: Candidate, b: Candidate): boolean {
  return a.order !== b.order && a.standardizes === b.standardizes && a.mean.every((value, channel) => value === b.mean[2 - channel]) && a.std.every((value, channel) => value === b.std[2 - channel]);
}
