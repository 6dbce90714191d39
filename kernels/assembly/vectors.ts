/**
 * a * b + c for four lanes. The relaxed build rounds once instead of twice where the processor can, so that its last
 * bits depend on the processor.
 */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (isDefined(RELAXED)) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
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
