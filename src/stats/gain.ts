/** An activation as the field names it (kebab-case), with its slope where it has one. */
export interface ActivationName {
  readonly name: string;
  readonly alpha?: number;
}

/**
 * The gain of a weighted layer that keeps the size of its input through the activation that follows:
 * t = 1 / sqrt(E[phi(Z)^2]), Z standard normal (He et al. 2015, "Delving Deep into Rectifiers", eq. 10, for any phi).
 * 1 by convention where the signal lives in the slope at zero (linear, tanh, sigmoid, softsign), in the ratios between
 * units (softmax), or where the activation brings its own fixed point (selu). ReLU6 counts as ReLU: only a standard normal
 * beyond 6 would tell them apart.
 *
 * @returns null for an activation that is not known: it is not judged
 */
export function targetGain({ name, alpha }: ActivationName): number | null {
  switch (name) {
    case 'linear':
    case 'tanh':
    case 'sigmoid':
    case 'hard-sigmoid':
    case 'softsign':
    case 'softmax':
    case 'log-softmax':
    case 'selu':
      return 1;
    case 'relu':
    case 'relu6':
      return Math.SQRT2;
    case 'leaky-relu':
      return Math.sqrt(2 / (1 + (alpha ?? 0.3) ** 2));
    case 'elu':
      return fromSecondMoment((z) => (z > 0 ? z : (alpha ?? 1) * Math.expm1(z)));
    case 'gelu':
      // E[Z^2 cdf(Z)^2] = 1/3 + 1 / (2 pi sqrt(3)), by parts twice.
      return 1 / Math.sqrt(1 / 3 + 1 / (2 * Math.PI * Math.sqrt(3)));
    case 'gelu-new':
      return fromSecondMoment((z) => (z / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))));
    case 'swish':
    case 'silu':
      return fromSecondMoment((z) => z / (1 + Math.exp(-z)));
    case 'mish':
      return fromSecondMoment((z) => z * Math.tanh(Math.log1p(Math.exp(z))));
    case 'softplus':
      return fromSecondMoment((z) => Math.log1p(Math.exp(z)));
    default:
      return null;
  }
}

/** 1 / sqrt(E[phi(Z)^2]) by the trapezoidal rule, which converges exponentially for a smooth integrand that dies out. */
function fromSecondMoment(phi: (z: number) => number): number {
  const step = 1 / 128;
  let sum = 0;
  for (let z = -12; z <= 12; z += step) sum += phi(z) ** 2 * Math.exp((-z * z) / 2);
  return 1 / Math.sqrt((sum * step) / Math.sqrt(2 * Math.PI));
}
