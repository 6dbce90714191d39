/** Initial weights in the words of TensorFlow.js: a name, or a class with its options. */
export type Initializer = string | { readonly className: string; readonly config: Readonly<Record<string, number>> };

/** What a fix changes, as plain data: whoever carries it out needs nothing else. Names of activations are kebab-case. */
export type Amendment =
  /** Other initial weights or biases of new layers, by site. */
  | { readonly kind: 'initializers'; readonly kernels: Readonly<Record<string, Initializer>>; readonly biases: Readonly<Record<string, Initializer>> }
  | { readonly kind: 'learning-rate'; readonly rate: number }
  /** Gradients scaled down where their norm over all weights is larger. */
  | { readonly kind: 'clip-norm'; readonly norm: number }
  /** Another activation at the sites of the remedy. */
  | { readonly kind: 'activation'; readonly activation: string }
  /** The weights at the sites of the remedy train. */
  | { readonly kind: 'unfreeze' }
  /** The sites of the remedy drop another share. */
  | { readonly kind: 'dropout'; readonly rate: number }
  /** No penalties on weights. */
  | { readonly kind: 'no-penalties' };

/** One change that might cure what a rule found: the runs of arm `normalized` again, with it. */
export interface Remedy {
  readonly rule: string;
  /** In the words of the config, to be pasted. */
  readonly change: string;
  /** Where; empty where it is for the whole run. */
  readonly sites: readonly string[];
  readonly amendment: Amendment;
}
