import type { Treatment } from '../config/treatments.ts';
import type { Observation } from '../evidence/types.ts';
import { FeatureCache } from './feature-cache.ts';
import type { Pool } from './pool.ts';

/** Images that one task takes through the frozen part: small enough to share work between threads evenly. */
export const TASK_IMAGES = 48;

export interface FrozenSetup {
  /** How many there are. */
  readonly images: number;
  /** Values that the trained part is fed for one of them. */
  readonly featureSize: number;
  readonly probe: readonly number[];
  /** Folder that keeps results between checks; null keeps nothing. */
  readonly cache: string | null;
}

/** Who is told of the pieces, and does tasks, several at a time. */
export interface PieceWork {
  readonly begin: (pieces: number) => void;
  readonly finish: () => void;
  readonly each: (tasks: readonly (() => Promise<void>)[]) => Promise<unknown>;
}

interface Piece {
  readonly treatment: Treatment;
  readonly features: Float32Array;
  readonly from: number;
  readonly to: number;
}

/** What the frozen part makes of all images, arm by arm, and what is seen of its sites meanwhile. */
export class FrozenPass {
  readonly observations = new Map<string, readonly Observation[]>();
  /** Spent on it. */
  seconds = 0;
  private readonly features = new Map<string, Float32Array>();
  private left: { readonly pieces: readonly Piece[]; readonly observed: readonly Treatment[] } = { pieces: [], observed: [] };

  constructor(
    private readonly pool: Pool,
    private readonly setup: FrozenSetup,
  ) {}

  has(arm: string): boolean {
    return this.features.has(arm);
  }

  /** Of an arm that was begun: N x values of an image. */
  featuresOf(arm: string): Float32Array {
    return this.features.get(arm)!;
  }

  /**
   * Makes room for the arms, and computes the first images of the first one: that tells the pace.
   *
   * @param observed those whose frozen sites are observed
   * @returns seconds of an image, and the features of the first arm
   */
  begin(arms: readonly Treatment[], observed: readonly Treatment[]): Promise<{ readonly perImage: number; readonly features: Float32Array }> {
    return this.timed(async () => {
      const pieces = arms.flatMap((treatment) => this.piecesOf(treatment));
      const [first, ...others] = pieces;
      const [firstObserved, ...alternatives] = observed;
      const [perImage] = await Promise.all([this.compute(first!), firstObserved && this.observe(firstObserved)]);
      this.left = { pieces: others, observed: alternatives };
      return { perImage, features: first!.features };
    });
  }

  /** The rest of what was begun. */
  complete({ begin, finish, each }: PieceWork): Promise<void> {
    return this.timed(async () => {
      const { pieces, observed } = this.left;
      this.left = { pieces: [], observed: [] };
      begin(pieces.length);
      // The longer tasks first: they would keep the other threads waiting at the end.
      await each([
        ...observed.map((treatment) => () => this.observe(treatment)),
        ...pieces.map((piece) => async () => {
          await this.compute(piece);
          finish();
        }),
      ]);
      const { cache } = this.setup;
      if (cache !== null) new FeatureCache(cache).prune();
    });
  }

  private piecesOf(treatment: Treatment): readonly Piece[] {
    const { images, featureSize } = this.setup;
    const features = sharedFloats(images * featureSize);
    this.features.set(treatment.name, features);
    const starts = Array.from({ length: Math.ceil(images / TASK_IMAGES) }, (_, index) => index * TASK_IMAGES);
    return starts.map((from) => ({ treatment, features, from, to: Math.min(from + TASK_IMAGES, images) }));
  }

  private compute(piece: Piece): Promise<number> {
    return this.pool.perform({ kind: 'features', ...piece, cache: this.setup.cache });
  }

  private async observe(treatment: Treatment): Promise<void> {
    const { probe, cache } = this.setup;
    this.observations.set(treatment.name, await this.pool.perform({ kind: 'trunk', treatment, probe, cache }));
  }

  private async timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.seconds += (performance.now() - started) / 1000;
    return result;
  }
}

/** Memory that every thread sees. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
