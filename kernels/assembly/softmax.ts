const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts, so that a multiple of the first is exact (Cody and Waite 1980, chapter 6). */
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** 1.5 * 2^52: of a small whole number that it is added to, the last bits are those of the number. */
const WHOLE: f64 = 6755399441055744;
/** Below, e^x is no normal number. */
const LEAST: f64 = -708;

// @ts-ignore: decorator
@inline
function next(sum: v128, r: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(coefficient));
}

/** e^x of two x <= 0: the Taylor series up to r^13 / 13! at |r| <= ln(2) / 2, which is exact to the last bit of a double or two. */
function exponentials(x: v128): v128 {
  const k = f64x2.nearest(f64x2.mul(x, f64x2.splat(LOG2_E)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH))), f64x2.mul(k, f64x2.splat(LN2_LOW)));
  let sum = f64x2.splat(1.0 / 6227020800);
  sum = next(sum, r, 1.0 / 479001600);
  sum = next(sum, r, 1.0 / 39916800);
  sum = next(sum, r, 1.0 / 3628800);
  sum = next(sum, r, 1.0 / 362880);
  sum = next(sum, r, 1.0 / 40320);
  sum = next(sum, r, 1.0 / 5040);
  sum = next(sum, r, 1.0 / 720);
  sum = next(sum, r, 1.0 / 120);
  sum = next(sum, r, 1.0 / 24);
  sum = next(sum, r, 1.0 / 6);
  sum = next(sum, r, 0.5);
  sum = next(sum, r, 1);
  sum = next(sum, r, 1);
  // 2^k by its exponent.
  const power = i64x2.shl(i64x2.add(f64x2.add(k, f64x2.splat(WHOLE)), i64x2.splat(1023)), 52);
  // What is not a number is not less, and stays so.
  return v128.andnot(f64x2.mul(sum, power), f64x2.lt(x, f64x2.splat(LEAST)));
}

/**
 * For each row of logits [rows, classes]: largest logit and sum of exp(logit - largest), doubles, [rows, 2], and
 * softmax - targets, the gradient of the cross-entropy where targets sum to 1, times `scale`.
 *
 * @param powers room for the doubles of one row, and one more where it is odd
 * @param gradient [rows, classes]
 */
export function softmaxCrossEntropy(logits: usize, targets: usize, rows: i32, classes: i32, scale: f64, sums: usize, powers: usize, gradient: usize): void {
  const even = classes & ~1;
  for (let r = 0; r < rows; r++) {
    let largest: f32 = -Infinity;
    let total: f64 = 0;
    for (let c = 0; c < classes; c++) {
      largest = max<f32>(largest, load<f32>(logits + (<usize>c << 2)));
      total += <f64>load<f32>(targets + (<usize>c << 2));
    }
    const shift = f64x2.splat(<f64>largest);
    for (let c = 0; c < even; c += 2) {
      const pair = f64x2.promote_low_f32x4(v128.load64_zero(logits + (<usize>c << 2)));
      v128.store(powers + (<usize>c << 3), exponentials(f64x2.sub(pair, shift)));
    }
    if (even < classes) {
      const last = f64x2.promote_low_f32x4(v128.load32_zero(logits + (<usize>even << 2)));
      v128.store(powers + (<usize>even << 3), exponentials(f64x2.sub(last, shift)));
    }
    let sum: f64 = 0;
    for (let c = 0; c < classes; c++) sum += load<f64>(powers + (<usize>c << 3));
    store<f64>(sums, <f64>largest);
    store<f64>(sums, sum, 8);
    for (let c = 0; c < classes; c++) {
      const at = <usize>c << 2;
      const share = load<f64>(powers + (<usize>c << 3)) / sum;
      store<f32>(gradient + at, <f32>((share * total - <f64>load<f32>(targets + at)) * scale));
    }
    logits += <usize>classes << 2;
    targets += <usize>classes << 2;
    gradient += <usize>classes << 2;
    sums += 16;
  }
}
