#include <bit>

#include "Vinterleaved_decoder.h"
#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/coders/lanes/lane_tables.h"
#include "framework/core/error.h"
#include "framework/hardware/units/interleaved_decoder.h"
#include "tests/hardware/rtl/unit_check.h"

namespace adagrain::rtl {
namespace {

struct GoldenChunk {
  std::string name;
  Bytes bytes;
  std::vector<std::uint8_t> symbols;
};

void add_chunk(const std::string& name, std::vector<std::uint8_t> symbols, std::vector<GoldenChunk>& chunks) {
  if (symbols.empty()) return;
  const Bytes stream = encode_lanes(symbols, LanePrecision::precise);
  const LaneChunks all(stream, symbols.size());
  const auto first = all.bytes(0);
  symbols.resize(all.begin(1));
  chunks.push_back({name, Bytes(first.begin(), first.end()), std::move(symbols)});
}

// The levels of each layer, and the beginnings of large ones: how many lanes there are depends on the length.
std::vector<GoldenChunk> golden_chunks(const std::vector<GoldenLayer>& layers) {
  std::vector<GoldenChunk> chunks;
  for (const GoldenLayer& layer : layers) {
    if (layer.alphabet > 256) continue;
    const std::vector<std::uint8_t> symbols(layer.symbols.begin(), layer.symbols.end());
    add_chunk(layer.name, symbols, chunks);
    for (std::size_t length = 11113; length < symbols.size(); length *= 2)
      add_chunk(fmt::format("{}, {} symbols", layer.name, length),
                {symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(length)}, chunks);
  }
  return chunks;
}

void load_table(Vinterleaved_decoder& model, const FrequencyTable& table) {
  const std::array<std::uint32_t, kCoarseSymbols> frequencies = all_frequencies(table);
  const AliasTables alias(frequencies);
  model.write = 1;
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    drive(model.write_at, symbol);
    drive(model.share, alias.bucket[symbol] & 255u);
    drive(model.other, alias.bucket[symbol] >> 8);
    drive(model.adjust, alias.adjust[symbol] & 4095u);
    drive(model.frequency, alias.frequency[symbol] & 4095u);
    tick(model);
  }
  model.write = 0;
}

// Number 0 ends where the bytes end; its lowest byte is that of the highest address.
std::uint64_t word_from_end(std::span<const std::uint8_t> bytes, std::uint64_t number) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8 && 8 * number + i < bytes.size(); ++i)
    word |= std::uint64_t{bytes[bytes.size() - 1 - 8 * number - i]} << (8 * i);
  return word;
}

void check_chunk(Vinterleaved_decoder& model, const std::string& name, const ChunkParts& parts,
                 std::span<const std::uint8_t> escapes, std::span<const std::uint8_t> expected,
                 UnitCheck& check) {
  const std::size_t count = expected.size();
  drive(model.bytes, parts.coded.size());
  drive(model.log_lanes, static_cast<std::uint64_t>(std::countr_zero(parts.lanes)));
  drive(model.symbols, count);
  drive(model.prefix, parts.prefix);
  drive(model.raw_bits, static_cast<std::uint64_t>(parts.raw_bits));
  model.base = parts.base;
  model.in_valid = model.plane_valid = 0;
  model.start = 1;
  tick(model);
  model.start = 0;
  InputPort code(check.rate), planes(check.rate);
  std::vector<std::uint8_t> bytes(count), modelled(count);
  std::size_t left = count, escapes_left = escapes.size();
  std::uint64_t cycle = 0, last = 0, out_of_place = 0;
  for (const std::uint64_t limit = 100 * count + 10000; (!model.done || left > 0) && cycle < limit; ++cycle) {
    model.in_valid = code.words() * 8 < parts.coded.size() && code.offers(cycle);
    model.in_data = word_from_end(parts.coded, code.words());
    model.plane_valid = planes.words() * 8 < parts.planes.size() && planes.offers(cycle);
    // Words of planes keep their bits in order.
    if (model.plane_valid)
      model.plane_data = word_of(parts.planes, parts.planes.size() / 8 - 1 - planes.words());
    model.escape_data = escapes_left > 0 ? escapes[escapes_left - 1] : std::uint8_t{0};
    settle(model);
    if (model.out_valid) {
      for (std::size_t i = 8; i-- > 0;) {
        if ((model.out_lanes >> i & 1) == 0) continue;
        out_of_place += left == 0 || model.out_at + i != left - 1;
        if (left > 0) bytes[--left] = static_cast<std::uint8_t>(model.out_bytes >> (8 * i));
      }
      last = cycle + 1;
    }
    if (model.escape_take && escapes_left > 0) --escapes_left;
    if (model.in_valid && model.in_ready) code.take(cycle);
    if (model.plane_valid && model.plane_ready) planes.take(cycle);
    edge(model);
  }
  InterleavedDecoder unit(parts, count, escapes, {check.rate, check.rate});
  for (ByteRow row; unit.next_row(row);) {
    for (std::size_t i = 0; i < kRowLanes; ++i)
      if ((row.lanes >> i & 1) != 0) modelled[row.at + i] = row.bytes[i];
  }
  std::string wrong = difference<std::uint8_t>("symbols", bytes, expected) +
                      difference<std::uint8_t>("symbols of the model", modelled, expected);
  if (out_of_place > 0 || left > 0) wrong += fmt::format(" {} out of place, {} missing;", out_of_place, left);
  if (!model.good || escapes_left > 0) wrong += " the row does not end well;";
  if (!unit.ended_well()) wrong += " the model does not end well;";
  wrong +=
      port_difference(code.words() + planes.words(), std::max(code.cycles(), planes.cycles()), unit.cycles());
  check.add(fmt::format("{}, {} lanes", name, parts.lanes), count, last, unit.cycles().cycles, wrong);
}

}  // namespace

std::vector<UnitCheck> check_interleaved(const std::vector<GoldenLayer>& layers) {
  Vinterleaved_decoder model;
  model.rst = 1;
  tick(model);
  model.rst = 0;
  // What decides how fast a chunk goes: lanes, and whether it has planes or escapes.
  std::vector<UnitCheck> few = at_each_rate("interleaved, 1 to 4 lanes"),
                         eight = at_each_rate("interleaved, 8 lanes"),
                         many = at_each_rate("interleaved, 16 to 256"),
                         mixed = at_each_rate("interleaved, bits, escapes");
  for (const GoldenChunk& chunk : golden_chunks(layers)) {
    const ChunkParts parts = read_chunk_parts(chunk.bytes, LanePrecision::precise, chunk.symbols.size());
    if (parts.stored) continue;
    std::vector<std::uint8_t> escapes(parts.escapes);
    if (parts.list.size() == escapes.size()) {
      escapes.assign(parts.list.begin(), parts.list.end());
    } else {
      decode_interleaved(parts.list, {}, escapes);
    }
    load_table(model, parts.table);
    std::vector<UnitCheck>& checks = parts.lanes > kRowLanes                   ? many
                                     : parts.raw_bits > 0 || parts.escapes > 0 ? mixed
                                     : parts.lanes < kRowLanes                 ? few
                                                                               : eight;
    for (UnitCheck& check : checks) check_chunk(model, chunk.name, parts, escapes, chunk.symbols, check);
    // The whole of it, list included.
    std::vector<std::uint8_t> decoded(chunk.symbols.size());
    decode_interleaved(chunk.bytes, {}, decoded);
    ensure(decoded == chunk.symbols, "{}: decode_interleaved gives other symbols", chunk.name);
  }
  for (const auto* more : {&eight, &many, &mixed}) few.insert(few.end(), more->begin(), more->end());
  return few;
}

}  // namespace adagrain::rtl
