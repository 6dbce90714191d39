import { multiplyAdd } from './vectors';

/** One tile of a result: 8 sums in registers, beside 2 of b, 1 of a and 1 product. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;
/** Bytes of one row of a panel. */
export const PANEL_ROW: usize = 32;

/**
 * c[i, j] = bias[j] + the sum over taps t and channels k of a[i, t, k] b[t, k, j], clamped; i < 4, j < 8.
 *
 * @param rows for each tap, where the channels of the four rows of a start: [taps, 4] addresses
 * @param panel b for these columns: [taps, channels, 8]
 * @param bias 8 values
 * @param targets where the four rows of c start; `offset` bytes are added
 * @param columns how many of the eight are stored
 */
export function multiplyTile(rows: usize, taps: i32, channels: i32, panel: usize, bias: usize, targets: usize, offset: usize, columns: i32, low: f32, high: f32): void {
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  const bytes = <usize>channels * 4;
  for (let tap = 0; tap < taps; tap++) {
    let a0 = <usize>load<u32>(rows);
    let a1 = <usize>load<u32>(rows, 4);
    let a2 = <usize>load<u32>(rows, 8);
    let a3 = <usize>load<u32>(rows, 12);
    rows += 16;
    const end = a0 + bytes;
    while (a0 < end) {
      const b0 = v128.load(panel);
      const b1 = v128.load(panel, 16);
      let a = v128.load_splat<f32>(a0);
      c00 = multiplyAdd(a, b0, c00);
      c01 = multiplyAdd(a, b1, c01);
      a = v128.load_splat<f32>(a1);
      c10 = multiplyAdd(a, b0, c10);
      c11 = multiplyAdd(a, b1, c11);
      a = v128.load_splat<f32>(a2);
      c20 = multiplyAdd(a, b0, c20);
      c21 = multiplyAdd(a, b1, c21);
      a = v128.load_splat<f32>(a3);
      c30 = multiplyAdd(a, b0, c30);
      c31 = multiplyAdd(a, b1, c31);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      panel += PANEL_ROW;
    }
  }
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  storeRow(<usize>load<u32>(targets) + offset, clamp(c00, l, h), clamp(c01, l, h), columns);
  storeRow(<usize>load<u32>(targets, 4) + offset, clamp(c10, l, h), clamp(c11, l, h), columns);
  storeRow(<usize>load<u32>(targets, 8) + offset, clamp(c20, l, h), clamp(c21, l, h), columns);
  storeRow(<usize>load<u32>(targets, 12) + offset, clamp(c30, l, h), clamp(c31, l, h), columns);
}

/**
 * c[i, j] += the sum over positions p of a[p, i] b[p, j]; i < 4, j < 8.
 *
 * @param positions where each row of a starts, `offset` bytes are added: [count] addresses
 * @param panel b for these columns: [count, 8]
 * @param rows, columns how many of the tile are stored
 */
export function accumulateTile(positions: usize, count: i32, offset: usize, panel: usize, c: usize, stride: usize, rows: i32, columns: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = positions + (<usize>count << 2);
  while (positions < end) {
    const at = <usize>load<u32>(positions) + offset;
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let a = v128.load_splat<f32>(at);
    c00 = multiplyAdd(a, b0, c00);
    c01 = multiplyAdd(a, b1, c01);
    a = v128.load_splat<f32>(at, 4);
    c10 = multiplyAdd(a, b0, c10);
    c11 = multiplyAdd(a, b1, c11);
    a = v128.load_splat<f32>(at, 8);
    c20 = multiplyAdd(a, b0, c20);
    c21 = multiplyAdd(a, b1, c21);
    a = v128.load_splat<f32>(at, 12);
    c30 = multiplyAdd(a, b0, c30);
    c31 = multiplyAdd(a, b1, c31);
    positions += 4;
    panel += PANEL_ROW;
  }
  addRow(c, c00, c01, columns);
  if (rows > 1) addRow(c + stride, c10, c11, columns);
  if (rows > 2) addRow(c + 2 * stride, c20, c21, columns);
  if (rows > 3) addRow(c + 3 * stride, c30, c31, columns);
}

/** A NaN stays one: only the second operand is taken where the comparison holds. */
@inline
function clamp(value: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(value, low), high);
}

@inline
function storeRow(target: usize, left: v128, right: v128, columns: i32): void {
  if (columns == TILE_COLUMNS) {
    v128.store(target, left);
    v128.store(target, right, 16);
  } else {
    storePart(target, left, right, columns);
  }
}

@inline
function addRow(target: usize, left: v128, right: v128, columns: i32): void {
  if (columns == TILE_COLUMNS) {
    v128.store(target, f32x4.add(v128.load(target), left));
    v128.store(target, f32x4.add(v128.load(target, 16), right), 16);
  } else {
    addPart(target, left, right, columns);
  }
}

/** The first 1 to 7 of 8 values. */
function storePart(target: usize, left: v128, right: v128, columns: i32): void {
  if (columns & 4) {
    v128.store(target, left);
    target += 16;
    left = right;
  }
  if (columns & 2) {
    v128.store64_lane(target, left, 0);
    target += 8;
    left = upperHalf(left);
  }
  if (columns & 1) v128.store32_lane(target, left, 0);
}

function addPart(target: usize, left: v128, right: v128, columns: i32): void {
  if (columns & 4) {
    v128.store(target, f32x4.add(v128.load(target), left));
    target += 16;
    left = right;
  }
  if (columns & 2) {
    v128.store64_lane(target, f32x4.add(v128.load64_zero(target), left), 0);
    target += 8;
    left = upperHalf(left);
  }
  if (columns & 1) store<f32>(target, load<f32>(target) + f32x4.extract_lane(left, 0));
}

@inline
function upperHalf(value: v128): v128 {
  return v128.shuffle<f32>(value, value, 2, 3, 2, 3);
}
