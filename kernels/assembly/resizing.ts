/**
 * Gradient of mixing along an axis: error p of each group goes to places `lower[p]` and `upper[p]`, of which its own place
 * is a mixture with share `fraction[p]` of the second.
 *
 * @param errors [count, places, size]
 * @param mixture lower and upper, whole numbers, then fraction, each [places]
 * @param sums [count, to, size]
 */
export function mixBack(errors: usize, count: i32, places: i32, size: i32, to: i32, mixture: usize, sums: usize): void {
  const row = <usize>size << 2;
  const uppers = mixture + (<usize>places << 2);
  const fractions = uppers + (<usize>places << 2);
  memory.fill(sums, 0, <usize>(count * to) * row);
  for (let n = 0; n < count; n++) {
    for (let p: usize = 0; p < <usize>places << 2; p += 4) {
      const share = load<f32>(fractions + p);
      addScaled(errors, 1 - share, sums + <usize>load<u32>(mixture + p) * row, row);
      if (share != 0) addScaled(errors, share, sums + <usize>load<u32>(uppers + p) * row, row);
      errors += row;
    }
    sums += <usize>to * row;
  }
}

@inline
function addScaled(from: usize, factor: f32, to: usize, bytes: usize): void {
  const wide = bytes & ~15;
  const f = f32x4.splat(factor);
  let at: usize = 0;
  for (; at < wide; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(v128.load(from + at), f)));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at) * factor);
}
