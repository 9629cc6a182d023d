#include "framework/hardware/unit_gates.h"

#include "framework/core/config.h"
#include "framework/core/project_root.h"

namespace adagrain {

namespace {

// Six histories are read, mixed and updated for a decision; the design page of the coder estimates 50 or
// more.
constexpr std::uint64_t kAdaptiveGates = 50000;

}  // namespace

UnitGates load_unit_gates() {
  const Config file = Config::load(project_root() / "framework/hardware/area/gate_equivalents.yaml");
  const Config units = file.child("units");
  const auto gates = [&](const char* unit) {
    return units.child(unit).get<std::uint64_t>("gate_equivalents", {1, 1e9});
  };
  UnitGates all;
  all.decoder = {
      gates("fixed_width_unpacker"), gates("static_lane") + gates("slot_table") + gates("stream_buffer"),
      gates("interleaved_row") + gates("alias_table") + gates("backward_buffer") + gates("escape_merge"),
      kAdaptiveGates};
  all.comparator_table = gates("comparator_table_16");
  all.dequantizer = gates("dequantizer_float");
  all.mask_scatter = gates("mask_scatter_8");
  all.metadata_fetch = gates("metadata_fetch");
  return all;
}

}  // namespace adagrain
