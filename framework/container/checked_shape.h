// Shapes from untrusted files: counted without overflow before anything is allocated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "framework/core/error.h"
#include "framework/core/tensor.h"

namespace adagrain {

inline constexpr std::size_t kMaximumDimensions = 16;
inline constexpr std::uint64_t kMaximumElements = std::uint64_t{1} << 48;

// Appends `dimension` to `shape`. Throws DataError when the product of all non-zero dimensions passes 2^48:
// an empty tensor must not hide a product that overflows in another order. `where` opens the text.
inline void append_dimension(Shape& shape, std::uint64_t dimension, std::string_view where) {
  require<DataError>(shape.size() < kMaximumDimensions, "{}: more than {} dimensions", where,
                     kMaximumDimensions);
  std::uint64_t product = 1;
  for (const std::int64_t given : shape)
    product *= static_cast<std::uint64_t>(std::max<std::int64_t>(given, 1));
  require<DataError>(dimension <= kMaximumElements / product, "{}: a shape beyond 2^48 elements", where);
  shape.push_back(static_cast<std::int64_t>(dimension));
}

}  // namespace adagrain
