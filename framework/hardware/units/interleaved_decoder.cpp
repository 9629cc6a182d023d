#include "framework/hardware/units/interleaved_decoder.h"

#include <algorithm>
#include <bit>

#include "framework/compression/coders/lanes/byte_sink.h"
#include "framework/core/error.h"
#include "framework/hardware/units/fixed_width_unpacker.h"

namespace adagrain {
namespace {

constexpr std::uint32_t kPlaneWords = 4;  // held

UnitCycles& operator+=(UnitCycles& sum, const UnitCycles& more) {
  sum.cycles += more.cycles;
  sum.starved += more.starved;
  sum.words += more.words;
  sum.input_cycles += more.input_cycles;
  return sum;
}

// Bytes as they are.
UnitCycles copy_bytes(std::span<const std::uint8_t> bytes, InputRate rate, std::span<std::uint8_t> to) {
  std::vector<std::uint16_t> symbols(bytes.size());
  const UnitCycles cycles = unpack_fixed_width(bytes, 256, rate, symbols);
  std::transform(symbols.begin(), symbols.end(), to.begin(),
                 [](std::uint16_t symbol) { return static_cast<std::uint8_t>(symbol); });
  return cycles;
}

}  // namespace

InterleavedDecoder::InterleavedDecoder(const ChunkParts& parts, std::size_t symbols,
                                       std::span<const std::uint8_t> escapes, const InterleavedRates& rates)
    : row_(parts, symbols, rates.code),
      base_(parts.base),
      raw_bits_(parts.raw_bits),
      planes_(parts.planes),
      escapes_(escapes),
      escapes_left_(escapes.size()),
      plane_port_(rates.planes) {}

UnitCycles InterleavedDecoder::cycles() const {
  UnitCycles cycles = row_.cycles();
  cycles.words += plane_port_.words();
  cycles.input_cycles = std::max(cycles.input_cycles, plane_port_.cycles());
  return cycles;
}

bool InterleavedDecoder::next_row(ByteRow& row) {
  while (row_.left() > 0 || full_) {
    if (tick(row)) return true;
  }
  return false;
}

bool InterleavedDecoder::tick(ByteRow& row) {
  const std::uint64_t cycle = row_.cycles().cycles;
  const auto wanted = static_cast<std::uint32_t>(raw_bits_);
  const bool loads =
      planes_held_ < kPlaneWords && 8 * plane_port_.words() < planes_.size() && plane_port_.offers(cycle);
  const bool leaves = full_ && planes_held_ >= wanted && (pending_ & (pending_ - 1)) == 0;
  // The highest pending lane takes the last escape that is left.
  if (full_ && pending_ != 0) {
    bad_ |= escapes_left_ == 0;
    const std::uint8_t escape = escapes_left_ > 0 ? escapes_[--escapes_left_] : std::uint8_t{0};
    const int lane = std::bit_width(pending_) - 1;
    waiting_.symbols[static_cast<std::size_t>(lane)] = escape;
    pending_ = static_cast<std::uint8_t>(pending_ & ~(1u << lane));
  }
  if (leaves) {
    row = {waiting_.at, waiting_.lanes, {}};
    for (std::size_t i = 0; i < kRowLanes; ++i) {
      if ((waiting_.lanes >> i & 1) == 0) continue;
      const std::size_t place = waiting_.at + i;
      std::uint32_t distance = std::uint32_t{waiting_.symbols[i]} << raw_bits_;
      for (int bit = 0; bit < raw_bits_; ++bit) {
        const std::size_t at = plane_place(place, raw_bits_) + 8 * static_cast<std::size_t>(bit);
        distance |= (planes_[at] >> place % 8 & 1u) << bit;
      }
      row.bytes[i] = static_cast<std::uint8_t>(base_ + distance);
    }
    if (waiting_.at % kPlaneBlock == 0 && (waiting_.lanes & 1) != 0) planes_held_ -= wanted;
  }
  const bool ready = !full_ || leaves;
  CoarseRow next;
  const bool arrives = row_.tick(ready, next);
  if (ready) full_ = arrives;
  if (arrives) {
    waiting_ = next;
    for (std::size_t i = 0; i < kRowLanes; ++i) {
      const bool escapes = (next.lanes >> i & 1) != 0 && next.symbols[i] == CoarseMap::escape;
      pending_ |= static_cast<std::uint8_t>(std::uint32_t{escapes} << i);
    }
  }
  if (loads) {
    plane_port_.take(cycle);
    ++planes_held_;
  }
  return leaves;
}

InterleavedRun decode_interleaved(std::span<const std::uint8_t> chunk, const InterleavedRates& rates,
                                  std::span<std::uint8_t> symbols) {
  const ChunkParts parts = read_chunk_parts(chunk, LanePrecision::precise, symbols.size());
  InterleavedRun run;
  if (parts.stored) {
    run.chunk = copy_bytes(parts.coded, rates.code, symbols);
    return run;
  }
  std::vector<std::uint8_t> escapes(parts.escapes);
  if (parts.list.size() == escapes.size()) {
    run.list = copy_bytes(parts.list, rates.code, escapes);
  } else {
    const ChunkParts list = read_chunk_parts(parts.list, LanePrecision::precise, escapes.size());
    require<DataError>(list.stored || list.list.size() == list.escapes,
                       "lanes: a list within a list of a list");
    const InterleavedRun own = decode_interleaved(parts.list, rates, escapes);
    run.list = own.chunk;
    run.list += own.list;
    run.table_writes = own.table_writes;
  }
  require<DataError>(std::all_of(escapes.begin(), escapes.end(),
                                 [&](std::uint8_t escape) { return escape <= 255 >> parts.raw_bits; }),
                     "lanes: an escape is above {}", 255 >> parts.raw_bits);
  InterleavedDecoder decoder(parts, symbols.size(), escapes, rates);
  for (ByteRow row; decoder.next_row(row);) {
    for (std::size_t i = 0; i < kRowLanes; ++i)
      if ((row.lanes >> i & 1) != 0) symbols[row.at + i] = row.bytes[i];
  }
  require<DataError>(decoder.ended_well(), "lanes: the chunk does not end as its encoder began");
  run.chunk = decoder.cycles();
  run.table_writes += kAliasWrites;
  return run;
}

}  // namespace adagrain
