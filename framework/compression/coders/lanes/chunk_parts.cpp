#include "framework/compression/coders/lanes/chunk_parts.h"

#include <algorithm>

#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/compression/coders/lanes/lane_prefix.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

template <typename Profile>
void refuse_foreign(const FrequencyTable& table) {
  require<DataError>(
      table.precision == Profile::precision &&
          *std::max_element(table.frequency.begin(), table.frequency.end()) <= Profile::highest_frequency,
      "lanes: a table of precision {} that the profile has not", table.precision);
}

}  // namespace

ChunkParts read_chunk_parts(std::span<const std::uint8_t> bytes, LaneProfile profile, std::size_t symbols) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t head = reader.number<std::uint8_t>();
  ChunkParts parts;
  if (head == kStoredChunk) {
    require<DataError>(reader.remaining() == symbols, "lanes: {} bytes are stored of {} symbols",
                       reader.remaining(), symbols);
    parts.stored = true;
    parts.coded = reader.rest();
    return parts;
  }
  parts.raw_bits = head & 3;
  const int log_lanes = head >> 2 & 15;
  require<DataError>(parts.raw_bits <= 2 && log_lanes <= 8, "lanes: head {:#04x} is none that is known",
                     head);
  parts.lanes = std::size_t{1} << log_lanes;
  parts.base = reader.number<std::uint8_t>();
  BitReader bits(reader.rest());
  parts.table = read_table(bits, kCoarseSymbols);
  reader.take(bits.finish());
  profile == LaneProfile::fast ? refuse_foreign<FastChunk>(parts.table)
                               : refuse_foreign<PreciseChunk>(parts.table);
  if (carry_prefix(parts.lanes)) parts.prefix = reader.varint();
  require<DataError>(parts.prefix <= std::min(symbols, kLongestPrefix), "lanes: a prefix of {} symbols of {}",
                     parts.prefix, symbols);
  parts.escapes = (head & kChunkHasEscapes) != 0 ? reader.varint() : 0;
  const std::uint64_t listed = (head & kChunkHasEscapes) != 0 ? reader.varint() : 0;
  require<DataError>(parts.escapes <= symbols, "lanes: {} escapes of {} symbols", parts.escapes, symbols);
  parts.planes = reader.take(planes_bytes(symbols, parts.raw_bits));
  parts.list = reader.take(listed);
  parts.coded = reader.rest();
  return parts;
}

}  // namespace adagrain
