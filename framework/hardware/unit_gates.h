// Areas of the decoders, in gate equivalents (two-input NANDs): what `adagrain rtl area` wrote to
// framework/hardware/area/gate_equivalents.yaml from our Verilog. Memories are not in them.
#pragma once

#include <array>
#include <cstdint>

namespace adagrain {

struct UnitGates {
  std::array<std::uint64_t, 4> decoder{};  // [StreamKind], each with the buffer before it
  std::uint64_t comparator_table = 0;      // of 16 symbols, beside a static lane
  std::uint64_t dequantizer = 0;           // to float32
  std::uint64_t mask_scatter = 0;          // of 8 places
  std::uint64_t metadata_fetch = 0;
};

// The adaptive decoder is not synthesised: 50 kGE are an estimate. Throws ConfigError where the file lacks a
// unit.
UnitGates load_unit_gates();

}  // namespace adagrain
