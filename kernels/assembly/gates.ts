/** dx = dy where low < x <= high, else 0: gradient of ReLU (0, infinity) and ReLU6 (0, 6). */
export function gateOpen(x: usize, dy: usize, n: i32, low: f32, high: f32, dx: usize): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const wide = <usize>(n & ~3) << 2;
  const bytes = <usize>n << 2;
  let at: usize = 0;
  for (; at < wide; at += 16) {
    const value = v128.load(x + at);
    v128.store(dx + at, v128.and(v128.load(dy + at), v128.and(f32x4.gt(value, l), f32x4.le(value, h))));
  }
  for (; at < bytes; at += 4) {
    const value = load<f32>(x + at);
    store<f32>(dx + at, value > low && value <= high ? load<f32>(dy + at) : 0);
  }
}

/** dx = dy where low <= x <= high, else 0: gradient of clipping. */
export function gateClosed(x: usize, dy: usize, n: i32, low: f32, high: f32, dx: usize): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const wide = <usize>(n & ~3) << 2;
  const bytes = <usize>n << 2;
  let at: usize = 0;
  for (; at < wide; at += 16) {
    const value = v128.load(x + at);
    v128.store(dx + at, v128.and(v128.load(dy + at), v128.and(f32x4.ge(value, l), f32x4.le(value, h))));
  }
  for (; at < bytes; at += 4) {
    const value = load<f32>(x + at);
    store<f32>(dx + at, value >= low && value <= high ? load<f32>(dy + at) : 0);
  }
}

/** y = x, times its slope where x < 0; slopes [columns] repeat along x [rows, columns]. */
export function rectify(x: usize, slopes: usize, rows: i32, columns: i32, y: usize): void {
  const wide = <usize>(columns & ~3) << 2;
  const bytes = <usize>columns << 2;
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    for (; at < wide; at += 16) {
      const value = v128.load(x + at);
      v128.store(y + at, v128.bitselect(f32x4.mul(value, v128.load(slopes + at)), value, f32x4.lt(value, zero)));
    }
    for (; at < bytes; at += 4) {
      const value = load<f32>(x + at);
      store<f32>(y + at, value < 0 ? value * load<f32>(slopes + at) : value);
    }
    x += bytes;
    y += bytes;
  }
}
