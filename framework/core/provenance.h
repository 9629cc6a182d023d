// Where a result comes from: written beside every number that is kept.
#pragma once

#include <string>

namespace adagrain {

// "adagrain 0.1.0, gcc 12.2.0"
std::string version_description();

// "AMD EPYC, 2 threads"
std::string machine_description();

}  // namespace adagrain
