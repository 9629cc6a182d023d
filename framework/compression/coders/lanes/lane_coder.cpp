#include "framework/compression/coders/lanes/lane_coder.h"

#include <algorithm>

#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/core/error.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

std::size_t chunks_of(std::size_t symbols) {
  return (symbols + lane_chunk_symbols - 1) / lane_chunk_symbols;
}

template <typename Symbols>
Symbols chunk_of(Symbols symbols, std::size_t chunk) {
  const std::size_t at = chunk * lane_chunk_symbols;
  return symbols.subspan(at, std::min(lane_chunk_symbols, symbols.size() - at));
}

}  // namespace

Bytes encode_lanes(std::span<const std::uint8_t> symbols, LaneProfile profile, int threads, Isa isa) {
  const Kernels& kernels = kernels_of(isa);
  std::vector<EncodedChunk> chunks(chunks_of(symbols.size()));
  parallel_for(chunks.size(), threads, [&](std::size_t i) {
    chunks[i] = encode_chunk(chunk_of(symbols, i), profile, kernels, Lists::coded);
  });
  Bytes bytes{static_cast<std::uint8_t>(profile)};
  std::size_t total = 0;
  for (const EncodedChunk& chunk : chunks) {
    append_varint(bytes, chunk.size());
    total += chunk.size();
  }
  bytes.reserve(bytes.size() + total);
  for (const EncodedChunk& chunk : chunks) chunk.append_to(bytes);
  return bytes;
}

LaneChunks::LaneChunks(std::span<const std::uint8_t> bytes, std::size_t symbols) : symbols_(symbols) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t profile = reader.number<std::uint8_t>();
  require<DataError>(profile <= 1, "lanes: profile {} is unknown; 0 (fast) and 1 (precise) exist", profile);
  profile_ = static_cast<LaneProfile>(profile);
  std::vector<std::uint64_t> sizes(chunks_of(symbols));
  for (std::uint64_t& size : sizes) size = reader.varint();
  for (const std::uint64_t size : sizes) chunks_.push_back(reader.take(size));
  require<DataError>(reader.remaining() == 0, "lanes: {} bytes too many", reader.remaining());
}

void LaneChunks::decode(std::size_t chunk, std::span<std::uint8_t> symbols, Isa isa) const {
  ensure(chunk < count() && symbols.size() == begin(chunk + 1) - begin(chunk),
         "lanes: {} symbols of chunk {} of {}", symbols.size(), chunk, count());
  decode_chunk(chunks_[chunk], profile_, symbols, kernels_of(isa), Lists::coded);
}

void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads,
                  Isa isa) {
  const LaneChunks chunks(bytes, symbols.size());
  parallel_for(chunks.count(), threads, [&](std::size_t i) { chunks.decode(i, chunk_of(symbols, i), isa); });
}

}  // namespace adagrain
