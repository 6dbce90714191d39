import { lower, multiplyAdd, upper } from './vectors';

/** Adds to `sums` [columns], doubles, the sum of each column of x [rows, columns]. */
export function columnSums(x: usize, rows: i32, columns: i32, sums: usize): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const value = v128.load(x + (<usize>c << 2));
      add(sums + (<usize>c << 3), lower(value), upper(value));
    }
    for (let c = wide; c < columns; c++) addOne(sums + (<usize>c << 3), <f64>load<f32>(x + (<usize>c << 2)));
    x += stride;
  }
}

/** Means over the places of each example: x [examples, places, columns], means [examples, columns]. `sums`: room for columns doubles. */
export function placeMeans(x: usize, examples: i32, places: i32, columns: i32, sums: usize, means: usize): void {
  for (let e = 0; e < examples; e++) {
    memory.fill(sums, 0, <usize>columns << 3);
    columnSums(x, places, columns, sums);
    for (let c = 0; c < columns; c++) store<f32>(means + (<usize>c << 2), <f32>(load<f64>(sums + (<usize>c << 3)) / <f64>places));
    x += <usize>(places * columns) << 2;
    means += <usize>columns << 2;
  }
}

/** Adds to `sums` and `squares` [columns], doubles, those of x - shift for each column of x [rows, columns]. */
export function columnMoments(x: usize, rows: i32, columns: i32, shift: usize, sums: usize, squares: usize): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  let r = 0;
  // Sums are loaded and stored once for two rows.
  for (; r + 1 < rows; r += 2) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const v = v128.load(x + f);
      const w = v128.load(x + f + stride);
      const from = v128.load(shift + f);
      const left = lower(from);
      const right = upper(from);
      const vl = f64x2.sub(lower(v), left);
      const vr = f64x2.sub(upper(v), right);
      const wl = f64x2.sub(lower(w), left);
      const wr = f64x2.sub(upper(w), right);
      add(sums + d, f64x2.add(vl, wl), f64x2.add(vr, wr));
      add(squares + d, f64x2.add(f64x2.mul(vl, vl), f64x2.mul(wl, wl)), f64x2.add(f64x2.mul(vr, vr), f64x2.mul(wr, wr)));
    }
    addMoments(x, wide, columns, shift, sums, squares);
    addMoments(x + stride, wide, columns, shift, sums, squares);
    x += 2 * stride;
  }
  if (r < rows) addMoments(x, 0, columns, shift, sums, squares);
}

/** Columns `first` to `columns` of one row. */
@inline
function addMoments(x: usize, first: i32, columns: i32, shift: usize, sums: usize, squares: usize): void {
  for (let c = first; c < columns; c++) {
    const f = <usize>c << 2;
    const d = <usize>c << 3;
    const a = <f64>load<f32>(x + f) - <f64>load<f32>(shift + f);
    addOne(sums + d, a);
    addOne(squares + d, a * a);
  }
}

/**
 * Adds to `sums` and `products` [columns], doubles, the sums of dy and of dy (x - shift) for each column. Where `factor` is
 * an address, dy counts only where low < (x - shift) * factor + offset <= high.
 */
export function columnProducts(dy: usize, x: usize, rows: i32, columns: i32, shift: usize, sums: usize, products: usize, factor: usize, offset: usize, low: f32, high: f32): void {
  if (factor) addRows(true, dy, x, rows, columns, shift, sums, products, factor, offset, low, high);
  else addRows(false, dy, x, rows, columns, shift, sums, products, factor, offset, low, high);
}

/** In a function for each constant `isGated`. */
@inline
function addRows(isGated: bool, dy: usize, x: usize, rows: i32, columns: i32, shift: usize, sums: usize, products: usize, factor: usize, offset: usize, low: f32, high: f32): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  let r = 0;
  // As above.
  for (; r + 1 < rows; r += 2) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const v = v128.load(x + f);
      const w = v128.load(x + f + stride);
      const from = v128.load(shift + f);
      let e = v128.load(dy + f);
      let g = v128.load(dy + f + stride);
      if (isGated) {
        e = gated(e, scaled(v, from, factor + f, offset + f), low, high);
        g = gated(g, scaled(w, from, factor + f, offset + f), low, high);
      }
      const left = lower(from);
      const right = upper(from);
      const el = lower(e);
      const er = upper(e);
      const gl = lower(g);
      const gr = upper(g);
      add(sums + d, f64x2.add(el, gl), f64x2.add(er, gr));
      add(
        products + d,
        f64x2.add(f64x2.mul(el, f64x2.sub(lower(v), left)), f64x2.mul(gl, f64x2.sub(lower(w), left))),
        f64x2.add(f64x2.mul(er, f64x2.sub(upper(v), right)), f64x2.mul(gr, f64x2.sub(upper(w), right))),
      );
    }
    addProducts(isGated, dy, x, wide, columns, shift, sums, products, factor, offset, low, high);
    addProducts(isGated, dy + stride, x + stride, wide, columns, shift, sums, products, factor, offset, low, high);
    dy += 2 * stride;
    x += 2 * stride;
  }
  if (r < rows) addProducts(isGated, dy, x, 0, columns, shift, sums, products, factor, offset, low, high);
}

/** Columns `first` to `columns` of one row. */
@inline
function addProducts(isGated: bool, dy: usize, x: usize, first: i32, columns: i32, shift: usize, sums: usize, products: usize, factor: usize, offset: usize, low: f32, high: f32): void {
  for (let c = first; c < columns; c++) {
    const f = <usize>c << 2;
    const d = <usize>c << 3;
    const value = load<f32>(x + f);
    const from = load<f32>(shift + f);
    let error = load<f32>(dy + f);
    if (isGated) error = gatedOne(error, scaledOne(value, from, factor + f, offset + f), low, high);
    addOne(sums + d, <f64>error);
    addOne(products + d, <f64>error * (<f64>value - <f64>from));
  }
}

/** To four doubles. */
@inline
function add(sums: usize, left: v128, right: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), left));
  v128.store(sums, f64x2.add(v128.load(sums, 16), right), 16);
}

@inline
function addOne(sum: usize, value: f64): void {
  store<f64>(sum, load<f64>(sum) + value);
}

/** y = (x - center) * factor + shift, by column, clamped. */
export function scaleColumns(x: usize, rows: i32, columns: i32, center: usize, factor: usize, shift: usize, low: f32, high: f32, y: usize): void {
  const wide = columns & ~3;
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      v128.store(y + f, f32x4.pmin(f32x4.pmax(scaled(v128.load(x + f), v128.load(center + f), factor + f, shift + f), l), h));
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const value = scaledOne(load<f32>(x + f), load<f32>(center + f), factor + f, shift + f);
      // As above, a NaN stays one.
      store<f32>(y + f, value < low ? low : value > high ? high : value);
    }
    x += <usize>columns << 2;
    y += <usize>columns << 2;
  }
}

/**
 * out = dy * factor + (x - center) * slope + shift, by column. Where `offset` is an address, dy counts only where
 * low < (x - center) * factor + offset <= high.
 */
export function combineColumns(dy: usize, x: usize, rows: i32, columns: i32, center: usize, factor: usize, slope: usize, shift: usize, out: usize, offset: usize, low: f32, high: f32): void {
  if (offset) combineRows(true, dy, x, rows, columns, center, factor, slope, shift, out, offset, low, high);
  else combineRows(false, dy, x, rows, columns, center, factor, slope, shift, out, offset, low, high);
}

/** In a function for each constant `isGated`. */
@inline
function combineRows(isGated: bool, dy: usize, x: usize, rows: i32, columns: i32, center: usize, factor: usize, slope: usize, shift: usize, out: usize, offset: usize, low: f32, high: f32): void {
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const value = v128.load(x + f);
      const from = v128.load(center + f);
      let error = v128.load(dy + f);
      if (isGated) error = gated(error, scaled(value, from, factor + f, offset + f), low, high);
      v128.store(out + f, multiplyAdd(error, v128.load(factor + f), scaled(value, from, slope + f, shift + f)));
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const value = load<f32>(x + f);
      const from = load<f32>(center + f);
      let error = load<f32>(dy + f);
      if (isGated) error = gatedOne(error, scaledOne(value, from, factor + f, offset + f), low, high);
      store<f32>(out + f, error * load<f32>(factor + f) + scaledOne(value, from, slope + f, shift + f));
    }
    dy += <usize>columns << 2;
    x += <usize>columns << 2;
    out += <usize>columns << 2;
  }
}

/** (x - center) * factor + shift */
@inline
function scaled(x: v128, center: v128, factor: usize, shift: usize): v128 {
  return multiplyAdd(f32x4.sub(x, center), v128.load(factor), v128.load(shift));
}

@inline
function scaledOne(x: f32, center: f32, factor: usize, shift: usize): f32 {
  return (x - center) * load<f32>(factor) + load<f32>(shift);
}

/** The error where low < y <= high, else 0. */
@inline
function gated(error: v128, y: v128, low: f32, high: f32): v128 {
  return v128.and(error, v128.and(f32x4.gt(y, f32x4.splat(low)), f32x4.le(y, f32x4.splat(high))));
}

@inline
function gatedOne(error: f32, y: f32, low: f32, high: f32): f32 {
  return y > low && y <= high ? error : 0;
}
