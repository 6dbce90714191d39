import { lower, multiplyAdd, upper } from './vectors';

/** Adds to `sums` [columns], doubles, the sum of each column of x [rows, columns]. */
export function columnSums(x: usize, rows: i32, columns: i32, sums: usize): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const value = v128.load(x + (<usize>c << 2));
      const at = sums + (<usize>c << 3);
      v128.store(at, f64x2.add(v128.load(at), lower(value)));
      v128.store(at, f64x2.add(v128.load(at, 16), upper(value)), 16);
    }
    for (let c = wide; c < columns; c++) {
      const at = sums + (<usize>c << 3);
      store<f64>(at, load<f64>(at) + <f64>load<f32>(x + (<usize>c << 2)));
    }
    x += stride;
  }
}

/** Adds to `sums` and `squares` [columns], doubles, those of x - shift for each column of x [rows, columns]. */
export function columnMoments(x: usize, rows: i32, columns: i32, shift: usize, sums: usize, squares: usize): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const value = v128.load(x + f);
      const from = v128.load(shift + f);
      const a = f64x2.sub(lower(value), lower(from));
      const b = f64x2.sub(upper(value), upper(from));
      v128.store(sums + d, f64x2.add(v128.load(sums + d), a));
      v128.store(sums + d, f64x2.add(v128.load(sums + d, 16), b), 16);
      v128.store(squares + d, f64x2.add(v128.load(squares + d), f64x2.mul(a, a)));
      v128.store(squares + d, f64x2.add(v128.load(squares + d, 16), f64x2.mul(b, b)), 16);
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const a = <f64>load<f32>(x + f) - <f64>load<f32>(shift + f);
      store<f64>(sums + d, load<f64>(sums + d) + a);
      store<f64>(squares + d, load<f64>(squares + d) + a * a);
    }
    x += stride;
  }
}

/** Adds to `sums` and `products` [columns], doubles, the sums of dy and of dy (x - shift) for each column. */
export function columnProducts(dy: usize, x: usize, rows: i32, columns: i32, shift: usize, sums: usize, products: usize): void {
  const stride = <usize>columns << 2;
  const wide = columns & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const value = v128.load(x + f);
      const from = v128.load(shift + f);
      const error = v128.load(dy + f);
      const a = lower(error);
      const b = upper(error);
      v128.store(sums + d, f64x2.add(v128.load(sums + d), a));
      v128.store(sums + d, f64x2.add(v128.load(sums + d, 16), b), 16);
      v128.store(products + d, f64x2.add(v128.load(products + d), f64x2.mul(a, f64x2.sub(lower(value), lower(from)))));
      v128.store(products + d, f64x2.add(v128.load(products + d, 16), f64x2.mul(b, f64x2.sub(upper(value), upper(from)))), 16);
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const d = <usize>c << 3;
      const error = <f64>load<f32>(dy + f);
      store<f64>(sums + d, load<f64>(sums + d) + error);
      store<f64>(products + d, load<f64>(products + d) + error * (<f64>load<f32>(x + f) - <f64>load<f32>(shift + f)));
    }
    dy += stride;
    x += stride;
  }
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
