// The instruction sets that kernels exist for.
#pragma once

#include <string_view>
#include <vector>

namespace adagrain {

enum class Isa { scalar, avx512 };  // avx512: F, BW, VBMI and VBMI2 (Ice Lake, Zen 4 and later)

std::string_view name_of(Isa isa);

// What this processor runs, slowest first; scalar always.
std::vector<Isa> available_isas();

// The fastest available, or what the environment's ADAGRAIN_ISA names. Throws ConfigError when that is
// unknown or not available here. Streams do not depend on it.
Isa chosen_isa();

}  // namespace adagrain
