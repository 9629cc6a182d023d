#include "framework/hardware/mapping.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

// Operands of an instruction hold no more channels.
constexpr std::uint64_t kMostTileRows = 65535;

// Weights of a tile: the buffer holds two, one that is filled and one that the array reads.
std::uint64_t largest_tile(const Accelerator& accelerator) {
  return accelerator.weight_buffer_bytes / 2 * 8 / accelerator.activation_bits;
}

void append_channel_parts(std::vector<WeightTile>& tiles, std::uint64_t row, std::uint64_t depth,
                          std::uint64_t part) {
  for (std::uint64_t at = 0; at < depth; at += part)
    tiles.push_back({row * depth + at, row * depth + std::min(at + part, depth), 1});
}

std::vector<WeightTile> cut_tiles(const Accelerator& accelerator, const MappingRequest& request,
                                  std::uint64_t rows, std::uint64_t depth) {
  const std::uint64_t room = largest_tile(accelerator);
  std::vector<WeightTile> tiles;
  if (depth > room) {
    const std::uint64_t part = room / accelerator.array_rows * accelerator.array_rows;
    require<ConfigError>(
        part > 0,
        "hardware '{}', layer '{}': no mapping: a fold of the array takes {} weights of {} bits; half "
        "of the weight buffer ({} B) holds {}",
        accelerator.name, request.layer.name, accelerator.array_rows, accelerator.activation_bits,
        accelerator.weight_buffer_bytes, room);
    for (std::uint64_t row = 0; row < rows; ++row) append_channel_parts(tiles, row, depth, part);
  } else {
    const bool stationary_inputs = accelerator.dataflow == Dataflow::input_stationary;
    const std::uint64_t wanted = stationary_inputs ? rows : accelerator.array_columns;
    const std::uint64_t step = std::min({wanted, room / depth, kMostTileRows});
    for (std::uint64_t row = 0; row < rows; row += step) {
      const std::uint64_t last = std::min(row + step, rows);
      tiles.push_back({row * depth, last * depth, last - row});
    }
  }
  if (request.descending) std::reverse(tiles.begin(), tiles.end());
  return tiles;
}

std::uint64_t bytes_of(std::uint64_t values, std::uint64_t bits) {
  return divide_up(values * bits, 8);
}

}  // namespace

std::uint64_t input_values(const LayerDescription& layer) {
  const MatrixProblem problem = matrix_problem(layer);
  if (layer.operation == Operation::linear) return problem.output_pixels * problem.inputs_per_output;
  return static_cast<std::uint64_t>(layer.input_height * layer.input_width * layer.weight_shape[1] *
                                    layer.groups);
}

std::uint64_t output_values(const LayerDescription& layer) {
  const MatrixProblem problem = matrix_problem(layer);
  return problem.groups * problem.output_pixels * problem.output_channels;
}

LayerDescription layer_of_shape(const std::string& name, const Shape& shape) {
  LayerDescription layer;
  layer.name = layer.weight_name = name;
  layer.weight_shape = shape;
  if (shape.size() == 4) {
    layer.operation = Operation::conv2d;
    layer.input_height = shape[2];
    layer.input_width = shape[3];
  } else {
    const std::int64_t rows = shape.size() < 2 ? 1 : shape[0];
    layer.weight_shape = {rows, rows == 0 ? 0 : element_count(shape) / rows};
  }
  layer.macs = element_count(shape);
  return layer;
}

std::uint64_t LayerMapping::pixels_a_pass() const {
  return divide_up(problem.output_pixels, passes);
}

LayerMapping map_layer(const Accelerator& accelerator, const MappingRequest& request) {
  LayerMapping mapping;
  mapping.problem = matrix_problem(request.layer);
  const MatrixProblem& problem = mapping.problem;
  const std::uint64_t rows = problem.groups * problem.output_channels, depth = problem.inputs_per_output;
  mapping.input_bytes = bytes_of(input_values(request.layer), accelerator.activation_bits);
  mapping.output_bytes = bytes_of(output_values(request.layer), accelerator.activation_bits);
  if (rows * depth == 0) return mapping;
  mapping.tiles = cut_tiles(accelerator, request, rows, depth);

  const std::uint64_t blocks =
      std::min(divide_up(mapping.input_bytes + mapping.output_bytes, accelerator.activation_buffer_bytes),
               std::max<std::uint64_t>(1, problem.output_pixels));
  if (blocks <= 1) return mapping;
  const auto stored =
      static_cast<std::uint64_t>(request.stored_bytes_per_weight * static_cast<double>(rows * depth));
  const std::uint64_t tiles = mapping.tiles.size();
  if (mapping.input_bytes * (tiles - 1) <= stored * (blocks - 1)) {
    mapping.inputs_by_tile = true;
  } else {
    mapping.passes = blocks;
  }
  return mapping;
}

MatrixProblem LayerMapping::problem_of(const WeightTile& tile) const {
  return {.output_pixels = pixels_a_pass(),
          .inputs_per_output = tile.depth(),
          .output_channels = std::min(tile.rows, problem.output_channels),
          .groups = divide_up(tile.rows, problem.output_channels)};
}

std::uint64_t LayerMapping::input_bytes_of_tile(std::uint64_t index) const {
  if (inputs_by_tile) return input_bytes;
  if (index % tiles.size() != 0) return 0;
  const std::uint64_t pass = index / tiles.size();
  return input_bytes * (pass + 1) / passes - input_bytes * pass / passes;
}

std::uint64_t compute_cycles(const Accelerator& accelerator, const LayerMapping& mapping,
                             const WeightTile& tile) {
  return count_systolic(mapping.problem_of(tile), accelerator.array(), accelerator.dataflow).cycles;
}

}  // namespace adagrain
