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

void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads,
                  Isa isa) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t profile = reader.number<std::uint8_t>();
  require<DataError>(profile <= 1, "lanes: profile {} is unknown; 0 (fast) and 1 (precise) exist", profile);
  std::vector<std::uint64_t> sizes(chunks_of(symbols.size()));
  for (std::uint64_t& size : sizes) size = reader.varint();
  std::vector<std::span<const std::uint8_t>> chunks;
  for (const std::uint64_t size : sizes) chunks.push_back(reader.take(size));
  require<DataError>(reader.remaining() == 0, "lanes: {} bytes too many", reader.remaining());
  const Kernels& kernels = kernels_of(isa);
  parallel_for(chunks.size(), threads, [&](std::size_t i) {
    decode_chunk(chunks[i], static_cast<LaneProfile>(profile), chunk_of(symbols, i), kernels, Lists::coded);
  });
}

}  // namespace adagrain
