#include "framework/compression/parameters.h"

namespace adagrain {

double parameter(const Parameters& given, const ParameterSpec& spec) {
  const auto found = given.find(spec.name);
  return found != given.end() ? found->second : spec.fallback;
}

}  // namespace adagrain
