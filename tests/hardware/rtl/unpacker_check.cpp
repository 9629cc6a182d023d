#include <bit>

#include "Vunpacker.h"
#include "framework/hardware/units/fixed_width_unpacker.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

void check_stream(Vunpacker& model, const GoldenStream& stream, UnitCheck& check) {
  const std::size_t count = stream.symbols.size();
  drive(model.width, static_cast<std::uint64_t>(std::bit_width(stream.shape.alphabet - 1)));
  drive(model.symbols, count);
  model.out_ready = 1;
  model.in_valid = 0;
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort port(check.rate);
  std::vector<std::uint16_t> unpacked;
  std::uint64_t cycle = 0, last = 0;
  for (const std::uint64_t limit = 100 * count + 1000; !model.done && cycle < limit; ++cycle) {
    model.in_valid = port.words() * 8 < stream.bytes.size() && port.offers(cycle);
    model.in_data = word_of(stream.bytes, port.words());
    settle(model);
    if (model.out_valid) {
      for (std::size_t i = 0; i < model.out_count; ++i)
        unpacked.push_back(static_cast<std::uint16_t>(model.out_symbols[i / 2] >> (16 * (i % 2))));
      last = cycle + 1;
    }
    if (model.in_valid && model.in_ready) port.take(cycle);
    edge(model);
  }
  std::vector<std::uint16_t> modelled(count);
  const UnitCycles cycles = unpack_fixed_width(stream.bytes, stream.shape.alphabet, check.rate, modelled);
  check.add(stream.name, count, last, cycles.cycles,
            difference<std::uint16_t>("symbols", unpacked, stream.symbols) +
                difference<std::uint16_t>("symbols of the model", modelled, stream.symbols) +
                port_difference(port.words(), port.cycles(), cycles));
}

}  // namespace

std::vector<UnitCheck> check_unpacker(const std::vector<GoldenLayer>& layers) {
  Vunpacker model;
  model.rst = 1;
  tick(model);
  model.rst = 0;
  std::vector<UnitCheck> checks = at_each_rate("fixed-width unpacker");
  for (const GoldenLayer& layer : layers) {
    if (layer.symbols.empty()) continue;
    const GoldenStream stream = encode_stream("raw", layer.name, {layer.alphabet, 1}, layer.symbols);
    for (UnitCheck& check : checks) check_stream(model, stream, check);
  }
  return checks;
}

}  // namespace adagrain::rtl
