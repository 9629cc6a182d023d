#include "framework/compression/grid_values.h"

namespace adagrain {

std::vector<double> GridValues::of(std::string_view parameter) const {
  const auto found = listed.find(parameter);
  return found != listed.end() ? found->second : std::vector<double>();
}

Parameters with(Parameters parameters, std::string_view name, double value) {
  parameters.insert_or_assign(std::string(name), value);
  return parameters;
}

std::vector<Parameters> with_each(const std::vector<Parameters>& settings, std::string_view name,
                                  const std::vector<double>& values) {
  std::vector<Parameters> all;
  for (const Parameters& setting : settings) {
    for (const double value : values) all.push_back(with(setting, name, value));
  }
  return all;
}

}  // namespace adagrain
