import type * as tf from '../tf.ts';

const PAGE = 65_536;

/**
 * Memory of the kernels' own, for a backend whose tensors lie elsewhere: each tensor that a call reads is copied in.
 * Copies are the cheap part: a gigabyte takes about 0.1 s, and what the kernels replace takes many times as long.
 */
export class GuestMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: PAGE });
  /** 0 to here is taken by the workspace, which begins anew with each call. */
  private workspaceEnd = 16;
  private end = 16;

  constructor(private readonly values: (dataId: tf.DataId) => Float32Array) {}

  /** Forgets the tensors of the call before. */
  begin(): void {
    this.end = this.workspaceEnd;
  }

  /** The one workspace, larger than before. */
  reserve(bytes: number): number {
    this.workspaceEnd = aligned(16 + bytes);
    this.end = this.workspaceEnd;
    this.grow();
    return 16;
  }

  copyOf(dataId: tf.DataId): number {
    const values = this.values(dataId);
    const at = this.end;
    this.end = aligned(at + values.byteLength);
    this.grow();
    new Float32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  private grow(): void {
    const missing = this.end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
  }
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
