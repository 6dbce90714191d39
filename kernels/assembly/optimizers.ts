/** Updates of n weights w by their gradient g, four at a time; the last ones by themselves. Sources: src/engine/optimizers.ts. */

/** w -= rate g */
export function sgd(w: usize, g: usize, n: i32, rate: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const updated = f32x4.sub(loadPart(w, end), f32x4.mul(f32x4.splat(rate), loadPart(g, g + (end - w))));
    storePart(w, end, updated);
    w += 16;
    g += 16;
  }
}

/** a = momentum a + g; w -= rate a */
export function momentum(w: usize, a: usize, g: usize, n: i32, rate: f32, decay: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const left = end - w;
    const velocity = f32x4.add(f32x4.mul(f32x4.splat(decay), loadPart(a, a + left)), loadPart(g, g + left));
    storePart(a, a + left, velocity);
    storePart(w, end, f32x4.sub(loadPart(w, end), f32x4.mul(f32x4.splat(rate), velocity)));
    w += 16;
    a += 16;
    g += 16;
  }
}

/** m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= rate (m / c1) / (sqrt(v / c2) + epsilon) */
export function adam(w: usize, m: usize, v: usize, g: usize, n: i32, rate: f32, b1: f32, b2: f32, c1: f32, c2: f32, epsilon: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const left = end - w;
    const gradient = loadPart(g, g + left);
    const first = f32x4.add(f32x4.mul(f32x4.splat(b1), loadPart(m, m + left)), f32x4.mul(f32x4.splat(1 - b1), gradient));
    const second = f32x4.add(f32x4.mul(f32x4.splat(b2), loadPart(v, v + left)), f32x4.mul(f32x4.splat(1 - b2), f32x4.mul(gradient, gradient)));
    storePart(m, m + left, first);
    storePart(v, v + left, second);
    const spread = f32x4.add(f32x4.sqrt(f32x4.div(second, f32x4.splat(c2))), f32x4.splat(epsilon));
    const step = f32x4.mul(f32x4.splat(rate), f32x4.div(f32x4.div(first, f32x4.splat(c1)), spread));
    storePart(w, end, f32x4.sub(loadPart(w, end), step));
    w += 16;
    m += 16;
    v += 16;
    g += 16;
  }
}

/** m = b1 m + (1 - b1) g; u = max(b2 u, |g|); w -= rate m / (u + epsilon) */
export function adamax(w: usize, m: usize, u: usize, g: usize, n: i32, rate: f32, b1: f32, b2: f32, epsilon: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const left = end - w;
    const gradient = loadPart(g, g + left);
    const first = f32x4.add(f32x4.mul(f32x4.splat(b1), loadPart(m, m + left)), f32x4.mul(f32x4.splat(1 - b1), gradient));
    const norm = f32x4.max(f32x4.mul(f32x4.splat(b2), loadPart(u, u + left)), f32x4.abs(gradient));
    storePart(m, m + left, first);
    storePart(u, u + left, norm);
    storePart(w, end, f32x4.sub(loadPart(w, end), f32x4.mul(f32x4.splat(rate), f32x4.div(first, f32x4.add(norm, f32x4.splat(epsilon))))));
    w += 16;
    m += 16;
    u += 16;
    g += 16;
  }
}

/** s = decay s + (1 - decay) g^2; w -= rate g / sqrt(s + epsilon) */
export function rmsprop(w: usize, s: usize, g: usize, n: i32, rate: f32, decay: f32, epsilon: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const left = end - w;
    const gradient = loadPart(g, g + left);
    const squares = f32x4.add(f32x4.mul(f32x4.splat(decay), loadPart(s, s + left)), f32x4.mul(f32x4.splat(1 - decay), f32x4.mul(gradient, gradient)));
    storePart(s, s + left, squares);
    const step = f32x4.div(f32x4.mul(f32x4.splat(rate), gradient), f32x4.sqrt(f32x4.add(squares, f32x4.splat(epsilon))));
    storePart(w, end, f32x4.sub(loadPart(w, end), step));
    w += 16;
    s += 16;
    g += 16;
  }
}

/** s += g^2; w -= rate g / sqrt(s + epsilon) */
export function adagrad(w: usize, s: usize, g: usize, n: i32, rate: f32, epsilon: f32): void {
  const end = w + (<usize>n << 2);
  while (w < end) {
    const left = end - w;
    const gradient = loadPart(g, g + left);
    const squares = f32x4.add(loadPart(s, s + left), f32x4.mul(gradient, gradient));
    storePart(s, s + left, squares);
    const step = f32x4.div(f32x4.mul(f32x4.splat(rate), gradient), f32x4.sqrt(f32x4.add(squares, f32x4.splat(epsilon))));
    storePart(w, end, f32x4.sub(loadPart(w, end), step));
    w += 16;
    s += 16;
    g += 16;
  }
}

/** Four values, zeros from `end` on. */
@inline
function loadPart(at: usize, end: usize): v128 {
  if (at + 16 <= end) return v128.load(at);
  return loadLast(at, end);
}

function loadLast(at: usize, end: usize): v128 {
  let value = v128.load32_zero(at);
  if (at + 8 <= end) value = v128.load32_lane(at, value, 1, 4);
  if (at + 12 <= end) value = v128.load32_lane(at, value, 2, 8);
  return value;
}

@inline
function storePart(at: usize, end: usize, value: v128): void {
  if (at + 16 <= end) v128.store(at, value);
  else storeLast(at, end, value);
}

function storeLast(at: usize, end: usize, value: v128): void {
  v128.store32_lane(at, value, 0);
  if (at + 8 <= end) v128.store32_lane(at, value, 1, 4);
  if (at + 12 <= end) v128.store32_lane(at, value, 2, 8);
}
