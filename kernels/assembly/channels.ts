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

/** Adds to `sums` and `products` [columns], doubles, the sums of dy and of dy (x - shift) for each column. */
export function columnProducts(dy: usize, x: usize, rows: i32, columns: i32, shift: usize, sums: usize, products: usize): void {
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
      const e = v128.load(dy + f);
      const g = v128.load(dy + f + stride);
      const from = v128.load(shift + f);
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
    addProducts(dy, x, wide, columns, shift, sums, products);
    addProducts(dy + stride, x + stride, wide, columns, shift, sums, products);
    dy += 2 * stride;
    x += 2 * stride;
  }
  if (r < rows) addProducts(dy, x, 0, columns, shift, sums, products);
}

/** Columns `first` to `columns` of one row. */
@inline
function addProducts(dy: usize, x: usize, first: i32, columns: i32, shift: usize, sums: usize, products: usize): void {
  for (let c = first; c < columns; c++) {
    const f = <usize>c << 2;
    const d = <usize>c << 3;
    const error = <f64>load<f32>(dy + f);
    addOne(sums + d, error);
    addOne(products + d, error * (<f64>load<f32>(x + f) - <f64>load<f32>(shift + f)));
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

/** y = (x - center) * factor + shift, by column. */
export function scaleColumns(x: usize, rows: i32, columns: i32, center: usize, factor: usize, shift: usize, y: usize): void {
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      v128.store(y + f, multiplyAdd(f32x4.sub(v128.load(x + f), v128.load(center + f)), v128.load(factor + f), v128.load(shift + f)));
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      store<f32>(y + f, (load<f32>(x + f) - load<f32>(center + f)) * load<f32>(factor + f) + load<f32>(shift + f));
    }
    x += <usize>columns << 2;
    y += <usize>columns << 2;
  }
}

/** out = dy * factor + (x - center) * slope + shift, by column. */
export function combineColumns(dy: usize, x: usize, rows: i32, columns: i32, center: usize, factor: usize, slope: usize, shift: usize, out: usize): void {
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const rest = multiplyAdd(f32x4.sub(v128.load(x + f), v128.load(center + f)), v128.load(slope + f), v128.load(shift + f));
      v128.store(out + f, multiplyAdd(v128.load(dy + f), v128.load(factor + f), rest));
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const rest = (load<f32>(x + f) - load<f32>(center + f)) * load<f32>(slope + f) + load<f32>(shift + f);
      store<f32>(out + f, load<f32>(dy + f) * load<f32>(factor + f) + rest);
    }
    dy += <usize>columns << 2;
    x += <usize>columns << 2;
    out += <usize>columns << 2;
  }
}
