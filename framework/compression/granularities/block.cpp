// Tiles of block_rows x block_columns weights, ragged at the right and lower edges. The default, 1 x 64, is
// the micro-scaling block along a row.
#include <array>

#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

constexpr std::array<ParameterSpec, 2> kParameters = {
    ParameterSpec{"block_rows", 1, 65535, 1, true, "rows of a tile, output channels"},
    ParameterSpec{"block_columns", 1, 65535, 64, true, "columns of a tile, weights"}};

class Block : public Granularity {
 public:
  std::uint8_t id() const override { return 2; }
  std::span<const ParameterSpec> parameters() const override { return kParameters; }
  UnitMap units(MatrixShape shape, const Parameters& parameters) const override {
    const auto tile_rows = static_cast<std::int64_t>(parameter(parameters, kParameters[0]));
    const auto tile_columns = static_cast<std::int64_t>(parameter(parameters, kParameters[1]));
    return tile_units(shape, tile_rows, tile_columns);
  }
  std::optional<int> fineness() const override { return 20; }
  std::vector<Parameters> grid(const GridValues& values) const override {
    std::vector<Parameters> all;
    for (const Parameters& wide :
         with_each({Parameters{}}, kParameters[1].name, values.of(kParameters[1].name))) {
      for (const double rows : values.of(kParameters[0].name)) {
        // The usual height goes without saying.
        all.push_back(rows == kParameters[0].fallback ? wide : with(wide, kParameters[0].name, rows));
      }
    }
    return all;
  }
};

const bool registered =
    Registry<Granularity>::add("block", "tiles of weights", [] { return std::make_unique<Block>(); });

}  // namespace
}  // namespace adagrain
