import { addressOf, type Address, floatsAt, simd, workspace } from '../simd/module.ts';
import type * as tf from '../tf.ts';
import type { Clamp } from './activation.ts';

const FLOAT = 4;
/** Columns of a panel; what is laid out in panels is padded to a multiple of it. */
const PANEL = 8;
/** Rows that the transposed product packs at once. */
export const POSITIONS = 256;
/** Most rows of a chunk, which bounds the table of addresses. */
const MOST_ROWS = 32768;

export function padded(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

/** A matrix somewhere in memory; strides in elements. */
export interface Matrix {
  readonly at: Address;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** c = clamp(a b + bias); a [m, k] row-major, b [k, n]. */
export function multiply(a: Address, m: number, b: Matrix, bias: tf.TensorInfo | undefined, c: Address, { low, high }: Clamp): void {
  const { rows: k, columns: n } = b;
  const width = padded(n);
  const [panels, start, spare, table] = workspace(k * width * FLOAT, width * FLOAT, (n + PANEL) * FLOAT, 2 * Math.min(m + 3, MOST_ROWS) * FLOAT);
  writeBias(bias, start, width);
  simd().packPanels(b.at, k, n, b.rowStride * FLOAT, b.columnStride * FLOAT, panels);
  simd().multiply(a, m, k, panels, n, start, c, table, spare, low, high);
}

/** c = transpose(a) b; a [k, m] row-major, b [k, n]. */
export function multiplyTransposed(a: Address, m: number, b: Matrix, c: Address): void {
  const { rows: k, columns: n } = b;
  const [panels, table] = workspace(POSITIONS * padded(n) * FLOAT, POSITIONS * FLOAT);
  simd().multiplyTransposed(a, k, m, b.at, n, b.rowStride * FLOAT, b.columnStride * FLOAT, c, panels, table);
}

/** The values of a bias, zeros where there is none and up to `width`. */
export function writeBias(bias: tf.TensorInfo | undefined, at: Address, width: number): void {
  const values = floatsAt(at, width).fill(0);
  if (bias) values.set(floatsAt(addressOf(bias), bias.shape.reduce((size, side) => size * side, 1)));
}
