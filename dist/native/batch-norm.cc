// Batch normalization in training, two passes over the values forward and two back. Sums are in double precision, which
// TensorFlow's own are not, and do not depend on the number of threads.
#include <cmath>

#include "operations.h"

namespace layer_vitals {
namespace {

/** Values in a vector. */
constexpr int64_t kWide = 8;
/** Rows that are summed in single precision before they go to the whole. */
constexpr int64_t kRows = 16;
/** Parts in which rows are summed, at most. */
constexpr int64_t kMostParts = 64;

struct Epsilon {
  Epsilon(TF_OpKernelConstruction* construction, TF_Status* status) { TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &value, status); }
  float value = 0;
};

/** Two sums for each column. */
struct Sums {
  std::vector<double> first, second;
};

/**
 * Sums two terms of each value over all rows.
 *
 * @param terms gives both for the eight columns, or the one, at a place
 */
template <typename Terms>
Sums SumColumns(int64_t rows, int64_t columns, const Terms& terms) {
  const int64_t at_least = (rows + kMostParts - 1) / kMostParts;
  const int64_t part_rows = (at_least + kRows - 1) / kRows * kRows, parts = (rows + part_rows - 1) / part_rows;
  const int64_t wide = columns - columns % kWide;
  std::vector<double> sums(2 * parts * columns);
  InParallel(parts, rows * columns, [&](int64_t from, int64_t to) {
    for (int64_t part = from; part < to; part++) {
      double *const first = &sums[2 * part * columns], *const second = first + columns;
      const int64_t end = std::min(rows, (part + 1) * part_rows);
      for (int64_t start = part * part_rows; start < end; start += kRows) {
        const int64_t stop = std::min(end, start + kRows);
        for (int64_t c = 0; c < wide; c += kWide) {
          __m256 a = _mm256_setzero_ps(), b = _mm256_setzero_ps();
          for (int64_t r = start; r < stop; r++) terms.Add(r * columns + c, c, a, b);
          _mm256_storeu_pd(first + c, _mm256_add_pd(_mm256_loadu_pd(first + c), Lower(a)));
          _mm256_storeu_pd(first + c + 4, _mm256_add_pd(_mm256_loadu_pd(first + c + 4), Upper(a)));
          _mm256_storeu_pd(second + c, _mm256_add_pd(_mm256_loadu_pd(second + c), Lower(b)));
          _mm256_storeu_pd(second + c + 4, _mm256_add_pd(_mm256_loadu_pd(second + c + 4), Upper(b)));
        }
        for (int64_t c = wide; c < columns; c++) {
          for (int64_t r = start; r < stop; r++) terms.Add(r * columns + c, c, first[c], second[c]);
        }
      }
    }
  });
  Sums total{std::vector<double>(columns), std::vector<double>(columns)};
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t c = 0; c < columns; c++) {
      total.first[c] += sums[2 * part * columns + c];
      total.second[c] += sums[(2 * part + 1) * columns + c];
    }
  }
  return total;
}

/** x - shift, and its square. */
struct Differences {
  const float *x, *shift;

  void Add(int64_t at, int64_t column, __m256& sum, __m256& square) const {
    const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(x + at), _mm256_loadu_ps(shift + column));
    sum = _mm256_add_ps(sum, d);
    square = _mm256_add_ps(square, _mm256_mul_ps(d, d));
  }
  void Add(int64_t at, int64_t column, double& sum, double& square) const {
    const double d = x[at] - shift[column];
    sum += d;
    square += d * d;
  }
};

/** dy, and dy (x - mean). */
struct Errors {
  const float *dy, *x, *mean;

  void Add(int64_t at, int64_t column, __m256& error, __m256& product) const {
    const __m256 e = _mm256_loadu_ps(dy + at);
    error = _mm256_add_ps(error, e);
    product = _mm256_add_ps(product, _mm256_mul_ps(e, _mm256_sub_ps(_mm256_loadu_ps(x + at), _mm256_loadu_ps(mean + column))));
  }
  void Add(int64_t at, int64_t column, double& error, double& product) const {
    error += dy[at];
    product += static_cast<double>(dy[at]) * (x[at] - mean[column]);
  }
};

void Forward(const float* x, const float* scale, const float* offset, int64_t rows, int64_t columns, double epsilon, float* y, float* mean, float* variance) {
  const Sums sums = SumColumns(rows, columns, Differences{x, x});
  std::vector<float> factor(columns);
  for (int64_t c = 0; c < columns; c++) {
    const double shift = sums.first[c] / rows, square = sums.second[c] / rows - shift * shift;
    mean[c] = static_cast<float>(x[c] + shift);
    variance[c] = static_cast<float>(square < 0 ? 0 : square);
    factor[c] = static_cast<float>(scale[c] / std::sqrt(variance[c] + epsilon));
  }
  InParallel(rows, rows * columns, [&, columns](int64_t from, int64_t to) {
    const int64_t wide = columns - columns % kWide;
    for (int64_t r = from; r < to; r++) {
      const float* in = x + r * columns;
      float* out = y + r * columns;
      for (int64_t c = 0; c < wide; c += kWide) {
        const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(in + c), _mm256_loadu_ps(mean + c));
        _mm256_storeu_ps(out + c, _mm256_add_ps(_mm256_mul_ps(d, _mm256_loadu_ps(&factor[c])), _mm256_loadu_ps(offset + c)));
      }
      for (int64_t c = wide; c < columns; c++) out[c] = (in[c] - mean[c]) * factor[c] + offset[c];
    }
  });
}

/** Ioffe and Szegedy 2015, arXiv:1502.03167, section 3. */
void Back(const float* dy, const float* x, const float* scale, const float* mean, const float* variance, int64_t rows, int64_t columns, double epsilon, float* dx, float* dscale, float* doffset) {
  const Sums sums = SumColumns(rows, columns, Errors{dy, x, mean});
  std::vector<float> factor(columns), slope(columns), level(columns);
  for (int64_t c = 0; c < columns; c++) {
    const double inverse = 1 / std::sqrt(variance[c] + epsilon);
    dscale[c] = static_cast<float>(inverse * sums.second[c]);
    doffset[c] = static_cast<float>(sums.first[c]);
    factor[c] = static_cast<float>(scale[c] * inverse);
    slope[c] = static_cast<float>(-scale[c] * inverse * inverse * inverse * sums.second[c] / rows);
    level[c] = static_cast<float>(-scale[c] * inverse * sums.first[c] / rows);
  }
  InParallel(rows, 2 * rows * columns, [&, columns](int64_t from, int64_t to) {
    const int64_t wide = columns - columns % kWide;
    for (int64_t r = from; r < to; r++) {
      const float *error = dy + r * columns, *in = x + r * columns;
      float* out = dx + r * columns;
      for (int64_t c = 0; c < wide; c += kWide) {
        const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(in + c), _mm256_loadu_ps(mean + c));
        const __m256 pull = _mm256_add_ps(_mm256_mul_ps(d, _mm256_loadu_ps(&slope[c])), _mm256_loadu_ps(&level[c]));
        _mm256_storeu_ps(out + c, _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(error + c), _mm256_loadu_ps(&factor[c])), pull));
      }
      for (int64_t c = wide; c < columns; c++) out[c] = error[c] * factor[c] + ((in[c] - mean[c]) * slope[c] + level[c]);
    }
  });
}

void ComputeForward(void* epsilon, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input x(context, 0, status), scale(context, 1, status), offset(context, 2, status);
    if (!status.ok()) return;
    const int64_t columns = x.last();
    auto* y = NewOutput<float>(context, 0, TF_FLOAT, x.shape(), status);
    auto* mean = NewOutput<float>(context, 1, TF_FLOAT, {columns}, status);
    auto* variance = NewOutput<float>(context, 2, TF_FLOAT, {columns}, status);
    if (y && mean && variance) Forward(x.values(), scale.values(), offset.values(), x.size() / columns, columns, static_cast<Epsilon*>(epsilon)->value, y, mean, variance);
  });
}

void ComputeBack(void* epsilon, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input dy(context, 0, status), x(context, 1, status), scale(context, 2, status), mean(context, 3, status), variance(context, 4, status);
    if (!status.ok()) return;
    const int64_t columns = x.last();
    auto* dx = NewOutput<float>(context, 0, TF_FLOAT, x.shape(), status);
    auto* dscale = NewOutput<float>(context, 1, TF_FLOAT, {columns}, status);
    auto* doffset = NewOutput<float>(context, 2, TF_FLOAT, {columns}, status);
    if (dx && dscale && doffset) {
      Back(dy.values(), x.values(), scale.values(), mean.values(), variance.values(), x.size() / columns, columns, static_cast<Epsilon*>(epsilon)->value, dx, dscale, doffset);
    }
  });
}

}  // namespace

std::vector<Operation> BatchNormOperations() {
  return {
      {"LayerVitalsBatchNorm", {"x: float", "scale: float", "offset: float"}, {"y: float", "mean: float", "variance: float"}, {"epsilon: float"}, Create<Epsilon>, ComputeForward, Destroy<Epsilon>},
      {"LayerVitalsBatchNormGrad", {"dy: float", "x: float", "scale: float", "mean: float", "variance: float"}, {"dx: float", "dscale: float", "doffset: float"}, {"epsilon: float"}, Create<Epsilon>, ComputeBack, Destroy<Epsilon>},
  };
}

}  // namespace layer_vitals
