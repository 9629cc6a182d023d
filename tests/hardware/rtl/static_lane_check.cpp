#include <fmt/format.h>

#include <algorithm>

#include "Vstatic_compared.h"
#include "Vstatic_direct.h"
#include "Vstatic_wide.h"
#include "framework/compression/coders/static_tables.h"
#include "framework/hardware/units/static_lane.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

constexpr std::size_t kComparators = 16;

struct Loaded {  // what a decoder is given beside the code
  StaticTables description;
  std::vector<SlotTable> slots;
  std::span<const std::uint8_t> code;

  explicit Loaded(const GoldenStream& stream)
      : description(read_static_tables(stream.bytes, stream.shape)),
        code(std::span(stream.bytes).subspan(description.bytes)) {
    for (const auto& table : description.tables) slots.push_back(table ? slot_table(*table) : SlotTable{});
  }
  // What a lane's parameters N = 12 and S = 8 allow.
  bool fits() const {
    return std::all_of(description.tables.begin(), description.tables.end(), [](const auto& table) {
      return !table || (table->precision <= 12 && table->frequency.size() <= 256);
    });
  }
};

template <typename Model>
void load_precision(Model& model, std::size_t table, int precision) {
  model.write = 0;
  model.write_precision = 1;
  drive(model.write_table, table);
  drive(model.new_precision, static_cast<std::uint64_t>(precision - 8) / 2);
  tick(model);
  model.write_precision = 0;
}

// Direct tables of N bits.
template <int N, typename Model>
void load_slots(Model& model, const Loaded& loaded) {
  for (std::size_t table = 0; table < loaded.slots.size(); ++table) {
    if (!loaded.description.tables[table]) continue;
    const std::uint32_t first = loaded.description.tables[table]->first;
    load_precision(model, table, loaded.slots[table].precision);
    model.write = 1;
    for (std::size_t slot = 0; slot < loaded.slots[table].entries.size(); ++slot) {
      const SlotTable::Entry& entry = loaded.slots[table].entries[slot];
      drive(model.write_at, slot);
      drive(model.write_entry, std::uint64_t{entry.symbol - first} << (2 * N) |
                                   std::uint64_t{entry.frequency_less_one} << N | entry.bias);
      tick(model);
    }
    model.write = 0;
  }
}

template <typename Model>
void load_starts(Model& model, const Loaded& loaded) {
  const FrequencyTable& table = *loaded.description.tables[0];
  load_precision(model, 0, table.precision);
  model.write = 1;
  std::uint32_t start = 0;
  for (std::size_t i = 0; i < kComparators; ++i) {
    drive(model.write_at, i);
    model.write_entry = start;
    tick(model);
    if (i < table.frequency.size()) start += table.frequency[i];
  }
  model.write = 0;
}

template <typename Model>
void check_stream(Model& model, const GoldenStream& stream, const Loaded& loaded, UnitCheck& check) {
  const std::size_t count = stream.symbols.size();
  const auto table_at = [&](std::size_t i) {
    return static_cast<std::uint8_t>(stream.table_of.empty() || i >= count ? 0 : stream.table_of[i]);
  };
  drive(model.bytes, loaded.code.size());
  drive(model.symbols, count);
  model.in_valid = 0;
  model.table_now = table_at(0);
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort port(check.rate);
  std::uint64_t cycle = 0, last = 0;
  std::vector<std::uint16_t> decoded;
  for (const std::uint64_t limit = 200 * count + 1000; !model.done && cycle < limit; ++cycle) {
    model.in_valid = port.words() * 8 < loaded.code.size() && port.offers(cycle);
    model.in_data = word_of(loaded.code, port.words());
    model.table_now = table_at(decoded.size());
    model.table_next = table_at(decoded.size() + 1);
    settle(model);
    if (model.out_valid) {
      const std::uint32_t first = loaded.description.tables[table_at(decoded.size())]->first;
      decoded.push_back(static_cast<std::uint16_t>(model.out_symbol + first));
      last = cycle + 1;
    }
    if (model.in_valid && model.in_ready) port.take(cycle);
    edge(model);
  }
  std::vector<std::uint16_t> modelled(count);
  const UnitCycles cycles = decode_static(loaded.slots, loaded.code, stream.table_of, check.rate, modelled);
  std::string wrong = difference<std::uint16_t>("symbols", decoded, stream.symbols) +
                      difference<std::uint16_t>("symbols of the model", modelled, stream.symbols);
  if (!model.good) wrong += " the lane does not end well;";
  wrong += port_difference(port.words(), port.cycles(), cycles);
  check.add(stream.name, count, last, cycles.cycles, wrong);
}

template <typename Model, typename Load>
void check_all(const std::string& unit, const std::vector<GoldenStream>& streams, const Load& load,
               std::vector<UnitCheck>& checks) {
  Model model;
  model.rst = 1;
  tick(model);
  model.rst = 0;
  std::vector<UnitCheck> own = at_each_rate(unit);
  for (const GoldenStream& stream : streams) {
    const Loaded loaded(stream);
    if (!load(model, stream, loaded)) continue;
    for (UnitCheck& check : own) check_stream(model, stream, loaded, check);
  }
  checks.insert(checks.end(), own.begin(), own.end());
}

}  // namespace

std::vector<UnitCheck> check_static_lane(const std::vector<GoldenLayer>& layers) {
  const std::vector<GoldenStream> streams = static_streams(layers);
  std::vector<UnitCheck> checks;
  check_all<Vstatic_direct>(
      "static lane, direct", streams,
      [](auto& model, const GoldenStream&, const Loaded& loaded) {
        if (!loaded.fits()) return false;
        load_slots<12>(model, loaded);
        return true;
      },
      checks);
  check_all<Vstatic_wide>(
      "static lane, 16 bits", streams,
      [](auto& model, const GoldenStream&, const Loaded& loaded) {
        if (loaded.fits()) return false;
        load_slots<16>(model, loaded);
        return true;
      },
      checks);
  check_all<Vstatic_compared>(
      "static lane, comparators", streams,
      [](auto& model, const GoldenStream& stream, const Loaded& loaded) {
        if (stream.shape.tables > 1 || !loaded.fits()) return false;
        if (loaded.description.tables[0]->frequency.size() > kComparators) return false;
        load_starts(model, loaded);
        return true;
      },
      checks);
  return checks;
}

}  // namespace adagrain::rtl
