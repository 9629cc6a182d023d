// Every weight is a unit: pruned alone, rounded to the nearest or by rate and distortion, coded in the
// context of its neighbours.
#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Element : public Granularity {
 public:
  std::uint8_t id() const override { return 1; }
  std::span<const ParameterSpec> parameters() const override { return {}; }
  UnitMap units(MatrixShape shape, const Parameters&) const override { return tile_units(shape, 1, 1); }
  // A step for each weight would be the weight itself.
  UnitMap step_units(MatrixShape shape, const Parameters&) const override { return one_unit(shape); }
  std::optional<int> fineness() const override { return 0; }
  bool decides_each_weight() const override { return true; }
};

const bool registered = Registry<Granularity>::add("element", "each individual weight",
                                                   [] { return std::make_unique<Element>(); });

}  // namespace
}  // namespace adagrain
