#include "Vprofiling_unit.h"
#include "framework/hardware/units/profiling_unit.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

// Reads, and so clears, all bins; cycles that it took.
std::uint64_t read_bins(Vprofiling_unit& model, std::span<std::uint32_t, 256> histogram) {
  model.in_valid = 0;
  tick(model);  // the last value is counted
  model.read = 1;
  for (std::size_t bin = 0; bin <= 256; ++bin) {
    drive(model.bin, bin & 255);
    model.read = bin < 256;
    settle(model);
    if (bin > 0) histogram[bin - 1] = model.count;
    edge(model);
  }
  return 1 + 256 + 1;
}

void check_layer(Vprofiling_unit& model, const std::string& name, std::span<const std::int8_t> values,
                 UnitCheck& check) {
  UnitProfile profile;
  read_bins(model, profile.histogram);
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort port(check.rate);
  std::uint64_t cycle = 0;
  for (std::size_t at = 0; at < values.size(); ++cycle) {
    model.in_valid = port.offers(cycle);
    if (model.in_valid) {
      port.take(cycle);
      drive(model.value, static_cast<std::uint8_t>(values[at++]));
    }
    tick(model);
  }
  cycle += read_bins(model, profile.histogram);
  profile.zeros = model.zeros;
  profile.total = model.total;
  profile.lowest = static_cast<std::int8_t>(model.lowest);
  profile.highest = static_cast<std::int8_t>(model.highest);
  ProfilingUnit unit(check.rate);
  unit.count(values);
  const UnitProfile modelled = unit.read_out();
  std::array<std::uint32_t, 256> expected{};
  for (const std::int8_t value : values) ++expected[static_cast<std::uint8_t>(value)];
  std::string wrong = difference<std::uint32_t>("bins", profile.histogram, expected) +
                      difference<std::uint32_t>("bins of the model", modelled.histogram, expected);
  if (profile.zeros != expected[0] || modelled.zeros != expected[0]) wrong += " zeros are wrong;";
  if (profile.total != values.size() || modelled.total != values.size()) wrong += " the total is wrong;";
  if (profile.lowest != modelled.lowest || profile.highest != modelled.highest)
    wrong += " the range is wrong;";
  check.add(name, values.size(), cycle, unit.cycles().cycles, wrong);
}

}  // namespace

std::vector<UnitCheck> check_profiling(const std::vector<GoldenLayer>& layers) {
  Vprofiling_unit model;
  model.rst = 1;
  tick(model);
  model.rst = 0;
  std::vector<UnitCheck> checks = at_each_rate("profiling unit");
  for (const GoldenLayer& layer : layers) {
    std::vector<std::int8_t> values;
    for (const std::int32_t level : layer.code.levels) values.push_back(static_cast<std::int8_t>(level));
    for (UnitCheck& check : checks) check_layer(model, layer.name, values, check);
  }
  return checks;
}

}  // namespace adagrain::rtl
