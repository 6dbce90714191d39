// Statistics of tensors: what is asked of every layer that is looked at, where its values are. The same sums in the same
// order, and so the same bits, as in kernels/assembly/moments.ts, on any number of threads.
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>

#include "operations.h"

namespace layer_vitals {
namespace {

/** Positions summed at once; their sums stay in the first-level cache. */
constexpr int64_t kBlock = 512;
/** Values in a vector. */
constexpr int64_t kWide = 8;
/** Examples whose sums are loaded and stored once. */
constexpr int64_t kTogether = 4;
/** One example of so many is counted by size. */
constexpr int64_t kSampled = 8;
/** Values that exponent bits take; tables that are counted in, as neighbours often share an exponent. */
constexpr int kExponents = 256;
constexpr int kTables = 4;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/** What is written down, in this order. TensorFlow.js reads no doubles: they cross as pairs of integers. */
struct Moments {
  double mean, variance, across, smallest, largest, zeros, at_low, at_high;
  int32_t exponents[kExponents];
};

struct Rails {
  Rails(TF_OpKernelConstruction* construction, TF_Status* status) {
    TF_OpKernelConstruction_GetAttrFloat(construction, "low", &low, status);
    if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(construction, "high", &high, status);
  }
  bool any() const { return !std::isinf(low) || !std::isinf(high); }

  float low = 0, high = 0;
};

/** What depends on no order. */
struct Counts {
  float smallest = kInfinity, largest = -kInfinity;
  int64_t zeros = 0, at_low = 0, at_high = 0;
  uint32_t exponents[kTables][kExponents] = {};

  void Add(const Counts& other) {
    smallest = std::min(smallest, other.smallest);
    largest = std::max(largest, other.largest);
    zeros += other.zeros;
    at_low += other.at_low;
    at_high += other.at_high;
    for (int t = 0; t < kTables; t++) {
      for (int i = 0; i < kExponents; i++) exponents[t][i] += other.exponents[t][i];
    }
  }
};

/** Of some examples of one block, eight at a time: single precision counts them exactly. */
struct Lanes {
  __m256 smallest = _mm256_set1_ps(kInfinity), largest = _mm256_set1_ps(-kInfinity);
  __m256 zeros = _mm256_setzero_ps(), at_low = _mm256_setzero_ps(), at_high = _mm256_setzero_ps();

  template <bool kIsRailed>
  inline void Note(__m256 v, __m256 low, __m256 high) {
    const __m256 one = _mm256_set1_ps(1);
    smallest = _mm256_min_ps(v, smallest);
    largest = _mm256_max_ps(v, largest);
    zeros = _mm256_add_ps(zeros, _mm256_and_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_EQ_OQ), one));
    if (kIsRailed) {
      at_low = _mm256_add_ps(at_low, _mm256_and_ps(_mm256_cmp_ps(v, low, _CMP_LE_OQ), one));
      at_high = _mm256_add_ps(at_high, _mm256_and_ps(_mm256_cmp_ps(v, high, _CMP_GE_OQ), one));
    }
  }

  void AddTo(Counts& counts) const {
    float lanes[kWide];
    _mm256_storeu_ps(lanes, smallest);
    counts.smallest = std::min(counts.smallest, *std::min_element(lanes, lanes + kWide));
    _mm256_storeu_ps(lanes, largest);
    counts.largest = std::max(counts.largest, *std::max_element(lanes, lanes + kWide));
    counts.zeros += Total(zeros);
    counts.at_low += Total(at_low);
    counts.at_high += Total(at_high);
  }

  static int64_t Total(__m256 counts) {
    float lanes[kWide];
    _mm256_storeu_ps(lanes, counts);
    return static_cast<int64_t>(std::accumulate(lanes, lanes + kWide, 0.0));
  }
};

/** Eight values to eight sums. */
inline void Add(double* sums, __m256 values) {
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), Lower(values)));
  _mm256_storeu_pd(sums + 4, _mm256_add_pd(_mm256_loadu_pd(sums + 4), Upper(values)));
}

/** Zeros are left out: they have the exponent bits of subnormal numbers. */
void CountExponents(const float* values, int64_t count, uint32_t (*tables)[kExponents]) {
  uint32_t zeros = 0;
  for (int64_t i = 0; i < count; i++) zeros += values[i] == 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    tables[i % kTables][bits << 1 >> 24]++;
  }
  tables[0][0] -= zeros;
}

/** Values [examples, positions]. */
struct Table {
  const float* values;
  int64_t examples, positions;
};

/** Of one block of positions: mean, and variance across examples, of each. */
template <bool kIsRailed>
void SumBlock(const Table& table, int64_t from, const Rails& rails, double* levels, double* across, Counts& counts) {
  const __m256 low = _mm256_set1_ps(rails.low), high = _mm256_set1_ps(rails.high);
  const int64_t examples = table.examples, positions = table.positions;
  const int64_t size = std::min(kBlock, positions - from), wide = size - size % kWide, quads = size - size % 4;
  const int64_t together = examples - examples % kTogether;
  const float* start = table.values + from;
  double sums[kBlock] = {}, squares[kBlock] = {};
  Lanes lanes;
  for (int64_t e = 0; e < together; e += kTogether) {
    const float* row = start + e * positions;
    for (int64_t p = 0; p < wide; p += kWide) {
      const __m256 shift = _mm256_loadu_ps(start + p);
      __m256 d[kTogether];
      for (int64_t i = 0; i < kTogether; i++) {
        const __m256 v = _mm256_loadu_ps(row + i * positions + p);
        lanes.Note<kIsRailed>(v, low, high);
        d[i] = _mm256_sub_ps(v, shift);
      }
      Add(sums + p, _mm256_add_ps(_mm256_add_ps(d[0], d[1]), _mm256_add_ps(d[2], d[3])));
      const __m256 left = _mm256_add_ps(_mm256_mul_ps(d[0], d[0]), _mm256_mul_ps(d[1], d[1]));
      const __m256 right = _mm256_add_ps(_mm256_mul_ps(d[2], d[2]), _mm256_mul_ps(d[3], d[3]));
      Add(squares + p, _mm256_add_ps(left, right));
    }
    // Four at a time go as far as here.
    for (int64_t p = wide; p < quads; p++) {
      float d[kTogether];
      for (int64_t i = 0; i < kTogether; i++) d[i] = row[i * positions + p] - start[p];
      const float sum = (d[0] + d[1]) + (d[2] + d[3]);
      const float square = (d[0] * d[0] + d[1] * d[1]) + (d[2] * d[2] + d[3] * d[3]);
      sums[p] += sum;
      squares[p] += square;
    }
  }
  lanes.AddTo(counts);
  for (int64_t e = 0; e < examples; e++) {
    const float* row = start + e * positions;
    if (e % kSampled == 0) CountExponents(row, size, counts.exponents);
    for (int64_t p = e < together ? wide : 0; p < size; p++) {
      const float value = row[p];
      counts.smallest = std::min(counts.smallest, value);
      counts.largest = std::max(counts.largest, value);
      counts.zeros += value == 0;
      counts.at_low += value <= rails.low;
      counts.at_high += value >= rails.high;
      if (e < together && p < quads) continue;
      const float difference = value - start[p], square = difference * difference;
      sums[p] += difference;
      squares[p] += square;
    }
  }
  for (int64_t p = 0; p < size; p++) {
    const double mean = sums[p] / examples, square = squares[p] / examples - mean * mean;
    levels[from + p] = start[p] + mean;
    // Not std::max, which would make 0 of a NaN.
    across[from + p] = square < 0 ? 0 : square;
  }
}

/** Where a value is not finite, the variances are not finite either and nothing else holds. */
Moments MomentsOf(const Table& table, const Rails& rails) {
  const int64_t positions = table.positions;
  const auto sum_block = rails.any() ? SumBlock<true> : SumBlock<false>;
  // Kept from one call to the next: new memory would cost more than what is written into it.
  static thread_local std::vector<double> levels, across;
  if (static_cast<int64_t>(levels.size()) < positions) {
    levels.resize(positions);
    across.resize(positions);
  }
  double *const levels_at = levels.data(), *const across_at = across.data();
  Counts counts;
  std::mutex adding;
  InParallel((positions + kBlock - 1) / kBlock, table.examples * positions, [&](int64_t from, int64_t to) {
    Counts own;
    for (int64_t block = from; block < to; block++) sum_block(table, block * kBlock, rails, levels_at, across_at, own);
    const std::lock_guard<std::mutex> guard(adding);
    counts.Add(own);
  });
  double sum = 0, squares = 0, sum_across = 0;
  for (int64_t p = 0; p < positions; p++) {
    const double level = levels[p] - levels[0];
    sum += level;
    squares += level * level;
    sum_across += across[p];
  }
  const double between = sum / positions, spread = squares / positions - between * between;
  const double within = sum_across / positions;
  Moments result{};
  result.mean = levels[0] + between;
  result.variance = within + (spread < 0 ? 0 : spread);
  result.across = within;
  result.smallest = counts.smallest;
  result.largest = counts.largest;
  result.zeros = static_cast<double>(counts.zeros);
  result.at_low = static_cast<double>(counts.at_low);
  result.at_high = static_cast<double>(counts.at_high);
  for (const auto& exponents : counts.exponents) {
    for (int i = 0; i < kExponents; i++) result.exponents[i] += static_cast<int32_t>(exponents[i]);
  }
  return result;
}

double Total(__m256d lanes) {
  double values[4];
  _mm256_storeu_pd(values, lanes);
  return (values[0] + values[2]) + (values[1] + values[3]);
}

/** Mean and population variance of x - offset, for x [rows, columns]. */
struct Spread {
  double mean, variance;
};

Spread SpreadOf(const float* x, int64_t rows, int64_t columns, const float* offset) {
  const double shift = static_cast<double>(x[0]) - (offset ? offset[0] : 0);
  const int64_t wide = columns - columns % 4;
  const __m256d from = _mm256_set1_pd(shift);
  __m256d sums = _mm256_setzero_pd(), squares = sums;
  double sum = 0, square = 0;
  for (int64_t r = 0; r < rows; r++, x += columns) {
    for (int64_t c = 0; c < wide; c += 4) {
      __m256d a = _mm256_sub_pd(_mm256_cvtps_pd(_mm_loadu_ps(x + c)), from);
      if (offset) a = _mm256_sub_pd(a, _mm256_cvtps_pd(_mm_loadu_ps(offset + c)));
      sums = _mm256_add_pd(sums, a);
      squares = _mm256_add_pd(squares, _mm256_mul_pd(a, a));
    }
    for (int64_t c = wide; c < columns; c++) {
      const double a = x[c] - shift - (offset ? offset[c] : 0);
      sum += a;
      square += a * a;
    }
  }
  const double n = static_cast<double>(rows) * columns;
  const double mean = (sum + Total(sums)) / n, variance = (square + Total(squares)) / n - mean * mean;
  return {shift + mean, variance < 0 ? 0 : variance};
}

/** Columns that are zero in every row. */
int32_t ZeroColumns(const float* x, int64_t rows, int64_t columns) {
  std::vector<int64_t> left(columns);
  std::iota(left.begin(), left.end(), 0);
  // Few are left after a few rows.
  for (int64_t r = 0; r < rows && !left.empty(); r++, x += columns) {
    left.erase(std::remove_if(left.begin(), left.end(), [x](int64_t c) { return x[c] != 0; }), left.end());
  }
  return static_cast<int32_t>(left.size());
}

template <typename Result>
void PutOut(TF_OpKernelContext* context, const Result& result, TF_Status* status) {
  auto* output = NewOutput<int32_t>(context, 0, TF_INT32, {sizeof(Result) / sizeof(int32_t)}, status);
  if (output) std::memcpy(output, &result, sizeof(Result));
}

void ComputeMoments(void* rails, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input x(context, 0, status);
    if (status.ok()) PutOut(context, MomentsOf({x.values(), x.first(), x.size() / x.first()}, *static_cast<Rails*>(rails)), status);
  });
}

void ComputeSpread(void*, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input x(context, 0, status), offset(context, 1, status);
    if (!status.ok()) return;
    const int64_t columns = offset.size() > 0 ? offset.size() : x.size();
    PutOut(context, SpreadOf(x.values(), x.size() / columns, columns, offset.size() > 0 ? offset.values() : nullptr), status);
  });
}

void ComputeZeroColumns(void*, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input x(context, 0, status);
    if (status.ok()) PutOut(context, ZeroColumns(x.values(), x.size() / x.last(), x.last()), status);
  });
}

}  // namespace

std::vector<Operation> MomentsOperations() {
  return {
      {"LayerVitalsMoments", {"x: float"}, {"moments: int32"}, {"low: float", "high: float"}, Create<Rails>, ComputeMoments, Destroy<Rails>},
      {"LayerVitalsSpread", {"x: float", "offset: float"}, {"spread: int32"}, {}, nullptr, ComputeSpread, nullptr},
      {"LayerVitalsZeroColumns", {"x: float"}, {"columns: int32"}, {}, nullptr, ComputeZeroColumns, nullptr},
  };
}

}  // namespace layer_vitals
