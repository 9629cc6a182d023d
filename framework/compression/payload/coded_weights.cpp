#include "framework/compression/payload/coded_weights.h"

namespace adagrain {

std::vector<std::uint32_t> CodedWeights::elements() const {
  std::vector<std::uint32_t> all;
  all.reserve(count);
  for (const ElementRange& range : ranges) {
    for (std::uint32_t element = range.begin; element < range.end; ++element) all.push_back(element);
  }
  return all;
}

CodedWeights collect_coded(const LayerUnits& cut, std::span<const std::uint8_t> alive,
                           std::span<const std::uint8_t> step_code) {
  const auto has_zero = [](std::span<const std::uint8_t> flags) {
    return std::find(flags.begin(), flags.end(), 0) != flags.end();
  };
  const auto count = static_cast<std::uint32_t>(cut.units.shape.count());
  CodedWeights coded;
  if (count == 0) return coded;
  if (!has_zero(alive) && !has_zero(step_code)) return {{{0, count}}, count};
  const bool single_step = cut.step_units.count == 1;
  for_each_unit_run(cut.units, 0, count, [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
    if (!alive.empty() && alive[unit] == 0) return;
    if (!step_code.empty() && step_code[single_step ? 0 : unit] == 0) return;
    const ElementRange range{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    if (!coded.ranges.empty() && coded.ranges.back().end == range.begin) {
      coded.ranges.back().end = range.end;
    } else {
      coded.ranges.push_back(range);
    }
    coded.count += end - begin;
  });
  return coded;
}

}  // namespace adagrain
