// What the operations share: how they are made known to TensorFlow, read their inputs and divide their work.
#ifndef LAYER_VITALS_OPERATIONS_H_
#define LAYER_VITALS_OPERATIONS_H_

#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <system_error>
#include <thread>
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
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction*, const char* name, int32_t* value, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int index, TF_DataType, const int64_t* sides, int rank, size_t bytes, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

namespace layer_vitals {

/** A status of TensorFlow. */
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  operator TF_Status*() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status* status_;
};

/** One input of an operation; it may only be read where the status is right. */
class Input {
 public:
  Input(TF_OpKernelContext* context, int index, TF_Status* status) { TF_GetInput(context, index, &tensor_, status); }
  ~Input() {
    if (tensor_) TF_DeleteTensor(tensor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const float* values() const { return static_cast<const float*>(TF_TensorData(tensor_)); }
  int64_t size() const { return TF_TensorElementCount(tensor_); }
  int64_t rank() const { return TF_NumDims(tensor_); }
  int64_t side(int64_t axis) const { return TF_Dim(tensor_, static_cast<int>(axis)); }
  int64_t first() const { return rank() == 0 ? 1 : side(0); }
  int64_t last() const { return rank() == 0 ? 1 : side(rank() - 1); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> sides(rank());
    for (int64_t axis = 0; axis < rank(); axis++) sides[axis] = side(axis);
    return sides;
  }

 private:
  TF_Tensor* tensor_ = nullptr;
};

/** An output of an operation, to be filled. Null where there was no memory for it. */
template <typename Value>
Value* NewOutput(TF_OpKernelContext* context, int index, TF_DataType type, const std::vector<int64_t>& shape, TF_Status* status) {
  int64_t size = 1;
  for (int64_t side : shape) size *= side;
  TF_Tensor* output = TF_AllocateOutput(context, index, type, shape.data(), static_cast<int>(shape.size()), size * sizeof(Value), status);
  if (!output) return nullptr;
  auto* values = static_cast<Value*>(TF_TensorData(output));
  // The context holds on to its memory.
  TF_DeleteTensor(output);
  return values;
}

/** Runs `compute(status)`; an error that it meets is that of the operation. */
template <typename Compute>
void Run(TF_OpKernelContext* context, Compute compute) {
  Status status;
  compute(status);
  if (!status.ok()) TF_OpKernelContext_Failure(context, status);
}

/** Makes what an operation knows of its attributes: a class that reads them from its construction. */
template <typename Attributes>
void* Create(TF_OpKernelConstruction* construction) {
  Status status;
  auto* attributes = new Attributes(construction, status);
  if (!status.ok()) TF_OpKernelConstruction_Failure(construction, status);
  return attributes;
}

template <typename Attributes>
void Destroy(void* attributes) {
  delete static_cast<Attributes*>(attributes);
}

/** What TensorFlow is told of an operation. */
struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

std::vector<Operation> MomentsOperations();
std::vector<Operation> BatchNormOperations();
std::vector<Operation> DepthwiseOperations();

/** Values from which a second thread is worth its start. */
constexpr int64_t kWorthThread = 1 << 20;

/** Threads that TensorFlow computes an operation on. */
inline int64_t Threads() {
  static const int64_t threads = [] {
    const char* given = std::getenv("TF_NUM_INTRAOP_THREADS");
    return std::max<int64_t>(1, given ? std::atoi(given) : 1);
  }();
  return threads;
}

/**
 * Divides 0 to `count` between threads. What a part computes must not depend on where it begins.
 *
 * @param values that are read in all
 */
inline void InParallel(int64_t count, int64_t values, const std::function<void(int64_t from, int64_t to)>& part) {
  const int64_t threads = values < kWorthThread ? 1 : std::min(Threads(), count);
  std::vector<std::thread> others;
  for (int64_t t = 1; t < threads; t++) {
    const int64_t from = count * t / threads, to = count * (t + 1) / threads;
    try {
      others.emplace_back(part, from, to);
    } catch (const std::system_error&) {
      part(from, to);
    }
  }
  part(0, count / threads);
  for (std::thread& other : others) other.join();
}

inline __m256d Lower(__m256 v) { return _mm256_cvtps_pd(_mm256_castps256_ps128(v)); }
inline __m256d Upper(__m256 v) { return _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)); }

}  // namespace layer_vitals

#endif
