import { packPanels } from './panels';
import { accumulateTile, multiplyTile, PANEL_ROW, TILE_COLUMNS, TILE_ROWS } from './tiles';

/** Rows of b that {@link multiplyTransposed} packs at once: with 8 columns of it, a quarter of a first-level cache. */
export const POSITIONS: i32 = 256;

/** Floats that rows of a may take up at once, so that they stay in the second-level cache. */
const CHUNK: i32 = 32768;

/**
 * c = clamp(a b + bias), row-major, float32.
 *
 * @param a [m, k]
 * @param panels b [k, n], as `packPanels` lays it out
 * @param bias n values, and zeros up to a multiple of 8
 * @param table room for 2 * min(m + 3, 32768) addresses
 * @param spare room for n + 8 values that are thrown away
 */
export function multiply(a: usize, m: i32, k: i32, panels: usize, n: i32, bias: usize, c: usize, table: usize, spare: usize, low: f32, high: f32): void {
  const chunk = max(TILE_ROWS, (CHUNK / (k + 1)) & ~3);
  const rowBytes = <usize>k << 2;
  const targetBytes = <usize>n << 2;
  for (let from = 0; from < m; from += chunk) {
    const rows = min(chunk, m - from);
    const padded = (rows + 3) & ~3;
    const targets = table + (<usize>padded << 2);
    for (let i = 0; i < padded; i++) {
      const at = <usize>i << 2;
      store<u32>(table + at, <u32>(a + <usize>(from + min(i, rows - 1)) * rowBytes));
      store<u32>(targets + at, <u32>(i < rows ? c + <usize>(from + i) * targetBytes : spare));
    }
    multiplyChunk(table, targets, padded, 1, k, panels, n, bias, low, high);
  }
}

/** All columns of some rows of c; addresses are in groups of four rows, [rows / 4, taps, 4] and [rows]. */
export function multiplyChunk(table: usize, targets: usize, rows: i32, taps: i32, k: i32, panels: usize, n: i32, bias: usize, low: f32, high: f32): void {
  const group = <usize>taps << 4;
  const panelBytes = <usize>(taps * k) * PANEL_ROW;
  for (let j = 0; j < n; j += TILE_COLUMNS) {
    const columns = min(TILE_COLUMNS, n - j);
    const offset = <usize>j << 2;
    let pointers = table;
    for (let i = 0; i < rows; i += TILE_ROWS) {
      multiplyTile(pointers, taps, k, panels, bias + offset, targets + (<usize>i << 2), offset, columns, low, high);
      pointers += group;
    }
    panels += panelBytes;
  }
}

/**
 * c = transpose(a) b.
 *
 * @param a [k, m], row-major
 * @param b [k, n], strides in bytes
 * @param panels room for 256 * (n rounded up to a multiple of 8) values
 * @param table room for 256 addresses
 */
export function multiplyTransposed(a: usize, k: i32, m: i32, b: usize, n: i32, rowStride: usize, columnStride: usize, c: usize, panels: usize, table: usize): void {
  memory.fill(c, 0, <usize>(m * n) << 2);
  const rowBytes = <usize>m << 2;
  for (let from = 0; from < k; from += POSITIONS) {
    const count = min(POSITIONS, k - from);
    packPanels(b + <usize>from * rowStride, count, n, rowStride, columnStride, panels);
    for (let p = 0; p < count; p++) store<u32>(table + (<usize>p << 2), <u32>(a + <usize>(from + p) * rowBytes));
    accumulate(table, count, m, panels, n, c);
  }
}

/** c[m, n] += the sum over positions of a[p, m] b[p, n]. */
export function accumulate(table: usize, count: i32, m: i32, panels: usize, n: i32, c: usize): void {
  const rowBytes = <usize>n << 2;
  const panelBytes = <usize>count * PANEL_ROW;
  let panel = panels;
  for (let j = 0; j < n; j += TILE_COLUMNS) {
    const columns = min(TILE_COLUMNS, n - j);
    for (let i = 0; i < m; i += TILE_ROWS) {
      accumulateTile(table, count, <usize>i << 2, panel, c + <usize>i * rowBytes + (<usize>j << 2), rowBytes, min(TILE_ROWS, m - i), columns);
    }
    panel += panelBytes;
  }
}
