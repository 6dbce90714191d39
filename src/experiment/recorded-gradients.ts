import { assign, type Recording, record, tensorFrom } from '../engine/recording.ts';
import { addressOf, floatsAt } from '../engine/simd/module.ts';
import * as tf from '../engine/tf.ts';
import { weightsOf } from '../engine/variables.ts';
import { isRandom } from '../model/random-layers.ts';

/** What `tf.variableGrads` gives. */
export interface LossAndGradients {
  readonly value: tf.Scalar;
  readonly grads: tf.NamedTensorMap;
}

interface Known {
  readonly recording: Recording;
  /** Names and shapes of the variables, in the order of the outputs behind the loss. */
  readonly variables: readonly (readonly [name: string, shape: number[]])[];
  proven: boolean;
}

/**
 * Loss and gradients of batches, by a recording of the way that TensorFlow.js takes. A recording is used once it has
 * given, on another batch, the same bits as TensorFlow.js, also in what BatchNormalization remembers; a network of which
 * none does so is computed as ever.
 */
export class RecordedGradients {
  /** By what is computed; null where no recording is right. */
  private readonly known = new Map<string, Known | null>();
  private readonly possible: boolean;
  private readonly weights: readonly tf.Variable[];

  constructor(model: tf.LayersModel) {
    // Elsewhere, operations are asynchronous, or their kernels not ours; and chance is drawn outside of kernels.
    this.possible = tf.getBackend() === 'wasm' && !isRandom(model);
    this.weights = weightsOf(model);
  }

  /**
   * What `compute` gives, and does to weights.
   *
   * @param what names all that it depends on besides the weights and `inputs`; with it go the shapes of the inputs
   */
  of(what: string, inputs: readonly tf.Tensor[], compute: () => LossAndGradients): LossAndGradients {
    if (!this.possible) return compute();
    const known = this.known.get(what);
    if (known === null) return compute();
    if (!known) return this.hear(what, inputs, compute);
    if (known.proven) return this.play(known, inputs) ?? compute();
    const { result, proven } = this.compare(known, inputs, compute);
    known.proven = proven;
    if (!proven) {
      known.recording.dispose();
      this.known.set(what, null);
    }
    return result;
  }

  dispose(): void {
    for (const known of this.known.values()) known?.recording.dispose();
  }

  private hear(what: string, inputs: readonly tf.Tensor[], compute: () => LossAndGradients): LossAndGradients {
    const { result, recording } = record({ inputs, variables: this.weights }, compute, ({ value, grads }) => [value, ...Object.values(grads)]);
    const variables = Object.entries(result.grads).map(([name, { shape }]) => [name, shape] as const);
    this.known.set(what, recording && { recording, variables, proven: false });
    return result;
  }

  /** Null where the loss is not finite: then nothing has happened yet. */
  private play({ recording, variables }: Known, inputs: readonly tf.Tensor[]): LossAndGradients | null {
    return recording.play(inputs, ([loss, ...gradients], assigned) => {
      if (!Number.isFinite(floatsAt(addressOf({ dataId: loss! }), 1)[0])) return null;
      assign(assigned);
      return { value: tensorFrom(loss!, []) as tf.Scalar, grads: Object.fromEntries(variables.map(([name, shape], index) => [name, tensorFrom(gradients[index]!, shape)])) };
    });
  }

  private compare({ recording, variables }: Known, inputs: readonly tf.Tensor[], compute: () => LossAndGradients): { readonly result: LossAndGradients; readonly proven: boolean } {
    return recording.play(inputs, (outputs, assigned) => {
      const result = compute();
      const expected = [result.value, ...variables.map(([name]) => result.grads[name]!)];
      const proven = expected.every((tensor, index) => sameBits(tensor, outputs[index]!)) && [...assigned].every(([variable, dataId]) => sameBits(variable, dataId));
      return { result, proven };
    });
  }
}

function sameBits(tensor: tf.Tensor, dataId: tf.DataId): boolean {
  const [a, b] = [tensor, { dataId }].map((info) => Buffer.from(floatsAt(addressOf(info), tensor.size).slice().buffer));
  return a!.equals(b!);
}
