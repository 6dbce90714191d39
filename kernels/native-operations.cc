// Statistics of tensors as operations of TensorFlow: what layer-vitals asks of every layer that it looks at, computed
// where the values are, instead of copying them out. Loaded by Node beside the addon of tfjs-node, whose libtensorflow
// it registers them with.
//
// Sums are those of kernels/assembly/moments.ts: in double precision, in an order that no number of threads changes.
#include <immintrin.h>
#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Of tensorflow/c/kernels.h, which includes more of TensorFlow than is installed with its C API.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder*, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float* value, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int index, TF_DataType, const int64_t* sides, int rank, size_t bytes, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

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

/** What is written down, in this order. TensorFlow.js reads no doubles: they cross as pairs of integers. */
struct Moments {
  double mean, variance, across, smallest, largest, zeros, at_low, at_high;
  int32_t exponents[kExponents];
};

struct Rails {
  float low, high;
};

/** Of all values so far, eight at a time. */
struct Extremes {
  __m256 smallest = _mm256_set1_ps(std::numeric_limits<float>::infinity());
  __m256 largest = _mm256_set1_ps(-std::numeric_limits<float>::infinity());
};

/** Within one block, where single precision counts exactly. */
struct Counts {
  __m256 zeros = _mm256_setzero_ps(), at_low = _mm256_setzero_ps(), at_high = _mm256_setzero_ps();
};

double Total(__m256 lanes) {
  float values[kWide];
  _mm256_storeu_ps(values, lanes);
  return std::accumulate(values, values + kWide, 0.0);
}

double Total(__m256d lanes) {
  double values[4];
  _mm256_storeu_pd(values, lanes);
  return (values[0] + values[2]) + (values[1] + values[3]);
}

inline __m256d Lower(__m256 v) { return _mm256_cvtps_pd(_mm256_castps256_ps128(v)); }
inline __m256d Upper(__m256 v) { return _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)); }

template <bool kIsRailed>
inline void Note(__m256 v, __m256 low, __m256 high, Extremes& extremes, Counts& counts) {
  const __m256 one = _mm256_set1_ps(1);
  extremes.smallest = _mm256_min_ps(v, extremes.smallest);
  extremes.largest = _mm256_max_ps(v, extremes.largest);
  counts.zeros = _mm256_add_ps(counts.zeros, _mm256_and_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_EQ_OQ), one));
  if (kIsRailed) {
    counts.at_low = _mm256_add_ps(counts.at_low, _mm256_and_ps(_mm256_cmp_ps(v, low, _CMP_LE_OQ), one));
    counts.at_high = _mm256_add_ps(counts.at_high, _mm256_and_ps(_mm256_cmp_ps(v, high, _CMP_GE_OQ), one));
  }
}

inline void AddFour(double* sums, double* squares, __m256d a, __m256d b, __m256d c, __m256d d) {
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), _mm256_add_pd(_mm256_add_pd(a, b), _mm256_add_pd(c, d))));
  const __m256d left = _mm256_add_pd(_mm256_mul_pd(a, a), _mm256_mul_pd(b, b));
  const __m256d right = _mm256_add_pd(_mm256_mul_pd(c, c), _mm256_mul_pd(d, d));
  _mm256_storeu_pd(squares, _mm256_add_pd(_mm256_loadu_pd(squares), _mm256_add_pd(left, right)));
}

/** Zeros are left out. */
void CountExponents(const float* values, int64_t count, uint32_t (*tables)[kExponents]) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    bits <<= 1;
    tables[i % kTables][bits >> 24] += bits != 0;
  }
}

/** Where a value is not finite, the variances are not finite either and nothing else holds. */
template <bool kIsRailed>
Moments MomentsOf(const float* values, int64_t examples, int64_t positions, Rails rails) {
  const __m256 low = _mm256_set1_ps(rails.low), high = _mm256_set1_ps(rails.high);
  const int64_t together = examples - examples % kTogether;
  Moments result{};
  uint32_t tables[kTables][kExponents] = {};
  Extremes extremes;
  float smallest = std::numeric_limits<float>::infinity(), largest = -smallest;
  double first = 0, mean_sum = 0, mean_squares = 0;
  for (int64_t from = 0; from < positions; from += kBlock) {
    const int64_t size = std::min(kBlock, positions - from);
    const int64_t wide = size - size % kWide;
    const float* start = values + from;
    double sums[kBlock] = {}, squares[kBlock] = {};
    Counts counts;
    for (int64_t e = 0; e < together; e += kTogether) {
      const float* row = start + e * positions;
      for (int64_t p = 0; p < wide; p += kWide) {
        const __m256 shift = _mm256_loadu_ps(start + p);
        __m256 d[kTogether];
        for (int64_t i = 0; i < kTogether; i++) {
          const __m256 v = _mm256_loadu_ps(row + i * positions + p);
          Note<kIsRailed>(v, low, high, extremes, counts);
          d[i] = _mm256_sub_ps(v, shift);
        }
        AddFour(sums + p, squares + p, Lower(d[0]), Lower(d[1]), Lower(d[2]), Lower(d[3]));
        AddFour(sums + p + 4, squares + p + 4, Upper(d[0]), Upper(d[1]), Upper(d[2]), Upper(d[3]));
      }
    }
    result.zeros += Total(counts.zeros);
    result.at_low += Total(counts.at_low);
    result.at_high += Total(counts.at_high);
    for (int64_t e = 0; e < examples; e++) {
      const float* row = start + e * positions;
      if (e % kSampled == 0) CountExponents(row, size, tables);
      for (int64_t p = e < together ? wide : 0; p < size; p++) {
        const float value = row[p];
        const double difference = value - start[p];
        smallest = std::min(smallest, value);
        largest = std::max(largest, value);
        result.zeros += value == 0;
        result.at_low += value <= rails.low;
        result.at_high += value >= rails.high;
        sums[p] += difference;
        squares[p] += difference * difference;
      }
    }
    for (int64_t p = 0; p < size; p++) {
      const double mean = sums[p] / examples;
      const double level = start[p] + mean;
      if (from == 0 && p == 0) first = level;
      mean_sum += level - first;
      mean_squares += (level - first) * (level - first);
      // Not std::max, which would make 0 of a NaN.
      const double across = squares[p] / examples - mean * mean;
      result.across += across < 0 ? 0 : across;
    }
  }
  float lanes[kWide];
  _mm256_storeu_ps(lanes, extremes.smallest);
  result.smallest = std::min(smallest, *std::min_element(lanes, lanes + kWide));
  _mm256_storeu_ps(lanes, extremes.largest);
  result.largest = std::max(largest, *std::max_element(lanes, lanes + kWide));
  const double between = mean_sum / positions;
  const double spread = mean_squares / positions - between * between;
  result.mean = first + between;
  result.across /= positions;
  result.variance = result.across + (spread < 0 ? 0 : spread);
  for (const auto& table : tables) {
    for (int i = 0; i < kExponents; i++) result.exponents[i] += table[i];
  }
  return result;
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
  sum += Total(sums);
  square += Total(squares);
  const double n = static_cast<double>(rows) * columns;
  const double mean = sum / n, variance = square / n - mean * mean;
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

/** One input of an operation. */
class Input {
 public:
  Input(TF_OpKernelContext* context, int index, TF_Status* status) { TF_GetInput(context, index, &tensor_, status); }
  ~Input() { TF_DeleteTensor(tensor_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const float* values() const { return static_cast<const float*>(TF_TensorData(tensor_)); }
  int64_t size() const { return TF_TensorElementCount(tensor_); }
  int64_t first() const { return TF_NumDims(tensor_) == 0 ? 1 : TF_Dim(tensor_, 0); }
  int64_t last() const { return TF_NumDims(tensor_) == 0 ? 1 : TF_Dim(tensor_, TF_NumDims(tensor_) - 1); }

 private:
  TF_Tensor* tensor_ = nullptr;
};

template <typename Result>
void PutOut(TF_OpKernelContext* context, const Result& result, TF_Status* status) {
  const int64_t integers = sizeof(Result) / sizeof(int32_t);
  TF_Tensor* output = TF_AllocateOutput(context, 0, TF_INT32, &integers, 1, sizeof(Result), status);
  if (TF_GetCode(status) == TF_OK) std::memcpy(TF_TensorData(output), &result, sizeof(Result));
  if (output) TF_DeleteTensor(output);
}

/** Runs `compute`; an error that it meets is that of the operation. */
template <typename Compute>
void Run(TF_OpKernelContext* context, Compute compute) {
  TF_Status* status = TF_NewStatus();
  compute(status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelContext_Failure(context, status);
  TF_DeleteStatus(status);
}

void ComputeMoments(void* rails, TF_OpKernelContext* context) {
  Run(context, [&](TF_Status* status) {
    const Input x(context, 0, status);
    if (TF_GetCode(status) != TF_OK) return;
    const Rails given = *static_cast<Rails*>(rails);
    const bool is_railed = !std::isinf(given.low) || !std::isinf(given.high);
    PutOut(context, (is_railed ? MomentsOf<true> : MomentsOf<false>)(x.values(), x.first(), x.size() / x.first(), given), status);
  });
}

void ComputeSpread(void*, TF_OpKernelContext* context) {
  Run(context, [&](TF_Status* status) {
    const Input x(context, 0, status), offset(context, 1, status);
    if (TF_GetCode(status) != TF_OK) return;
    const int64_t columns = offset.size() > 0 ? offset.size() : x.size();
    PutOut(context, SpreadOf(x.values(), x.size() / columns, columns, offset.size() > 0 ? offset.values() : nullptr), status);
  });
}

void ComputeZeroColumns(void*, TF_OpKernelContext* context) {
  Run(context, [&](TF_Status* status) {
    const Input x(context, 0, status);
    if (TF_GetCode(status) != TF_OK) return;
    PutOut(context, ZeroColumns(x.values(), x.size() / x.last(), x.last()), status);
  });
}

void* CreateRails(TF_OpKernelConstruction* construction) {
  TF_Status* status = TF_NewStatus();
  auto* rails = new Rails;
  TF_OpKernelConstruction_GetAttrFloat(construction, "low", &rails->low, status);
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(construction, "high", &rails->high, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return rails;
}

void DeleteRails(void* rails) { delete static_cast<Rails*>(rails); }

void AnyShape(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

struct Operation {
  const char* name;
  std::vector<const char*> inputs, attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

void Register(const Operation& operation, TF_Status* status) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderAddOutput(definition, "result: int32");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, AnyShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) != TF_OK) return;
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(operation.name, "CPU", operation.create, operation.compute, operation.destroy);
  TF_RegisterKernelBuilder(operation.name, kernel, status);
}

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> operations = {
      {"LayerVitalsMoments", {"x: float"}, {"low: float", "high: float"}, CreateRails, ComputeMoments, DeleteRails},
      {"LayerVitalsSpread", {"x: float", "offset: float"}, {}, nullptr, ComputeSpread, nullptr},
      {"LayerVitalsZeroColumns", {"x: float"}, {}, nullptr, ComputeZeroColumns, nullptr},
  };
  return operations;
}

/** Once in a process, whichever threads of Node load this. */
const char* RegisterOperations() {
  static const char* const fault = [] () -> const char* {
    TF_Status* status = TF_NewStatus();
    for (const Operation& operation : Operations()) {
      Register(operation, status);
      if (TF_GetCode(status) != TF_OK) return TF_Message(status);
    }
    TF_DeleteStatus(status);
    return nullptr;
  }();
  return fault;
}

}  // namespace

NAPI_MODULE_INIT() {
  if (const char* fault = RegisterOperations()) napi_throw_error(env, nullptr, fault);
  return exports;
}
