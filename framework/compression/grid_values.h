// What a candidate space lists, for granularities and transforms to choose from what they enumerate.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/compression/parameters.h"

namespace adagrain {

struct GridValues {
  // Parameter -> its values, as the space lists them.
  std::map<std::string, std::vector<double>, std::less<>> listed;
  int steps_per_octave = 0;  // of absolute steps 2^(k / steps_per_octave); 0: the space has none
  double weight_rms = 0;     // of the layer that candidates are for, units of its weights

  // Empty when the space does not list the parameter.
  std::vector<double> of(std::string_view parameter) const;
};

// `parameters` with one of them set.
Parameters with(Parameters parameters, std::string_view name, double value);
// Every setting with every value.
std::vector<Parameters> with_each(const std::vector<Parameters>& settings, std::string_view name,
                                  const std::vector<double>& values);

}  // namespace adagrain
