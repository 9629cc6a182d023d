#include <bit>

#include "Vmetadata_fetch.h"
#include "framework/hardware/units/metadata_fetch.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

// The metadata memory with the arrays of a layer, each from a word on.
struct Memory {
  std::vector<std::uint64_t> words;

  // Returns the first word.
  std::size_t append(std::span<const std::uint8_t> bytes) {
    const std::size_t first = words.size();
    for (std::size_t word = 0; 8 * word < bytes.size(); ++word) words.push_back(word_of(bytes, word));
    return first;
  }
};

struct LayerMetadata {
  std::vector<std::uint8_t> zero_level;  // of units whose step code is not 0
  MetadataArrays arrays;
  std::vector<UnitMetadata> units;  // what is to be read

  explicit LayerMetadata(const LayerCode& code) {
    const bool steps = code.step_code.size() > 1;
    arrays.units = static_cast<std::uint32_t>(steps ? code.step_code.size()
                                                    : std::max<std::size_t>(1, code.alive.size()));
    arrays.largest_step = code.largest_step;
    if (code.alive.size() == arrays.units) arrays.alive = code.alive;
    if (steps) arrays.step_code = code.step_code;
    for (std::uint32_t unit = 0; unit < arrays.units; ++unit) {
      const std::uint8_t step_code = steps ? code.step_code[unit] : 1;
      UnitMetadata expected;
      expected.alive = step_code != 0 && (arrays.alive.empty() || arrays.alive[unit] != 0);
      expected.step = step_code == 0 ? 0.0f : step_of(code.largest_step, step_code);
      if (steps && !code.zero_level.empty() && step_code != 0)
        zero_level.push_back(expected.zero_level = code.zero_level[unit]);
      units.push_back(expected);
    }
    arrays.zero_level = zero_level;
  }
};

bool same(const UnitMetadata& a, const UnitMetadata& b) {
  return a.alive == b.alive && std::bit_cast<std::uint32_t>(a.step) == std::bit_cast<std::uint32_t>(b.step) &&
         a.zero_level == b.zero_level;
}

void check_layer(Vmetadata_fetch& model, const std::string& name, const LayerMetadata& layer,
                 std::uint64_t cycles_a_unit, UnitCheck& check) {
  Memory memory;
  std::vector<std::uint8_t> bits((layer.arrays.alive.size() + 7) / 8);
  for (std::size_t i = 0; i < layer.arrays.alive.size(); ++i)
    bits[i / 8] |= static_cast<std::uint8_t>(layer.arrays.alive[i] << i % 8);
  drive(model.alive_at, memory.append(bits));
  drive(model.alive_words, memory.words.size());
  drive(model.steps_at, memory.append(layer.arrays.step_code));
  drive(model.steps_words, memory.words.size() - model.steps_at);
  drive(model.zeros_at, memory.append(layer.zero_level));
  drive(model.zeros_words, memory.words.size() - model.zeros_at);
  drive(model.units, layer.units.size());
  model.largest_step = std::bit_cast<std::uint32_t>(layer.arrays.largest_step);
  model.granted = model.out_ready = 0;
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort port(check.rate);
  std::uint64_t last = 0;
  std::size_t got = 0, wrong = 0, wrong_of_model = 0;
  for (std::uint64_t cycle = 0; !model.done && cycle < 100 * layer.units.size() + 1000; ++cycle) {
    model.granted = port.offers(cycle);
    model.out_ready = cycle >= cycles_a_unit * got;
    settle(model);
    const bool asked = model.ask && model.granted;
    const std::size_t address = model.address;
    if (model.out_valid && model.out_ready) {
      const UnitMetadata unit{model.out_alive != 0, std::bit_cast<float>(model.out_step),
                              model.out_zero_level};
      wrong += got >= layer.units.size() || !same(unit, layer.units[got]);
      ++got;
      last = cycle + 1;
    }
    if (asked) port.take(cycle);
    edge(model);
    if (asked) model.data = memory.words.at(address);
  }
  MetadataFetch unit(layer.arrays, check.rate);
  for (std::size_t i = 0; i < layer.units.size(); ++i)
    wrong_of_model += !same(unit.next(cycles_a_unit * i), layer.units[i]);
  std::string text;
  if (wrong > 0 || got != layer.units.size()) text += fmt::format(" {} of {} units are wrong;", wrong, got);
  if (wrong_of_model > 0) text += fmt::format(" {} units of the model are wrong;", wrong_of_model);
  text += port_difference(port.words(), port.cycles(), unit.cycles());
  check.add(name, layer.units.size(), last, unit.cycles().cycles, text);
}

}  // namespace

std::vector<UnitCheck> check_metadata(const std::vector<GoldenLayer>& layers) {
  Vmetadata_fetch model;
  model.rst = 1;
  tick(model);
  model.rst = 0;
  std::vector<UnitCheck> each = at_each_rate("metadata fetch");
  std::vector<UnitCheck> fourth = at_each_rate("metadata fetch, unit in 4");
  for (const GoldenLayer& layer : layers) {
    const LayerMetadata metadata(layer.code);
    for (UnitCheck& check : each) check_layer(model, layer.name, metadata, 0, check);
    for (UnitCheck& check : fourth) check_layer(model, layer.name, metadata, 4, check);
  }
  each.insert(each.end(), fourth.begin(), fourth.end());
  return each;
}

}  // namespace adagrain::rtl
