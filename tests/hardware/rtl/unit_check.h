// What a unit in Verilog and its model in C++ did with the same input, and how that is told.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/hardware/units/input_port.h"
#include "tests/hardware/rtl/golden_layers.h"

namespace adagrain::rtl {

// From what starves every unit to a word each cycle, and bursts of DRAM.
constexpr std::array<InputRate, 7> kRates = {InputRate{1, 16}, {1, 8}, {1, 8, 4}, {1, 4},
                                             {1, 2},           {2, 3}, {1, 1}};

// All streams of a unit at one rate.
struct UnitCheck {
  std::string unit;
  InputRate rate;
  std::uint64_t streams = 0, values = 0, rtl_cycles = 0, model_cycles = 0;
  std::vector<std::string> differences;  // one a stream: what is not the same

  // Of one stream; an empty text says that all values are the same.
  void add(const std::string& stream, std::uint64_t count, std::uint64_t rtl, std::uint64_t model,
           const std::string& difference);
};

using CheckUnit = std::vector<UnitCheck>(const std::vector<GoldenLayer>& layers);
CheckUnit check_static_lane, check_interleaved, check_unpacker, check_dequantizers, check_scatter,
    check_profiling, check_metadata;

// A unit at each of the rates.
std::vector<UnitCheck> at_each_rate(const std::string& unit);

// "" where they are the same, else how many are not.
template <typename Value>
std::string difference(std::string_view what, std::span<const Value> values,
                       std::span<const Value> expected) {
  std::size_t wrong = values.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(values.size(), expected.size()); ++i)
    wrong += std::memcmp(&values[i], &expected[i], sizeof(Value)) != 0;
  return wrong == 0 ? "" : fmt::format(" {} {} of {} are wrong;", wrong, what, expected.size());
}

// "" where unit and model took as many words, the last one in the same cycle.
inline std::string port_difference(std::uint64_t words, std::uint64_t cycles, const UnitCycles& model) {
  if (words == model.words && cycles == model.input_cycles) return "";
  return fmt::format(" {} words until cycle {}, model {} until {};", words, cycles, model.words,
                     model.input_cycles);
}

// Aligned columns, then the differences.
std::string table_of(const std::vector<UnitCheck>& checks);

// One clock: settles the inputs, then the edge. Between the two, outputs tell what this cycle does.
template <typename Model>
void settle(Model& model) {
  model.clk = 0;
  model.eval();
}
template <typename Model>
void edge(Model& model) {
  model.clk = 1;
  model.eval();
}
template <typename Model>
void tick(Model& model) {
  settle(model);
  edge(model);
}

// Sets an input, whose type is the narrowest that holds its bits.
template <typename Port>
void drive(Port& port, std::uint64_t value) {
  port = static_cast<Port>(value);
}

// The word that begins with byte 8 `number`, zeros beyond the end.
inline std::uint64_t word_of(std::span<const std::uint8_t> bytes, std::uint64_t number) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8 && 8 * number + i < bytes.size(); ++i)
    word |= std::uint64_t{bytes[8 * number + i]} << (8 * i);
  return word;
}

}  // namespace adagrain::rtl
