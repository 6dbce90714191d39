// The gradient of a depthwise convolution by its filter, which takes TensorFlow as long as all its other depthwise kernels
// together.
#include "operations.h"

namespace layer_vitals {
namespace {

/** Channels whose sums stay in registers. */
constexpr int64_t kChannels = 16;
constexpr int64_t kWide = 8;
/** Largest window, in taps of a row. */
constexpr int64_t kMostTaps = 7;
/** Products that are summed in single precision before they go to the whole. */
constexpr int64_t kTogether = 256;

struct Window {
  Window(TF_OpKernelConstruction* construction, TF_Status* status) {
    const auto read = [&](const char* name) {
      int32_t value = 0;
      if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status);
      return static_cast<int64_t>(value);
    };
    high = read("high");
    wide = read("wide");
    stride_high = read("stride_high");
    stride_wide = read("stride_wide");
    top = read("top");
    left = read("left");
  }
  int64_t high, wide, stride_high, stride_wide, top, left;
};

/** x [images, height, width, channels] and dy [images, rows, columns, channels]. */
struct Images {
  const float *x, *dy;
  int64_t images, height, width, rows, columns, channels;
};

/** Products of one row of errors and one row of inputs, by the taps of one row of the window, for 16 channels. */
template <int64_t kTaps>
void AddRow(const Window& window, const Images& images, const float* dy, const float* x, float* sums) {
  const int64_t channels = images.channels;
  __m256 low[kTaps], high[kTaps];
  for (int64_t k = 0; k < kTaps; k++) {
    low[k] = _mm256_loadu_ps(sums + k * kChannels);
    high[k] = _mm256_loadu_ps(sums + k * kChannels + kWide);
  }
  for (int64_t column = 0; column < images.columns; column++) {
    const float* error = dy + column * channels;
    const __m256 a = _mm256_loadu_ps(error), b = _mm256_loadu_ps(error + kWide);
    const int64_t first = column * window.stride_wide - window.left;
    const float* in = x + first * channels;
    const bool inside = first >= 0 && first + kTaps <= images.width;
    for (int64_t k = 0; k < kTaps; k++) {
      if (!inside && (first + k < 0 || first + k >= images.width)) continue;
      low[k] = _mm256_add_ps(low[k], _mm256_mul_ps(a, _mm256_loadu_ps(in + k * channels)));
      high[k] = _mm256_add_ps(high[k], _mm256_mul_ps(b, _mm256_loadu_ps(in + k * channels + kWide)));
    }
  }
  for (int64_t k = 0; k < kTaps; k++) {
    _mm256_storeu_ps(sums + k * kChannels, low[k]);
    _mm256_storeu_ps(sums + k * kChannels + kWide, high[k]);
  }
}

using AddRowOf = void (*)(const Window&, const Images&, const float*, const float*, float*);
constexpr AddRowOf kAddRow[] = {nullptr, AddRow<1>, AddRow<2>, AddRow<3>, AddRow<4>, AddRow<5>, AddRow<6>, AddRow<7>};

/** For 16 channels from `channel` on. */
void SumChannels(const Window& window, const Images& images, int64_t channel, double* totals) {
  const int64_t taps = window.high * window.wide;
  std::vector<float> sums(taps * kChannels);
  int64_t summed = 0;
  const auto flush = [&] {
    for (int64_t i = 0; i < taps * kChannels; i++) totals[i] += sums[i];
    std::fill(sums.begin(), sums.end(), 0.0f);
    summed = 0;
  };
  for (int64_t image = 0; image < images.images; image++) {
    for (int64_t row = 0; row < images.rows; row++) {
      const float* dy = images.dy + (image * images.rows + row) * images.columns * images.channels + channel;
      for (int64_t r = 0; r < window.high; r++) {
        const int64_t y = row * window.stride_high - window.top + r;
        if (y < 0 || y >= images.height) continue;
        const float* x = images.x + (image * images.height + y) * images.width * images.channels + channel;
        kAddRow[window.wide](window, images, dy, x, &sums[r * window.wide * kChannels]);
      }
      summed += images.columns;
      if (summed >= kTogether) flush();
    }
  }
  flush();
}

/** @param gradient [high, wide, channels, 1] */
void FilterGradient(const Window& window, const Images& images, float* gradient) {
  const int64_t taps = window.high * window.wide;
  InParallel(images.channels / kChannels, images.images * images.height * images.width * images.channels, [&](int64_t from, int64_t to) {
    std::vector<double> totals(taps * kChannels);
    for (int64_t block = from; block < to; block++) {
      std::fill(totals.begin(), totals.end(), 0.0);
      SumChannels(window, images, block * kChannels, totals.data());
      for (int64_t tap = 0; tap < taps; tap++) {
        float* out = gradient + tap * images.channels + block * kChannels;
        for (int64_t c = 0; c < kChannels; c++) out[c] = static_cast<float>(totals[tap * kChannels + c]);
      }
    }
  });
}

void Compute(void* attributes, TF_OpKernelContext* context) {
  Run(context, [&](const Status& status) {
    const Input x(context, 0, status), dy(context, 1, status);
    if (!status.ok()) return;
    const Window& window = *static_cast<Window*>(attributes);
    const Images images{x.values(), dy.values(), x.side(0), x.side(1), x.side(2), dy.side(1), dy.side(2), x.side(3)};
    if (window.wide > kMostTaps || images.channels % kChannels != 0) {
      TF_SetStatus(status, TF_UNIMPLEMENTED, "At most 7 taps wide, and a multiple of 16 channels.");
      return;
    }
    auto* gradient = NewOutput<float>(context, 0, TF_FLOAT, {window.high, window.wide, images.channels, 1}, status);
    if (gradient) FilterGradient(window, images, gradient);
  });
}

}  // namespace

std::vector<Operation> DepthwiseOperations() {
  return {{"LayerVitalsDepthwiseFilterGrad", {"x: float", "dy: float"}, {"gradient: float"}, {"high: int", "wide: int", "stride_high: int", "stride_wide: int", "top: int", "left: int"}, Create<Window>, Compute, Destroy<Window>}};
}

}  // namespace layer_vitals
