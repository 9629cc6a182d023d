// How tensors without a candidate are stored: biases, norms, buffers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/core/bytes.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Bytes of one value of a tensor that is stored uncoded.
inline std::uint64_t raw_element_bytes(TensorEncoding encoding) {
  return encoding == TensorEncoding::float32 ? 4 : 2;
}

struct StoredTensor {
  TensorEncoding encoding = TensorEncoding::float32;
  Bytes payload;
};

// The smallest encoding that the rule allows for this tensor:
//   float32    bit-exact.
//   float16    unless it would lose what the tensor is for: a value that is not finite or beyond 65504,
//              counters (all values integers) that are not exact, a variance ("running_var") below the least
//              normal half 2^-14: these stay float32.
//   quantized  [quantize] or [quantize, ans] at 8 bits with one step, symmetric or not, where that is smaller
//              than the float16 rule's answer and no value moves by more than 1/256 of the range max - min;
//              never a variance, whose smallest values matter most.
StoredTensor store_small_tensor(const Tensor& tensor, SmallTensorRule rule);

// The values of a float32 or float16 payload; its size has been checked against the tensor's.
std::vector<float> decode_raw(TensorEncoding encoding, std::span<const std::uint8_t> payload);

}  // namespace adagrain
