// What SCALE-Sim v3 prints for a topology, with its own counts: the quirks below live here and nowhere else.
//
//   cycles             the index of the last cycle, one less than their number
//   ofmap_sram_writes  with stationary outputs, one edge of the array (rows + columns) more in each fold
//   output size        ceil((H - R + stride) / stride), where others round down
//
// Everything else is the closed form of arrays/systolic_mapping.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "framework/hardware/arrays/systolic_mapping.h"

namespace adagrain::scalesim {

// A row of a topology file. Sizes in values; the input's with its padding.
struct Layer {
  std::string name;
  std::uint64_t input_height = 0, input_width = 0;
  std::uint64_t filter_height = 0, filter_width = 0;
  std::uint64_t channels = 0, filters = 0;
  std::uint64_t stride = 0;
};

// Comma-separated, a header line, then "name, input height, input width, filter height, filter width,
// channels, filters, stride" a line, with or without the comma at the end and the sparsity "1:1" of v3. A
// name with "DP" is a depthwise layer: a layer for each channel, as SCALE-Sim takes it. Throws DataError with
// `source`, the line, what it holds and what is allowed.
std::vector<Layer> parse_topology(std::string_view text, const std::string& source);
std::vector<Layer> read_topology(const std::filesystem::path& file);

// The layer as every other model takes it, with SCALE-Sim's output size.
LayerDescription describe(const Layer& layer);

// "32x32" as rows x columns, each 1 to 4096. Throws ConfigError.
ArrayShape parse_array(const std::string& text);

// One line of the report.
struct Row {
  std::string layer;
  std::uint64_t cycles = 0;
  std::uint64_t ifmap_sram_reads = 0, filter_sram_reads = 0, ofmap_sram_writes = 0;
};

std::vector<Row> simulate(const std::vector<Layer>& layers, ArrayShape array, Dataflow dataflow);

}  // namespace adagrain::scalesim
