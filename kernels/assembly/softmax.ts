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

/** A product of sums of exponentials, each from 1 to the number of classes, that the next one leaves in the range of doubles. */
const IN_RANGE: f64 = 1e290;

/** ln x of a finite x >= 1, by ln((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + ... + s^21 / 21) at |s| < 0.172, which is exact to the last bits of a double. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = (bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let sum: f64 = 0;
  for (let n = 21; n > 1; n -= 2) sum = (sum + 1 / <f64>n) * z;
  const k = <f64>exponent;
  return k * LN2_HIGH + (2 * (s + s * sum) + k * LN2_LOW);
}

/**
 * Cross-entropy of logits and targets [rows, classes], summed over all; and softmax - targets, its gradient where the
 * targets of a row sum to 1, times `scale`.
 *
 * @param powers room for the doubles of one row, and one more where it is odd
 * @param gradient [rows, classes]
 */
export function softmaxCrossEntropy(logits: usize, targets: usize, rows: i32, classes: i32, scale: f64, powers: usize, gradient: usize): f64 {
  let loss: f64 = 0;
  // Rows of one weight share a logarithm.
  let product: f64 = 1;
  let weight: f64 = 0;
  for (let r = 0; r < rows; r++) {
    let largest: f32 = -Infinity;
    let total: f64 = 0;
    for (let c = 0; c < classes; c++) {
      largest = max<f32>(largest, load<f32>(logits + (<usize>c << 2)));
      total += <f64>load<f32>(targets + (<usize>c << 2));
    }
    const sum = powersOf(logits, classes, largest, powers);
    if (total != weight || product > IN_RANGE) {
      loss += weight * logarithm(product);
      product = 1;
      weight = total;
    }
    if (sum < Infinity) product *= sum;
    else if (total != 0) loss = sum;
    const factor = total / sum;
    for (let c = 0; c < classes; c++) {
      const at = <usize>c << 2;
      const wanted = <f64>load<f32>(targets + at);
      // 0 of what is not finite counts nothing.
      if (wanted != 0) loss += wanted * (<f64>largest - <f64>load<f32>(logits + at));
      store<f32>(gradient + at, <f32>((load<f64>(powers + (<usize>c << 3)) * factor - wanted) * scale));
    }
    logits += <usize>classes << 2;
    targets += <usize>classes << 2;
    gradient += <usize>classes << 2;
  }
  return loss + weight * logarithm(product);
}

/** Writes down exp(logit - largest) of one row; returns their sum. */
@inline
function powersOf(logits: usize, classes: i32, largest: f32, powers: usize): f64 {
  const even = classes & ~1;
  const shift = f64x2.splat(<f64>largest);
  let sums = f64x2.splat(0);
  for (let c = 0; c < even; c += 2) {
    const pair = exponentials(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(logits + (<usize>c << 2))), shift));
    v128.store(powers + (<usize>c << 3), pair);
    sums = f64x2.add(sums, pair);
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (even < classes) {
    const last = exponentials(f64x2.sub(f64x2.promote_low_f32x4(v128.load32_zero(logits + (<usize>even << 2))), shift));
    v128.store(powers + (<usize>even << 3), last);
    sum += f64x2.extract_lane(last, 0);
  }
  return sum;
}

/**
 * How logits [pixels, classes] answer to labels: adds to `counts` [2, classes], doubles, for each class the pixels where
 * label and answer agree on it, and those where one of the two is it. What is not a number is no answer, and neither is a
 * tie.
 *
 * @param labels one byte each; pixels with `unlabelled` do not count
 * @param powers room for the doubles of one row, and one more where it is odd
 * @returns the cross-entropy, summed over labelled pixels
 */
export function gradePixels(logits: usize, labels: usize, pixels: i32, classes: i32, unlabelled: i32, powers: usize, counts: usize): f64 {
  const unions = counts + (<usize>classes << 3);
  let entropy: f64 = 0;
  let product: f64 = 1;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const label = <i32>load<u8>(labels + <usize>pixel);
    if (label != unlabelled) {
      let largest: f32 = -Infinity;
      let answer = -1;
      for (let c = 0; c < classes; c++) {
        const logit = load<f32>(logits + (<usize>c << 2));
        if (logit > largest) {
          answer = c;
          largest = logit;
        } else if (logit == largest) {
          answer = -1;
        }
      }
      const sum = powersOf(logits, classes, largest, powers);
      entropy += <f64>largest - <f64>load<f32>(logits + (<usize>label << 2));
      if (sum < Infinity) product *= sum;
      else entropy = sum;
      if (product > IN_RANGE) {
        entropy += logarithm(product);
        product = 1;
      }
      count(unions, label);
      if (answer >= 0 && sum < Infinity) count(answer == label ? counts : unions, answer);
    }
    logits += <usize>classes << 2;
  }
  return entropy + logarithm(product);
}

@inline
function count(counters: usize, index: i32): void {
  const at = counters + (<usize>index << 3);
  store<f64>(at, load<f64>(at) + 1);
}
