// The instruction sets that kernels exist for.
#pragma once

#include <string_view>
#include <vector>

namespace adagrain {

enum class Isa { scalar, avx2, avx512 };  // avx512: F, BW, VBMI and VBMI2 (Ice Lake, Zen 4 and later)

std::string_view name_of(Isa isa);

// What this processor runs, slowest first; scalar always.
std::vector<Isa> available_isas();

// The one of that name, the fastest for an empty one. Throws ConfigError when it is unknown or not available.
Isa isa_named(std::string_view name);

// What ADAGRAIN_ISA names in the environment when this is called first. Streams do not depend on it.
Isa chosen_isa();

}  // namespace adagrain
