// Finding one's way in a checkpoint.
#pragma once

#include <algorithm>
#include <string_view>

#include "framework/core/tensor.h"

namespace adagrain {

// What batch norms add to the variance: LibTorch's default, which every network here keeps.
constexpr double kBatchNormEpsilon = 1e-5;

// The tensor of that name; nullptr when there is none. The checkpoint must outlive the pointer.
inline const Tensor* find_tensor(const Checkpoint& checkpoint, std::string_view name) {
  const auto found = std::find_if(checkpoint.begin(), checkpoint.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  return found != checkpoint.end() ? &*found : nullptr;
}

inline Tensor* find_tensor(Checkpoint& checkpoint, std::string_view name) {
  return const_cast<Tensor*>(find_tensor(static_cast<const Checkpoint&>(checkpoint), name));
}

}  // namespace adagrain
