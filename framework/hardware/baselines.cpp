// Baselines of hardware_cost.h.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/layer_tensors.h"
#include "framework/hardware/simulate.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kDensityBits = 8;

// What the baselines ask of a layer's weights.
struct WeightCounts {
  std::uint64_t weights = 0, nonzero = 0;
  std::uint64_t width = 32;  // bits of a level in fixed width
  double entropy_bits = 0;   // of all levels together
};

WeightCounts count_weights(const DecodedLayer& layer) {
  WeightCounts counts{layer.weights.size(), layer.info.nonzero_weights};
  if (layer.info.levels) counts.width = std::max<std::uint64_t>(1, layer.info.levels->bits);
  std::vector<std::uint32_t> patterns;
  patterns.reserve(layer.weights.size());
  for (const float weight : layer.weights) patterns.push_back(std::bit_cast<std::uint32_t>(weight));
  std::sort(patterns.begin(), patterns.end());
  for (auto at = patterns.begin(); at != patterns.end();) {
    const auto next = std::upper_bound(at, patterns.end(), *at);
    const auto count = static_cast<double>(next - at);
    counts.entropy_bits -= count * std::log2(count / static_cast<double>(counts.weights));
    at = next;
  }
  return counts;
}

WeightCounts plain_counts(const Tensor& tensor, std::uint64_t bytes) {
  WeightCounts counts{tensor.values.size(), 0};
  for (const float value : tensor.values) counts.nonzero += value != 0;
  counts.width = counts.weights == 0 ? 0 : 8 * bytes / counts.weights;
  counts.entropy_bits = 8.0 * static_cast<double>(bytes);
  return counts;
}

LayerWork free_decoding(LayerWork work) {
  for (TileWork& tile : work.tiles) tile.decode_cycles = 0;
  return work;
}

}  // namespace

HardwareCost simulate_dense(const Accelerator& accelerator, const std::vector<LayerDescription>& layers) {
  const MachineModel machine(accelerator);
  HardwareCost total{accelerator.name, {}};
  for (const LayerDescription& layer : layers) {
    const std::uint64_t bytes = sizeof(float) * static_cast<std::uint64_t>(layer.weight_count());
    total.layers.push_back(cost_layer(machine, layer, plain_work(accelerator, layer, bytes)));
  }
  return total;
}

CostBaselines simulate_baselines(const Accelerator& accelerator, const GrainReader& container,
                                 const std::vector<LayerDescription>& layers) {
  const MachineModel machine(accelerator);
  CostBaselines baselines;
  baselines.dense = simulate_dense(accelerator, layers);
  for (HardwareCost* cost : {&baselines.bit_width, &baselines.density, &baselines.ideal})
    cost->hardware = accelerator.name;
  for (const auto& [layer, entry] : layer_tensors(container, layers)) {
    const WeightCounts counts = entry->encoding == TensorEncoding::layer
                                    ? count_weights(container.decode_layer(*entry))
                                    : plain_counts(container.decode(*entry), entry->payload_bytes);
    const auto add = [&](HardwareCost& to, double bits, double density) {
      const auto bytes = static_cast<std::uint64_t>(std::ceil(bits / 8));
      LayerWork work = free_decoding(plain_work(accelerator, *layer, bytes));
      work.density = density;
      to.layers.push_back(cost_layer(machine, *layer, work));
    };
    const double density =
        counts.weights == 0 ? 1 : static_cast<double>(counts.nonzero) / static_cast<double>(counts.weights);
    add(baselines.bit_width, static_cast<double>(counts.weights * counts.width), 1);
    add(baselines.density, static_cast<double>(counts.nonzero * kDensityBits), density);
    add(baselines.ideal, counts.entropy_bits, 1);
  }
  return baselines;
}

}  // namespace adagrain
