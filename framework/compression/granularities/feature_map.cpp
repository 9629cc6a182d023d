// Each output channel (row) is a unit: what produces one feature map.
#include <algorithm>

#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class FeatureMap : public Granularity {
 public:
  std::uint8_t id() const override { return 3; }
  std::span<const ParameterSpec> parameters() const override { return {}; }
  UnitMap units(MatrixShape shape, const Parameters&) const override {
    return tile_units(shape, 1, std::max<std::int64_t>(1, shape.columns));
  }
  std::optional<int> fineness() const override { return 10; }
};

const bool registered = Registry<Granularity>::add("feature_map", "each output channel",
                                                   [] { return std::make_unique<FeatureMap>(); });

}  // namespace
}  // namespace adagrain
