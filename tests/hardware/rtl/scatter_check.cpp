#include <bit>

#include "Vscatter_float.h"
#include "Vscatter_int8.h"
#include "framework/hardware/units/mask_scatter.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

// Eight values as one port: of 8 bits a number, of 32 an array.
void drive_values(Vscatter_int8& model, std::span<const std::int8_t> group) {
  model.in_values = 0;
  for (std::size_t i = 0; i < group.size(); ++i)
    model.in_values |= std::uint64_t{static_cast<std::uint8_t>(group[i])} << (8 * i);
}
void drive_values(Vscatter_float& model, std::span<const float> group) {
  for (std::size_t i = 0; i < 8; ++i)
    model.in_values[i] = i < group.size() ? std::bit_cast<std::uint32_t>(group[i]) : 0;
}
std::int8_t value(const Vscatter_int8& model, std::size_t i) {
  return static_cast<std::int8_t>(model.out_values >> (8 * i));
}
float value(const Vscatter_float& model, std::size_t i) {
  return std::bit_cast<float>(model.out_values[i]);
}

template <typename Model, typename Value>
void check_layer(Model& model, const std::string& name, std::span<const std::uint8_t> mask,
                 std::span<const Value> values, std::span<const Value> expected, UnitCheck& check) {
  std::vector<std::uint8_t> bits((mask.size() + 7) / 8);
  for (std::size_t i = 0; i < mask.size(); ++i) bits[i / 8] |= static_cast<std::uint8_t>(mask[i] << i % 8);
  drive(model.places, mask.size());
  model.mask_valid = model.in_valid = 0;
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort mask_port(check.rate), value_port(check.rate);
  std::vector<Value> placed;
  std::uint64_t last = 0;
  std::size_t taken = 0;
  for (std::uint64_t cycle = 0; !model.done && cycle < 100 * mask.size() + 1000; ++cycle) {
    const auto group = values.subspan(taken, std::min<std::size_t>(8, values.size() - taken));
    model.mask_valid = mask_port.words() * 8 < bits.size() && mask_port.offers(cycle);
    model.mask_data = word_of(bits, mask_port.words());
    model.in_valid = !group.empty() && value_port.offers(cycle);
    drive(model.in_count, group.size());
    drive_values(model, group);
    settle(model);
    if (model.out_valid) {
      for (std::size_t i = 0; i < 8 && placed.size() < mask.size(); ++i) placed.push_back(value(model, i));
      last = cycle + 1;
    }
    if (model.mask_valid && model.mask_ready) mask_port.take(cycle);
    if (model.in_valid && model.in_ready) {
      value_port.take(cycle);
      taken += group.size();
    }
    edge(model);
  }
  std::vector<Value> modelled(mask.size());
  const UnitCycles cycles = scatter(mask, values, {check.rate, check.rate}, std::span(modelled));
  check.add(name, mask.size(), last, cycles.cycles,
            difference<Value>("places", placed, expected) +
                difference<Value>("places of the model", modelled, expected) +
                port_difference(mask_port.words(), mask_port.cycles(), cycles));
}

template <typename Model>
void reset(Model& model) {
  model.rst = 1;
  tick(model);
  model.rst = 0;
}

}  // namespace

std::vector<UnitCheck> check_scatter(const std::vector<GoldenLayer>& layers) {
  Vscatter_float to_float;
  Vscatter_int8 to_int8;
  reset(to_float);
  reset(to_int8);
  std::vector<UnitCheck> floats = at_each_rate("mask scatter, float32");
  std::vector<UnitCheck> integers = at_each_rate("mask scatter, int8");
  for (const GoldenLayer& layer : layers) {
    std::vector<std::uint8_t> mask(layer.weights.size());
    std::vector<float> weights;
    std::vector<std::int8_t> levels, expected(mask.size());
    for (const std::uint32_t element : layer.coded.elements()) {
      mask[element] = 1;
      weights.push_back(layer.weights[element]);
      levels.push_back(static_cast<std::int8_t>(layer.code.levels[element]));
      expected[element] = levels.back();
    }
    for (UnitCheck& check : floats)
      check_layer<Vscatter_float, float>(to_float, layer.name, mask, weights, layer.weights, check);
    for (UnitCheck& check : integers)
      check_layer<Vscatter_int8, std::int8_t>(to_int8, layer.name, mask, levels, expected, check);
  }
  floats.insert(floats.end(), integers.begin(), integers.end());
  return floats;
}

}  // namespace adagrain::rtl
