// The whole tensor is one unit: the uniform baseline. No side information beyond one set of parameters.
#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Layer : public Granularity {
 public:
  std::uint8_t id() const override { return 0; }
  std::span<const ParameterSpec> parameters() const override { return {}; }
  UnitMap units(MatrixShape shape, const Parameters&) const override { return one_unit(shape); }
  std::optional<int> fineness() const override { return 0; }
  bool may_prune() const override { return false; }
};

const bool registered =
    Registry<Granularity>::add("layer", "the whole tensor", [] { return std::make_unique<Layer>(); });

}  // namespace
}  // namespace adagrain
