// How a layer is cut into tiles of weights, and how often they pass through the array.
//
// A tile is a run of weights in the order of storage, so that decoders never go back: as many output channels
// as the array has columns (as fit, with stationary inputs), fewer where half of the weight buffer holds
// fewer; a part of one channel, in whole folds of the array's rows, where not even one fits. Of a tile of
// `rows` channels with `depth` inputs each, over E output pixels, an array of R x C takes
//
//   ws  ceil(depth / R) ceil(rows / C) (E + 2 R + C - 2)
//   os  ceil(E / R) ceil(rows / C) (depth + R + C - 2)
//   is  ceil(depth / R) ceil(E / C) (rows + 2 R + C - 2)
//
// cycles, group by group where there are groups (arrays/systolic_mapping.h).
//
// Inputs and outputs stay on chip where the activation buffer holds them. Where it does not, either inputs
// are fetched again for each tile, or the pixels are cut into blocks and all weights are fetched and decoded
// again for each: whichever moves fewer bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/core/tensor.h"
#include "framework/hardware/accelerator.h"
#include "framework/hardware/arrays/systolic_mapping.h"

namespace adagrain {

struct WeightTile {
  std::uint64_t begin = 0, end = 0;  // elements of the matrix
  std::uint64_t rows = 0;            // output channels that it is part of

  std::uint64_t weights() const { return end - begin; }
  std::uint64_t depth() const { return weights() / rows; }
};

struct LayerMapping {
  MatrixProblem problem;
  std::vector<WeightTile> tiles;  // of one pass, in the order of execution
  std::uint64_t passes = 1;       // over all tiles, each with its share of the pixels
  std::uint64_t input_bytes = 0, output_bytes = 0;
  bool inputs_by_tile = false;  // fetched again for each tile

  // Of one pass: the last one may have fewer.
  std::uint64_t pixels_a_pass() const;
  // The product that a tile is, in one pass.
  MatrixProblem problem_of(const WeightTile& tile) const;
  // Fetched for tile number `index` of all passes together.
  std::uint64_t input_bytes_of_tile(std::uint64_t index) const;
};

struct MappingRequest {
  const LayerDescription& layer;
  double stored_bytes_per_weight = 0;  // on average
  bool descending = false;             // streams that decode backwards: the last channels first
};

// Throws ConfigError that names the layer, the buffer that is too small and the numbers.
LayerMapping map_layer(const Accelerator& accelerator, const MappingRequest& request);

std::uint64_t compute_cycles(const Accelerator& accelerator, const LayerMapping& mapping,
                             const WeightTile& tile);

// Values that an inference of the layer takes in and gives out.
std::uint64_t input_values(const LayerDescription& layer);
std::uint64_t output_values(const LayerDescription& layer);

// What can be told from a weight's shape alone: a layer of one output pixel.
LayerDescription layer_of_shape(const std::string& name, const Shape& shape);

}  // namespace adagrain
