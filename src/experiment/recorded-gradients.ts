import { type Recording, record } from '../engine/recording.ts';
import { floatsAt, addressOf } from '../engine/simd/module.ts';
import * as tf from '../engine/tf.ts';
import type { Gradients } from '../engine/update-rule.ts';
import { weightsOf } from '../engine/variables.ts';
import { isRandom } from '../model/random-layers.ts';

/** What `tf.variableGrads` gives. */
interface LossAndGradients {
  readonly value: tf.Scalar;
  readonly grads: tf.NamedTensorMap;
}

/** The recording of batches of one size. */
interface Known {
  readonly recording: Recording;
  /** Variables, in the order of the outputs behind the loss. */
  readonly names: readonly string[];
  proven: boolean;
}

/**
 * Loss and gradients of batches, by a recording of the way that TensorFlow.js takes. A recording is used once it has
 * given, on another batch, the same bits as TensorFlow.js; a network of which none does so is computed as ever.
 */
export class RecordedGradients {
  /** By the number of examples; null where no recording is right. */
  private readonly known = new Map<number, Known | null>();
  private readonly possible: boolean;
  private readonly weights: readonly tf.Variable[];

  constructor(model: tf.LayersModel) {
    // Elsewhere, operations are asynchronous, or their kernels not ours; and chance is drawn outside of kernels.
    this.possible = tf.getBackend() === 'wasm' && !isRandom(model);
    this.weights = weightsOf(model);
  }

  /**
   * What `compute` gives; listens to it, or holds a recording against it.
   *
   * @param inputs a batch, and its targets
   */
  observe(inputs: readonly tf.Tensor[], compute: () => LossAndGradients): LossAndGradients {
    const examples = inputs[0]!.shape[0];
    const known = this.known.get(examples);
    if (!this.possible || known === null) return compute();
    if (known) {
      const result = compute();
      const expected = [result.value, ...known.names.map((name) => result.grads[name]!)];
      known.proven = known.recording.play(inputs, (outputs) => outputs.every((dataId, index) => sameBits(expected[index]!, dataId)));
      if (!known.proven) this.forget(examples);
      return result;
    }
    const { result, recording } = record({ inputs, variables: this.weights }, compute, ({ value, grads }) => [value, ...Object.values(grads)]);
    this.known.set(examples, recording && { recording, names: Object.keys(result.grads), proven: false });
    return result;
  }

  /**
   * @param inputs makes a batch of so many examples, and its targets
   * @param use gets loss and gradients, which are freed afterwards
   * @returns whether there is a recording that is known to be right
   */
  play(examples: number, inputs: () => readonly tf.Tensor[], use: (loss: number, gradients: Gradients) => void): boolean {
    const known = this.known.get(examples);
    if (!known?.proven) return false;
    known.recording.play(inputs(), ([loss, ...gradients]) => {
      const named = gradients.map((dataId, index) => [known.names[index]!, { dataId }] as const);
      use(floatsAt(addressOf({ dataId: loss! }), 1)[0]!, Object.fromEntries(named));
    });
    return true;
  }

  dispose(): void {
    for (const known of this.known.values()) known?.recording.dispose();
  }

  private forget(examples: number): void {
    this.known.get(examples)?.recording.dispose();
    this.known.set(examples, null);
  }
}

function sameBits(tensor: tf.Tensor, dataId: tf.DataId): boolean {
  const [a, b] = [tensor, { dataId }].map((info) => Buffer.from(floatsAt(addressOf(info), tensor.size).slice().buffer));
  return a!.equals(b!);
}
