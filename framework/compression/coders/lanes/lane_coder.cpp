#include "framework/compression/coders/lanes/lane_coder.h"

#include <algorithm>

#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/core/error.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

std::size_t chunks_of(std::size_t symbols) {
  return (symbols + kLaneChunkSymbols - 1) / kLaneChunkSymbols;
}

template <typename Symbols>
Symbols chunk_of(Symbols symbols, std::size_t chunk) {
  const std::size_t at = chunk * kLaneChunkSymbols;
  return symbols.subspan(at, std::min(kLaneChunkSymbols, symbols.size() - at));
}

Bytes stream_front(LanePrecision precision, std::span<const std::uint64_t> sizes) {
  Bytes bytes{static_cast<std::uint8_t>(precision)};
  for (const std::uint64_t size : sizes) append_varint(bytes, size);
  return bytes;
}

}  // namespace

Bytes encode_lanes(std::span<const std::uint8_t> symbols, LanePrecision precision, int threads, Isa isa) {
  const Kernels& kernels = kernels_of(isa);
  std::vector<std::uint64_t> sizes(chunks_of(symbols.size()));
  const std::size_t at_once = std::clamp<std::size_t>(sizes.size(), 1, std::max(1, threads));
  std::vector<ChunkMemory> memory(at_once);
  std::vector<EncodedChunk> chunks(at_once);
  Bytes bytes;
  bytes.reserve(1 + symbols.size() + 5 * sizes.size());  // at most: a chunk stored, its head, its length
  std::size_t room = 0;                                  // for the front, which tells what all chunks take
  for (std::size_t first = 0; first < sizes.size(); first += at_once) {
    const std::size_t count = std::min(at_once, sizes.size() - first);
    parallel_for(count, threads, [&](std::size_t i) {
      chunks[i] = encode_chunk(chunk_of(symbols, first + i), precision, kernels, Lists::coded, memory[i]);
    });
    for (std::size_t i = 0; i < count; ++i) sizes[first + i] = chunks[i].size();
    if (first == 0) {
      // What the others are likely to take: a guess that is wrong costs moving all bytes.
      for (std::size_t i = count; i < sizes.size(); ++i)
        sizes[i] = sizes[0] * chunk_of(symbols, i).size() / kLaneChunkSymbols;
      room = stream_front(precision, sizes).size();
      bytes.resize(room);
    }
    for (std::size_t i = 0; i < count; ++i) chunks[i].append_to(bytes);
  }
  const Bytes known = stream_front(precision, sizes);
  if (known.size() > room) bytes.insert(bytes.begin(), known.size() - room, 0);
  if (known.size() < room)
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(room - known.size()));
  std::copy(known.begin(), known.end(), bytes.begin());
  return bytes;
}

LaneChunks::LaneChunks(std::span<const std::uint8_t> bytes, std::size_t symbols) : symbols_(symbols) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t precision = reader.number<std::uint8_t>();
  require<DataError>(precision <= 1, "lanes: precision {} is unknown; 0 (fast) and 1 (precise) exist",
                     precision);
  precision_ = static_cast<LanePrecision>(precision);
  std::vector<std::uint64_t> sizes(chunks_of(symbols));
  for (std::uint64_t& size : sizes) size = reader.varint();
  for (const std::uint64_t size : sizes) chunks_.push_back(reader.take(size));
  require<DataError>(reader.remaining() == 0, "lanes: {} bytes too many", reader.remaining());
}

LaneChunkFront LaneChunks::front(std::size_t chunk) const {
  ByteReader reader(chunks_.at(chunk), "lanes");
  return read_chunk_front(reader, precision_, begin(chunk + 1) - begin(chunk));
}

void LaneChunks::decode(std::size_t chunk, std::span<std::uint8_t> symbols, Isa isa) const {
  ensure(chunk < count() && symbols.size() == begin(chunk + 1) - begin(chunk),
         "lanes: {} symbols of chunk {} of {}", symbols.size(), chunk, count());
  decode_chunk(chunks_[chunk], precision_, symbols, kernels_of(isa), Lists::coded);
}

void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads,
                  Isa isa) {
  const LaneChunks chunks(bytes, symbols.size());
  parallel_for(chunks.count(), threads, [&](std::size_t i) { chunks.decode(i, chunk_of(symbols, i), isa); });
}

}  // namespace adagrain
