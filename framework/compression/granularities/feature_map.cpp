// Each output channel (row) is a unit: what produces one feature map.
#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class FeatureMap : public Granularity {
 public:
  std::uint8_t id() const override { return 3; }
  std::span<const ParameterSpec> parameters() const override { return {}; }
  UnitMap units(MatrixShape shape, const Parameters&) const override {
    UnitMap map{shape, static_cast<std::uint32_t>(shape.rows), {}};
    map.unit_of.reserve(static_cast<std::size_t>(shape.count()));
    for (std::uint32_t row = 0; row < map.count; ++row) {
      map.unit_of.insert(map.unit_of.end(), static_cast<std::size_t>(shape.columns), row);
    }
    return map;
  }
};

const bool registered = Registry<Granularity>::add("feature_map", "each output channel",
                                                   [] { return std::make_unique<FeatureMap>(); });

}  // namespace
}  // namespace adagrain
