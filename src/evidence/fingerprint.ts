/** What a pretrained network itself tells of the preprocessing that it was trained with. Plain data. */
export interface Fingerprint {
  /** What told: the memories of BatchNormalization; labels and frozen features; or nothing. */
  readonly method: 'batch-normalization' | 'linear-probe' | 'none';
  /** Whether `best` can be relied on. */
  readonly told: boolean;
  /** Why it cannot be told, one sentence; null where it can. */
  readonly because: string | null;
  readonly best: FingerprintMatch | null;
  /** Probability of `best`'s formula, whatever the channel order; null where no memory told. */
  readonly confidence: number | null;
  /** Probability of `best`'s channel order, given the formula; null where no memory told. */
  readonly orderConfidence: number | null;
  /** Other preprocessings that feed the network the same within 3 % of the range. */
  readonly equivalents: readonly string[];
  /** Free estimate, per channel in the network's order, units of 0..255: the input was about (x - mean) / std. */
  readonly estimate: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  /** Most likely first. */
  readonly candidates: readonly FingerprintCandidate[];
  /** Layers whose memories were read. */
  readonly memories: readonly string[];
  /** How many images were used. */
  readonly images: number;
}

/** A preprocessing, in numbers: (x - mean) / std per channel, x in 0..255; mean and std in the network's channel order. */
export interface FingerprintMatch {
  readonly name: string;
  /** Its name in a config; null where there is none. */
  readonly preset: string | null;
  readonly formula: string;
  readonly order: 'rgb' | 'bgr';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Whether each image is first brought to the same mean and contrast. */
  readonly perImage: boolean;
}

export interface FingerprintCandidate {
  readonly name: string;
  readonly formula: string;
  /** Posterior probability; null where it was judged by accuracy. */
  readonly probability: number | null;
  /** Mean pixel (RGB) and standard deviation that the training images would have had; null where it was judged by accuracy. */
  readonly implied: { readonly mean: readonly number[]; readonly contrast: number } | null;
  /** Cross-validated accuracy of a linear probe; null where memories told. */
  readonly accuracy: number | null;
}
