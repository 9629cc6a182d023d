// From the second moments of a layer's inputs to the factor that error compensation uses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/compression/input_factor.h"

namespace adagrain {

struct InputMoments {
  std::int64_t columns = 0;
  std::int64_t groups = 1;
  std::vector<double> values;  // [group][column][column], row-major: E[x x^T], symmetric
};

// Columns go by falling E[x_j^2], equal ones in their own order: what matters most is decided while all
// others can still make up for it (GPTQ's act-order). `damping` times the mean of the diagonal is added to
// the diagonal, so that inputs that always move together, or never, leave H invertible. Throws DataError
// naming `layer` when the moments are not finite or, damped, not positive definite. One thread.
InputFactor factorize(const InputMoments& moments, double damping, const std::string& layer);

}  // namespace adagrain
