// A fuzz target takes any bytes and must neither crash nor break its promise. One file each, registered by
// name, so that libFuzzer drives it alone (driver.cpp) and the normal tests replay its corpus
// (replay_test.cpp).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace adagrain {

using FuzzTarget = void (*)(std::span<const std::uint8_t> bytes);

// name -> target; the corpus is in tests/fuzz/corpus/<name>.
inline std::map<std::string, FuzzTarget>& fuzz_targets() {
  static std::map<std::string, FuzzTarget> targets;
  return targets;
}

}  // namespace adagrain
