#include "framework/hardware/layer_tensors.h"

#include <fmt/ranges.h>

#include <map>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

std::vector<std::pair<const LayerDescription*, const GrainEntry*>> layer_tensors(
    const GrainReader& container, const std::vector<LayerDescription>& layers) {
  std::map<std::string, const GrainEntry*> entries;
  for (const GrainEntry& entry : container.entries()) entries.emplace(entry.name, &entry);
  std::vector<std::pair<const LayerDescription*, const GrainEntry*>> pairs;
  for (const LayerDescription& layer : layers) {
    const auto found = entries.find(layer.weight_name);
    require<DataError>(found != entries.end(), "container lacks tensor '{}' of layer '{}'", layer.weight_name,
                       layer.name);
    const GrainEntry& entry = *found->second;
    require<DataError>(entry.shape == layer.weight_shape,
                       "container holds tensor '{}' as [{}]; layer '{}' has [{}]", layer.weight_name,
                       fmt::join(entry.shape, ", "), layer.name, fmt::join(layer.weight_shape, ", "));
    require<DataError>(!container.typed_head(entry),
                       "tensor '{}' is stored by its own type, which the accelerator has no decoder for",
                       layer.weight_name);
    pairs.emplace_back(&layer, &entry);
  }
  return pairs;
}

LayerWork plain_work(const Accelerator& accelerator, const LayerDescription& layer, std::uint64_t bytes) {
  const auto weights = static_cast<std::uint64_t>(layer.weight_count());
  LayerWork work;
  const double each = weights == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(weights);
  work.mapping = map_layer(accelerator, {layer, each});
  for (std::uint64_t pass = 0; pass < work.mapping.passes; ++pass) {
    for (const WeightTile& tile : work.mapping.tiles) {
      const std::uint64_t stored = bytes * tile.end / weights - bytes * tile.begin / weights;
      TileWork work_of_tile;
      work_of_tile.stream_bytes = stored;
      work_of_tile.decode_cycles = divide_up(8 * stored, accelerator.stream_port_bits);
      work.tiles.push_back(work_of_tile);
    }
  }
  return work;
}

}  // namespace adagrain
