import { deserialize, serialize } from 'node:v8';
import type { Treatment } from '../config/treatments.ts';
import type { Observation } from '../evidence/types.ts';
import { FeatureCache } from './feature-cache.ts';
import type { Laboratory } from './laboratory.ts';

/** What a frozen network computes does not depend on seeds: it is computed once, and kept between checks. */
export class TrunkResults {
  private readonly cache: FeatureCache | null;

  /** @param folder null keeps nothing */
  constructor(
    private readonly laboratory: Laboratory,
    folder: string | null,
  ) {
    this.cache = folder === null ? null : new FeatureCache(folder);
  }

  /** {@link Laboratory.features} */
  features(treatment: Treatment, from: number, to: number, features: Float32Array): void {
    const { laboratory, cache } = this;
    const key = cache && laboratory.trunkKey('features', treatment, Array.from({ length: to - from }, (_, index) => from + index));
    const row = laboratory.featureSize;
    const rows = bytesOf(features.subarray(from * row, to * row));
    const kept = key === null ? null : cache!.read(key);
    if (kept?.byteLength === rows.byteLength) {
      rows.set(kept);
      return;
    }
    laboratory.features(treatment, from, to, features);
    if (key !== null) cache!.write(key, rows);
  }

  /** {@link Laboratory.observeTrunk} */
  observations(treatment: Treatment, probe: readonly number[]): Observation[] {
    const { laboratory, cache } = this;
    const key = cache && laboratory.trunkKey('observations', treatment, probe);
    const kept = key === null ? null : observationsIn(cache!.read(key));
    if (kept) return kept;
    const observations = laboratory.observeTrunk(treatment, probe);
    // Unlike JSON, this keeps NaN and the sign of zero.
    if (key !== null) cache!.write(key, serialize(observations));
    return observations;
  }
}

function observationsIn(content: Buffer | null): Observation[] | null {
  try {
    return content && (deserialize(content) as Observation[]);
  } catch {
    return null;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
