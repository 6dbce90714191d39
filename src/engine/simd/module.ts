import { readFileSync } from 'node:fs';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { UserError } from '../../errors.ts';
import type { Kernels } from '../../evidence/types.ts';
import { locateKernels } from '../locate-wasm.ts';
import * as tf from '../tf.ts';
import { GuestMemory } from './guest.ts';

/** An address in the backend's memory, in bytes. */
export type Address = number;

/**
 * The functions of kernels/assembly, which document their parameters. They run inside the memory of the wasm backend:
 * an address is one of its tensors ({@link addressOf}) or a piece of the {@link workspace}.
 */
export interface SimdKernels {
  fusesMultiplyAdd(): number;
  clear(at: Address, bytes: number): void;
  copy(from: Address, to: Address, bytes: number): void;
  setWindows(batch: number, height: number, width: number, channels: number, high: number, wide: number, tapsHigh: number, tapsWide: number, strideHigh: number, strideWide: number, dilationHigh: number, dilationWide: number, top: number, left: number): void;

  packPanels(b: Address, rows: number, columns: number, rowStride: number, columnStride: number, panels: Address): void;
  multiply(a: Address, m: number, k: number, panels: Address, n: number, bias: Address, c: Address, table: Address, spare: Address, low: number, high: number): void;
  multiplyTransposed(a: Address, k: number, m: number, b: Address, n: number, rowStride: number, columnStride: number, c: Address, panels: Address, table: Address): void;

  convolve(x: Address, panels: Address, outputs: number, bias: Address, y: Address, zeros: Address, table: Address, spare: Address, rows: Address, low: number, high: number): void;
  convolveBackInput(dy: Address, filter: Address, outputs: number, dx: Address, panels: Address, zeros: Address, table: Address, spare: Address): void;
  convolveBackFilter(x: Address, dy: Address, outputs: number, gradient: Address, panels: Address, zeros: Address, table: Address, rows: Address): void;
  transformFilter(filter: Address, rows: number, columns: number, tapStride: number, rowStride: number, columnStride: number, isTurned: boolean, panels: Address): void;
  convolveTiles(x: Address, panels: Address, outputs: number, bias: Address, y: Address, zeros: Address, tiles: number, table: Address, inputs: Address, products: Address, low: number, high: number): number;
  convolveTilesBackFilter(x: Address, dy: Address, outputs: number, gradient: Address, zeros: Address, tiles: number, table: Address, inputs: Address, errors: Address, sums: Address): number;
  depthwise(x: Address, filter: Address, bias: Address, y: Address, table: Address, low: number, high: number): void;
  depthwiseBackInput(dy: Address, filter: Address, dx: Address, zeros: Address, table: Address): void;
  depthwiseBackFilter(x: Address, dy: Address, gradient: Address, sums: Address): void;

  maxPoolBack(x: Address, dy: Address, dx: Address): void;
  mixBack(errors: Address, count: number, places: number, size: number, to: number, mixture: Address, sums: Address): void;
  averagePoolBack(dy: Address, dx: Address): void;
  gateOpen(x: Address, dy: Address, n: number, low: number, high: number, dx: Address): void;
  gateClosed(x: Address, dy: Address, n: number, low: number, high: number, dx: Address): void;
  rectify(x: Address, slopes: Address, rows: number, columns: number, y: Address): void;

  columnSums(x: Address, rows: number, columns: number, sums: Address): void;
  placeMeans(x: Address, examples: number, places: number, columns: number, sums: Address, means: Address): void;
  columnMoments(x: Address, rows: number, columns: number, shift: Address, sums: Address, squares: Address): void;
  columnProducts(dy: Address, x: Address, rows: number, columns: number, shift: Address, sums: Address, products: Address, factor?: Address, offset?: Address, low?: number, high?: number): void;
  scaleColumns(x: Address, rows: number, columns: number, center: Address, factor: Address, shift: Address, low: number, high: number, y: Address): void;
  combineColumns(dy: Address, x: Address, rows: number, columns: number, center: Address, factor: Address, slope: Address, shift: Address, out: Address, offset?: Address, low?: number, high?: number): void;

  softmaxCrossEntropy(logits: Address, targets: Address, rows: number, classes: number, scale: number, powers: Address, gradient: Address): number;
  gradePixels(logits: Address, labels: Address, pixels: number, classes: number, unlabelled: number, powers: Address, counts: Address): number;

  sgd(w: Address, g: Address, n: number, rate: number): void;
  momentum(w: Address, a: Address, g: Address, n: number, rate: number, decay: number): void;
  adam(w: Address, m: Address, v: Address, g: Address, n: number, rate: number, beta1: number, beta2: number, correction1: number, correction2: number, epsilon: number): void;
  adamax(w: Address, m: Address, u: Address, g: Address, n: number, rate: number, beta1: number, beta2: number, epsilon: number): void;
  rmsprop(w: Address, s: Address, g: Address, n: number, rate: number, decay: number, epsilon: number): void;
  adagrad(w: Address, s: Address, g: Address, n: number, rate: number, epsilon: number): void;

  moments(values: Address, examples: number, positions: number, isRailed: boolean, low: number, high: number, results: Address, exponents: Address, scratch: Address): void;
  spread(x: Address, rows: number, columns: number, offset: Address, results: Address): void;
}

/** The parts of emscripten's module that kernels need. */
interface TfjsModule {
  readonly asm: { readonly memory: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Where the kernels run. */
interface Loaded {
  readonly owner: tf.KernelBackend;
  readonly kernels: SimdKernels;
  readonly module: TfjsModule;
  readonly backend: Pick<BackendWasm, 'getMemoryOffset' | 'makeOutput'>;
  /** Where there is no memory of the backend to run in. */
  readonly guest: GuestMemory | null;
  work: { address: Address; bytes: number };
}

const hosts = new Map<string, Loaded>();
let loaded: Loaded | undefined;
const compiled = new Map<Kernels, WebAssembly.Module>();

/**
 * Makes kernels ready for the backend that computes: in the memory of wasm, and beside any other, where they read
 * tensors ({@link addressOf} copies those in) and make none.
 *
 * @throws UserError `relaxed-simd-missing` where this version of Node cannot run them
 */
export function loadKernels(name: Kernels): void {
  const key = `${tf.getBackend()}/${name}`;
  const owner = tf.engine().backend;
  const host = hosts.get(key);
  loaded = host?.owner === owner ? host : owner instanceof BackendWasm ? hostIn(owner, name) : guestBeside(owner, name);
  hosts.set(key, loaded);
}

/** The kernels, to run in some memory. */
export function kernelsIn(memory: WebAssembly.Memory, name: Kernels = 'exact'): SimdKernels {
  let module = compiled.get(name);
  if (!module) {
    const binary = readFileSync(locateKernels(name));
    if (name === 'relaxed' && !WebAssembly.validate(binary)) {
      throw new UserError('relaxed-simd-missing', `Node ${process.version} has no relaxed SIMD, which \`kernels: relaxed\` needs.`, 'Use Node 22 or newer, or `kernels: exact`.');
    }
    module = new WebAssembly.Module(binary);
    compiled.set(name, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SimdKernels;
}

function hostIn(owner: BackendWasm, name: Kernels): Loaded {
  const module = owner.wasm as unknown as TfjsModule;
  return { owner, kernels: kernelsIn(module.asm.memory, name), module, backend: owner, guest: null, work: { address: 0, bytes: 0 } };
}

function guestBeside(owner: tf.KernelBackend, name: Kernels): Loaded {
  const guest = new GuestMemory((dataId) => owner.readSync(dataId) as Float32Array);
  const module: TfjsModule = { asm: { memory: guest.memory }, _malloc: (bytes) => guest.reserve(bytes), _free: () => undefined };
  const noOutput = (): never => {
    throw new Error('The kernels make tensors on wasm only.');
  };
  return { owner, kernels: kernelsIn(guest.memory, name), module, backend: { getMemoryOffset: (dataId) => guest.copyOf(dataId), makeOutput: noOutput }, guest, work: { address: 0, bytes: 0 } };
}

/** The kernels. */
export function simd(): SimdKernels {
  return ready().kernels;
}

/** Where the values of a tensor are. They stay there as long as the tensor lives. */
export function addressOf(tensor: Pick<tf.TensorInfo, 'dataId'>): Address {
  return ready().backend.getMemoryOffset(tensor.dataId);
}

/** A new float32 tensor whose content is undefined. */
export function outputOf(shape: readonly number[]): tf.TensorInfo {
  return ready().backend.makeOutput([...shape], 'float32');
}

/**
 * Room for what one kernel call needs beside its operands, undefined at first: one 16-byte aligned address for each
 * number of bytes. The next call takes it away again.
 */
export function workspace<Sizes extends number[]>(...bytes: Sizes): { [K in keyof Sizes]: Address } {
  const { module, guest, work } = ready();
  guest?.begin();
  const sizes = bytes.map((size) => (size + 15) & ~15);
  const total = sizes.reduce((sum, size) => sum + size, 16);
  if (total > work.bytes) {
    if (work.bytes > 0) module._free(work.address);
    const address = module._malloc(total) >>> 0;
    if (address === 0) throw new RangeError('out of memory');
    Object.assign(work, { address, bytes: total });
  }
  let next = (work.address + 15) & ~15;
  return sizes.map((size) => {
    const address = next >>> 0;
    next += size;
    return address;
  }) as { [K in keyof Sizes]: Address };
}

/** Most bytes that the tensors made by `run` and the {@link workspace} took at once. */
export function peakBytes(run: () => void): number {
  const { module, guest, work } = ready();
  if (guest) return peakBytesOfTensors(run);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- functions of emscripten, not methods
  const { _malloc, _free } = module;
  const sizes = new Map([[work.address, work.bytes]]);
  let bytes = work.bytes;
  let peak = bytes;
  module._malloc = (size) => {
    const address = _malloc(size);
    sizes.set(address, size);
    bytes += size;
    peak = Math.max(peak, bytes);
    return address;
  };
  module._free = (address) => {
    bytes -= sizes.get(address) ?? 0;
    sizes.delete(address);
    _free(address);
  };
  try {
    run();
  } finally {
    module._malloc = _malloc;
    module._free = _free;
  }
  return peak;
}

/** Beside other backends than wasm there is only the count of what tensors take, after each operation. */
function peakBytesOfTensors(run: () => void): number {
  const { state } = tf.engine();
  const before = state.numBytes;
  const { profiling, activeProfile } = state;
  Object.assign(state, { profiling: true, activeProfile: { ...activeProfile, kernels: [] } });
  try {
    run();
    return Math.max(0, ...state.activeProfile.kernels.map(({ totalBytesSnapshot }) => totalBytesSnapshot - before));
  } finally {
    Object.assign(state, { profiling, activeProfile });
  }
}

/** Doubles at an address; valid until memory grows. */
export function doublesAt(address: Address, count: number): Float64Array {
  return new Float64Array(ready().module.asm.memory.buffer, address, count);
}

/** Floats at an address; valid until memory grows. */
export function floatsAt(address: Address, count: number): Float32Array {
  return new Float32Array(ready().module.asm.memory.buffer, address, count);
}

/** Bytes at an address; valid until memory grows. */
export function bytesAt(address: Address, count: number): Uint8Array {
  return new Uint8Array(ready().module.asm.memory.buffer, address, count);
}

/** Unsigned integers at an address; valid until memory grows. */
export function countersAt(address: Address, count: number): Uint32Array {
  return new Uint32Array(ready().module.asm.memory.buffer, address, count);
}

function ready(): Loaded {
  if (!loaded) throw new Error('The kernels are not loaded: start a backend first.');
  return loaded;
}
