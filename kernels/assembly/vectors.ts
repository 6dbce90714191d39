/**
 * a * b + c for four lanes. The relaxed build rounds once instead of twice where the processor can, so that its last
 * bits depend on the processor.
 */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (isDefined(RELAXED)) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Whether {@link multiplyAdd} rounds once: (1 + 2^-12)^2 needs one bit more than a float32 has. */
export function fusesMultiplyAdd(): bool {
  const x = f32x4.splat(1.000244140625);
  return f32x4.extract_lane(multiplyAdd(x, x, f32x4.splat(-1.00048828125)), 0) != 0;
}

/** The lower two lanes as doubles. */
@inline
export function lower(value: v128): v128 {
  return f64x2.promote_low_f32x4(value);
}

/** The upper two lanes as doubles. */
@inline
export function upper(value: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
}
