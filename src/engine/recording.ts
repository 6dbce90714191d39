import { fuseRectifiers } from './fused-calls.ts';
import { type Heard, Operand, type Place, placesOf } from './recorded-call.ts';
import * as tf from './tf.ts';

/** A kernel to be run again. */
interface Call extends Heard {
  /** What no later call reads. */
  readonly spent: readonly Place[];
}

/**
 * The kernels that a computation ran, in their order: played again on other data of the same shapes, they give what the
 * computation would, without the tape, the scopes and the tensors of TensorFlow.js, which cost several times as much as
 * a kernel on few values.
 *
 * Values that came from no kernel are constants to it. Who plays a recording has to know that the computation takes the
 * same way each time, whatever it counts; that it depends on data through kernels alone, the recording itself sees.
 */
export class Recording {
  /** @param constants what belongs to nobody else, and is freed with the recording */
  constructor(
    private readonly calls: readonly Call[],
    private readonly inputs: readonly Place[],
    private readonly outputs: readonly Place[],
    private readonly assigned: ReadonlyMap<tf.Variable, Place>,
    private readonly constants: readonly Place[],
  ) {}

  /**
   * @param inputs data in place of those that were recorded, of the same shapes
   * @param use what to do with the outputs, in the order in which they were named, and with what variables would become,
   *   which have not changed yet ({@link assign}); all are freed afterwards
   */
  play<T>(inputs: readonly tf.TensorInfo[], use: (outputs: readonly tf.DataId[], assigned: ReadonlyMap<tf.Variable, tf.DataId>) => T): T {
    const { backend } = tf.engine();
    this.inputs.forEach((place, index) => (place.dataId = inputs[index]!.dataId));
    for (const { compute, inputs: operands, attrs, outputs, spent } of this.calls) {
      const made = compute({ inputs: operands, attrs, backend });
      if (Array.isArray(made)) made.forEach(({ dataId }, index) => (outputs[index]!.dataId = dataId));
      else outputs[0]!.dataId = made.dataId;
      for (const { dataId } of spent) backend.disposeData(dataId);
    }
    try {
      return use(this.outputs.map(({ dataId }) => dataId), new Map([...this.assigned].map(([variable, { dataId }]) => [variable, dataId])));
    } finally {
      for (const { dataId } of new Set([...this.outputs, ...this.assigned.values()])) backend.disposeData(dataId);
    }
  }

  /** Names of the kernels that are run. */
  get kernels(): string[] {
    return this.calls.map(({ name }) => name);
  }

  dispose(): void {
    for (const { dataId } of this.constants) tf.engine().backend.disposeData(dataId);
  }
}

/** A tensor of data that a recording made and will free: they live as long as the tensor, too. */
export function tensorFrom(dataId: tf.DataId, shape: number[]): tf.Tensor {
  tf.engine().backend.incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: 'float32' });
}

/** Makes variables what a played computation would have made of them. */
export function assign(values: ReadonlyMap<tf.Variable, tf.DataId>): void {
  for (const [variable, dataId] of values) {
    const value = tensorFrom(dataId, variable.shape);
    variable.assign(value);
    value.dispose();
  }
}

/** What a recording is of: tensors that change from one time to the next, and variables, which are read anew each time. */
export interface Subject {
  readonly inputs: readonly tf.Tensor[];
  readonly variables: readonly tf.Variable[];
}

/**
 * Runs `run`, and records the kernels on the way.
 *
 * @param outputsOf tensors of the result, to be computed again
 * @returns no recording where it could not be played: a kernel ran others, a variable was written twice or with what came
 *   from no kernel, data were read between kernels, chance was asked, or an output came from no kernel
 */
export function record<T>(subject: Subject, run: () => T, outputsOf: (result: T) => readonly tf.Tensor[]): { readonly result: T; readonly recording: Recording | null } {
  const recorder = new Recorder(subject);
  const result = recorder.during(run);
  return { result, recording: recorder.finish(outputsOf(result)) };
}

class Recorder {
  private readonly places = new Map<tf.DataId, Place>();
  private readonly inputPlaces: readonly Place[];
  private readonly heard: Heard[] = [];
  private readonly constants: Place[] = [];
  private readonly variables: ReadonlySet<tf.Variable>;
  private readonly assigned = new Map<tf.Variable, Place>();
  /** What variables held before they were written: nothing that is played could find it. */
  private readonly gone = new Set<tf.DataId>();
  private running = false;
  private playable: boolean;

  constructor({ inputs, variables }: Subject) {
    this.variables = new Set(variables);
    for (const variable of variables) {
      this.places.set(variable.dataId, {
        get dataId() {
          return variable.dataId;
        },
      });
    }
    this.inputPlaces = inputs.map(({ dataId }) => this.newPlace(dataId));
    // Two names for the same data could part later.
    this.playable = this.places.size === variables.length + inputs.length;
  }

  during<T>(run: () => T): T {
    const kernels = tf.getKernelsForBackend(tf.getBackend());
    const computes = kernels.map(({ kernelFunc }) => kernelFunc);
    for (const kernel of kernels) {
      const { kernelName, kernelFunc } = kernel;
      kernel.kernelFunc = (given) => this.listen(kernelName, kernelFunc, given);
    }
    const restores = [
      this.replace(tf.Variable.prototype, 'assign', (variable, [value]) => { this.hearAssignment(variable as tf.Variable, value as tf.Tensor); }),
      this.replace(Math, 'random', () => { this.spoil(); }),
      // By which kernels find data in memory, and by which everybody else reads them.
      ...['getMemoryOffset', 'typedArrayFromHeap', 'readSync'].map((name) => this.replace(tf.engine().backend, name, () => { this.spoil(); })),
    ];
    try {
      return run();
    } finally {
      kernels.forEach((kernel, index) => (kernel.kernelFunc = computes[index]!));
      for (const restore of restores) restore();
    }
  }

  /** What happens outside of kernels cannot be played. */
  private spoil(): void {
    if (!this.running) this.playable = false;
  }

  /** A variable that is written gets what a kernel made; whoever reads it before, and after, reads the right one. */
  private hearAssignment(variable: tf.Variable, value: tf.Tensor): void {
    const place = this.places.get(value.dataId);
    if (this.running || !place || !this.variables.has(variable) || this.assigned.has(variable)) this.playable = false;
    else this.assigned.set(variable, place);
    this.gone.add(variable.dataId);
  }

  /** Lets `hear` know of each call of a method. */
  private replace(owner: object, name: string, hear: (self: unknown, given: readonly unknown[]) => void): () => void {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    const method = (owner as Record<string, (...given: unknown[]) => unknown>)[name]!;
    Object.defineProperty(owner, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...given: unknown[]) {
        hear(this, given);
        return method.apply(this, given);
      },
    });
    return () => {
      if (own) Object.defineProperty(owner, name, own);
      else Reflect.deleteProperty(owner, name);
    };
  }

  /** @param outputs tensors that kernels made */
  finish(outputs: readonly tf.Tensor[]): Recording | null {
    const wanted = outputs.flatMap(({ dataId }) => this.places.get(dataId) ?? []);
    const kept = [...wanted, ...this.assigned.values()];
    const made = new Set(this.heard.flatMap((call) => call.outputs));
    this.playable &&= wanted.length === outputs.length && kept.every((place) => made.has(place));
    if (!this.playable) {
      for (const { dataId } of this.constants) tf.engine().backend.disposeData(dataId);
      return null;
    }
    const heard = fuseRectifiers(this.heard, new Set(kept));
    const last = new Map<Place, Heard>();
    for (const call of heard) for (const place of [...call.outputs, ...placesOf(call)]) if (made.has(place)) last.set(place, call);
    for (const place of kept) last.delete(place);
    const spent = new Map(heard.map((call): [Heard, Place[]] => [call, []]));
    for (const [place, call] of last) spent.get(call)!.push(place);
    const calls = heard.map((call) => ({ ...call, spent: spent.get(call)! }));
    return new Recording(calls, this.inputPlaces, wanted, this.assigned, this.constants);
  }

  private listen(name: string, compute: tf.KernelFunc, given: Parameters<tf.KernelFunc>[0]): tf.TensorInfo | tf.TensorInfo[] {
    // What a kernel that runs others makes of them belongs to scopes that there will not be.
    if (this.running) {
      this.playable = false;
      return compute(given);
    }
    const inputs = mapInputs(given.inputs, (info) => {
      if (this.gone.has(info.dataId)) this.playable = false;
      return new Operand(this.places.get(info.dataId) ?? this.constant(info.dataId), info.shape, info.dtype);
    });
    this.running = true;
    try {
      const made = compute(given);
      const infos = [made].flat();
      if (infos.some((info) => info instanceof tf.Tensor)) this.playable = false;
      // What hands its input through, under another shape perhaps, needs no call.
      const isSame = infos.length === 1 && Object.values(inputs).some(({ dataId }) => dataId === infos[0]!.dataId);
      if (!isSame) this.heard.push({ name, compute, inputs, attrs: given.attrs ?? {}, outputs: infos.map(({ dataId }) => this.newPlace(dataId)) });
      return made;
    } finally {
      this.running = false;
    }
  }

  private newPlace(dataId: tf.DataId): Place {
    const place = { dataId };
    this.places.set(dataId, place);
    return place;
  }

  /** Data from elsewhere: kept, since its owner will let go of it. */
  private constant(dataId: tf.DataId): Place {
    tf.engine().backend.incRef(dataId);
    const place = this.newPlace(dataId);
    this.constants.push(place);
    return place;
  }
}

/** Inputs may be lists, and absent. */
function mapInputs(inputs: tf.NamedTensorInfoMap, operand: (info: tf.TensorInfo) => Operand): Heard['inputs'] {
  const named: Record<string, Operand> = {};
  for (const [name, info] of Object.entries(inputs as Record<string, tf.TensorInfo | undefined>)) if (info) named[name] = operand(info);
  return Array.isArray(inputs) ? Object.assign([], named) : named;
}
