// The second moments of a layer's inputs, as error compensation wants them.
#pragma once

#include <cstdint>
#include <vector>

namespace adagrain {

// With H = E[x x^T] + damping over the inputs x that a row of the weight matrix is multiplied with (a
// convolution's are its unfolded patches), columns put in `order`: H^-1 = U^T U with U upper triangular
// (Frantar et al., GPTQ, 2022). Rows of one group see the same inputs: rows / groups consecutive ones.
struct InputFactor {
  std::int64_t columns = 0;
  std::int64_t groups = 1;
  std::vector<std::uint32_t> order;  // [group][column]: the columns, first decided first
  std::vector<float> upper;          // [group][column][column], row-major; zeros below the diagonal
  std::vector<double> power;         // [group]: trace of E[x x^T], undamped

  const std::uint32_t* group_order(std::int64_t group) const { return order.data() + group * columns; }
  const float* group_upper(std::int64_t group) const { return upper.data() + group * columns * columns; }
};

}  // namespace adagrain
