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
  /** Names and shapes of the outputs, in their order. */
  readonly outputs: readonly (readonly [name: string, shape: number[]])[];
  proven: boolean;
}

/** Stands beside the names of variables. */
const LOSS = '';
const OUTPUT = 'output';

/**
 * What a network makes of batches, and loss and gradients, by a recording of the way that TensorFlow.js takes. A recording
 * is used once it has given, on another batch, the same bits as TensorFlow.js, also in what BatchNormalization remembers;
 * a network of which none does so is computed as ever.
 */
export class RecordedPasses {
  /** By what is computed; null where no recording is right. */
  private readonly known = new Map<string, Known | null>();
  private readonly isRandom: boolean;
  private readonly weights: readonly tf.Variable[];

  constructor(model: tf.LayersModel) {
    this.isRandom = isRandom(model);
    this.weights = weightsOf(model);
  }

  /**
   * What `compute` gives, and does to weights.
   *
   * @param what names all that it depends on besides the weights and `inputs`; with it go the shapes of the inputs
   */
  gradients(what: string, inputs: readonly tf.Tensor[], compute: () => LossAndGradients): LossAndGradients {
    // Chance is drawn outside of kernels.
    if (this.isRandom) return compute();
    const named = () => {
      const { value, grads } = compute();
      return { [LOSS]: value, ...grads };
    };
    const { [LOSS]: value, ...grads } = this.of(`gradients/${what}`, inputs, named);
    return { value: value as tf.Scalar, grads };
  }

  /** As {@link gradients}, of outputs in inference. */
  output(what: string, inputs: readonly tf.Tensor[], compute: () => tf.Tensor): tf.Tensor {
    return this.of(`output/${what}`, inputs, () => ({ [OUTPUT]: compute() }))[OUTPUT]!;
  }

  dispose(): void {
    for (const known of this.known.values()) known?.recording.dispose();
  }

  private of(what: string, inputs: readonly tf.Tensor[], compute: () => tf.NamedTensorMap): tf.NamedTensorMap {
    const known = this.known.get(what);
    // Elsewhere, operations are asynchronous, or their kernels not ours.
    if (known === null || tf.getBackend() !== 'wasm') return compute();
    if (!known) return this.hear(what, inputs, compute);
    if (known.proven) return play(known, inputs) ?? compute();
    const { result, proven } = compare(known, inputs, compute);
    known.proven = proven;
    if (!proven) {
      known.recording.dispose();
      this.known.set(what, null);
    }
    return result;
  }

  private hear(what: string, inputs: readonly tf.Tensor[], compute: () => tf.NamedTensorMap): tf.NamedTensorMap {
    const { result, recording } = record({ inputs, variables: this.weights }, compute, (named) => Object.values(named));
    const outputs = Object.entries(result).map(([name, { shape }]) => [name, shape] as const);
    this.known.set(what, recording && { recording, outputs, proven: false });
    return result;
  }
}

/** Null where there is a loss that is not finite: then nothing has happened yet. */
function play({ recording, outputs }: Known, inputs: readonly tf.Tensor[]): tf.NamedTensorMap | null {
  return recording.play(inputs, (values, assigned) => {
    const loss = outputs.findIndex(([name]) => name === LOSS);
    if (loss >= 0 && !Number.isFinite(floatsAt(addressOf({ dataId: values[loss]! }), 1)[0])) return null;
    assign(assigned);
    return Object.fromEntries(outputs.map(([name, shape], index) => [name, tensorFrom(values[index]!, shape)]));
  });
}

function compare({ recording, outputs }: Known, inputs: readonly tf.Tensor[], compute: () => tf.NamedTensorMap): { readonly result: tf.NamedTensorMap; readonly proven: boolean } {
  return recording.play(inputs, (values, assigned) => {
    const result = compute();
    const proven = outputs.every(([name], index) => sameBits(result[name]!, values[index]!)) && [...assigned].every(([variable, dataId]) => sameBits(variable, dataId));
    return { result, proven };
  });
}

function sameBits(tensor: tf.Tensor, dataId: tf.DataId): boolean {
  const [a, b] = [tensor, { dataId }].map((info) => Buffer.from(floatsAt(addressOf(info), tensor.size).slice().buffer));
  return a!.equals(b!);
}
