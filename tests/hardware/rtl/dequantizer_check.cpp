#include <bit>

#include "Vdequantizer_float.h"
#include "Vdequantizer_int8.h"
#include "framework/hardware/units/dequantizer.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

constexpr std::uint64_t kLevelMask = (1u << 18) - 1;  // of the unit's 18-bit offset

// Symbols with the scale of their unit, in order. Levels -1 and 1 alone go as a bit each, as where they are
// stored without entropy coding.
struct ScaledRun {
  LevelScale scale;
  std::vector<std::uint16_t> symbols;
};
std::vector<ScaledRun> scaled_runs(const GoldenLayer& layer) {
  const bool binary = layer.code.binary && layer.alphabet == 3 &&
                      std::find(layer.symbols.begin(), layer.symbols.end(), 1) == layer.symbols.end();
  std::vector<ScaledRun> runs;
  const std::uint16_t* next = layer.symbols.data();
  for (const ElementRange& range : layer.coded.ranges) {
    for_each_unit_run(layer.cut.step_units, range.begin, range.end,
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        const LayerCode& code = layer.code;
                        const int zero = code.zero_level.empty() ? 0 : code.zero_level[unit];
                        ScaledRun run{
                            {step_of(code.largest_step, code.step_code[unit]), layer.lowest - zero, binary},
                            {next, next + (end - begin)}};
                        next += end - begin;
                        if (binary)
                          for (std::uint16_t& symbol : run.symbols) symbol /= 2;
                        runs.push_back(std::move(run));
                      });
  }
  return runs;
}

// All symbols of a layer, at a rate; value(model) reads an output. Returns the cycles until the last one.
template <typename Model, typename Value>
std::uint64_t run_model(Model& model, const std::vector<ScaledRun>& runs, InputRate rate, std::size_t count,
                        const Value& value) {
  model.rst = 1;
  tick(model);
  model.rst = 0;
  InputPort port(rate);
  std::uint64_t last = 0;
  std::size_t run = 0, at = 0, got = 0;
  for (std::uint64_t cycle = 0; got < count && cycle < 100 * count + 1000; ++cycle) {
    while (run < runs.size() && at == runs[run].symbols.size()) ++run, at = 0;
    model.in_valid = run < runs.size() && port.offers(cycle);
    if (model.in_valid) {
      const LevelScale& scale = runs[run].scale;
      model.symbol = runs[run].symbols[at++];
      model.binary = scale.binary;
      drive(model.offset, static_cast<std::uint64_t>(scale.offset) & kLevelMask);
      if constexpr (requires { model.step; }) model.step = std::bit_cast<std::uint32_t>(scale.step);
      port.take(cycle);
    }
    settle(model);
    if (model.out_valid) {
      value(model);
      ++got;
      last = cycle + 1;
    }
    edge(model);
  }
  return last;
}

void check_float(Vdequantizer_float& model, const GoldenLayer& layer, const std::vector<ScaledRun>& runs,
                 std::span<const float> expected, UnitCheck& check) {
  std::vector<float> values, modelled(expected.size());
  const std::uint64_t rtl = run_model(model, runs, check.rate, expected.size(), [&](const auto& unit) {
    values.push_back(std::bit_cast<float>(unit.value));
  });
  Dequantizer unit(check.rate);
  std::size_t at = 0;
  for (const ScaledRun& run : runs) {
    unit.to_float(run.scale, run.symbols, std::span(modelled).subspan(at, run.symbols.size()));
    at += run.symbols.size();
  }
  check.add(layer.name, expected.size(), rtl, unit.cycles().cycles,
            difference<float>("weights", values, expected) +
                difference<float>("weights of the model", modelled, expected));
}

void check_int8(Vdequantizer_int8& model, const GoldenLayer& layer, const std::vector<ScaledRun>& runs,
                UnitCheck& check) {
  const std::size_t count = layer.symbols.size();
  std::vector<std::int8_t> values, modelled(count);
  std::uint64_t clamped = 0, clamped_by_model = 0;
  const std::uint64_t rtl = run_model(model, runs, check.rate, count, [&](const auto& unit) {
    values.push_back(static_cast<std::int8_t>(unit.value));
    clamped += unit.clamped;
  });
  Dequantizer unit(check.rate);
  std::size_t at = 0;
  for (const ScaledRun& run : runs) {
    clamped_by_model +=
        unit.to_int8(run.scale, run.symbols, std::span(modelled).subspan(at, run.symbols.size()));
    at += run.symbols.size();
  }
  std::string wrong = difference<std::int8_t>("values", values, modelled);
  if (clamped != clamped_by_model) wrong += fmt::format(" {} clamped, model {};", clamped, clamped_by_model);
  check.add(layer.name, count, rtl, unit.cycles().cycles, wrong);
}

}  // namespace

std::vector<UnitCheck> check_dequantizers(const std::vector<GoldenLayer>& layers) {
  Vdequantizer_float to_float;
  Vdequantizer_int8 to_int8;
  std::vector<UnitCheck> floats = at_each_rate("dequantizer to float32");
  std::vector<UnitCheck> integers = at_each_rate("dequantizer to int8");
  for (const GoldenLayer& layer : layers) {
    if (layer.symbols.empty()) continue;
    const std::vector<ScaledRun> runs = scaled_runs(layer);
    std::vector<float> expected;
    for (const std::uint32_t element : layer.coded.elements()) expected.push_back(layer.weights[element]);
    for (UnitCheck& check : floats) check_float(to_float, layer, runs, expected, check);
    for (UnitCheck& check : integers) check_int8(to_int8, layer, runs, check);
  }
  floats.insert(floats.end(), integers.begin(), integers.end());
  return floats;
}

}  // namespace adagrain::rtl
