const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts, so that a multiple of the first is exact (Cody and Waite 1980, chapter 6). */
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

/** e^x for x <= 0: the Taylor series up to r^13 / 13! at |r| <= ln(2) / 2, which is exact to the last bit of a double or two. */
function exponential(x: f64): f64 {
  if (!(x >= -708)) return x != x ? x : 0;
  const k = nearest<f64>(x * LOG2_E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum: f64 = 1 + r / 13;
  for (let n: f64 = 12; n > 0; n--) sum = 1 + (r / n) * sum;
  return sum * reinterpret<f64>((<i64>k + 1023) << 52);
}

/**
 * For each row of logits [rows, classes]: largest logit and sum of exp(logit - largest), doubles, [rows, 2], and
 * softmax - targets, the gradient of the cross-entropy where targets sum to 1, times `scale`.
 *
 * @param gradient [rows, classes]
 */
export function softmaxCrossEntropy(logits: usize, targets: usize, rows: i32, classes: i32, scale: f64, sums: usize, gradient: usize): void {
  for (let r = 0; r < rows; r++) {
    let largest: f32 = -Infinity;
    let total: f64 = 0;
    for (let c = 0; c < classes; c++) {
      largest = max<f32>(largest, load<f32>(logits + (<usize>c << 2)));
      total += <f64>load<f32>(targets + (<usize>c << 2));
    }
    let sum: f64 = 0;
    for (let c = 0; c < classes; c++) sum += exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>largest);
    store<f64>(sums, <f64>largest);
    store<f64>(sums, sum, 8);
    for (let c = 0; c < classes; c++) {
      const at = <usize>c << 2;
      const share = exponential(<f64>load<f32>(logits + at) - <f64>largest) / sum;
      store<f32>(gradient + at, <f32>((share * total - <f64>load<f32>(targets + at)) * scale));
    }
    logits += <usize>classes << 2;
    targets += <usize>classes << 2;
    gradient += <usize>classes << 2;
    sums += 16;
  }
}
