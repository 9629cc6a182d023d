#include "framework/compression/coders/lanes/chunk_parts.h"

#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/core/error.h"

namespace adagrain {

ChunkParts read_chunk_parts(std::span<const std::uint8_t> bytes, LanePrecision precision,
                            std::size_t symbols) {
  ByteReader reader(bytes, "lanes");
  const LaneChunkFront front = read_chunk_front(reader, precision, symbols);
  ChunkParts parts;
  parts.stored = front.stored;
  if (front.stored) {
    require<DataError>(reader.remaining() == symbols, "lanes: {} bytes are stored of {} symbols",
                       reader.remaining(), symbols);
    parts.coded = reader.rest();
    return parts;
  }
  require<DataError>(front.escapes <= symbols, "lanes: {} escapes of {} symbols", front.escapes, symbols);
  parts.raw_bits = front.raw_bits;
  parts.lanes = front.lanes;
  parts.base = front.base;
  parts.table = front.table;
  parts.prefix = front.prefix;
  parts.escapes = front.escapes;
  parts.planes = reader.take(planes_bytes(symbols, parts.raw_bits));
  parts.list = reader.take(front.list_bytes);
  parts.coded = reader.rest();
  return parts;
}

}  // namespace adagrain
