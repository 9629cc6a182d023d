#include "framework/compression/coders/lanes/isa.h"

#include <cstdlib>

#include "framework/core/error.h"

namespace adagrain {
namespace {

bool runs(Isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (isa) {
    case Isa::scalar:
      return true;
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  }
  return false;
#else
  return isa == Isa::scalar;
#endif
}

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "";
}

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512})
    if (runs(isa)) isas.push_back(isa);
  return isas;
}

Isa isa_named(std::string_view name) {
  const std::vector<Isa> isas = available_isas();
  if (name.empty()) return isas.back();
  std::string names;
  for (const Isa isa : isas) {
    if (name_of(isa) == name) return isa;
    names += (names.empty() ? "" : ", ") + std::string(name_of(isa));
  }
  throw ConfigError(fmt::format("ADAGRAIN_ISA: '{}' is not available; this processor has: {}", name, names));
}

Isa chosen_isa() {
  static const Isa chosen = [] {
    const char* wanted = std::getenv("ADAGRAIN_ISA");
    return isa_named(wanted == nullptr ? "" : wanted);
  }();
  return chosen;
}

}  // namespace adagrain
