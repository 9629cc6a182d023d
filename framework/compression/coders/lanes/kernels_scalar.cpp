// The reference.
#include <algorithm>

#include "framework/compression/coders/lanes/kernels.h"
#include "framework/compression/coders/lanes/lane_step.h"

namespace adagrain {
namespace {

// Four tables, so that equal neighbours do not wait for each other's increment.
void count(std::span<const std::uint8_t> bytes, std::span<std::uint32_t, 256> counts) {
  std::uint32_t parts[4][256] = {};
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4)
    for (std::size_t part = 0; part < 4; ++part) ++parts[part][bytes[i + part]];
  for (; i < bytes.size(); ++i) ++parts[0][bytes[i]];
  for (std::size_t byte = 0; byte < 256; ++byte)
    counts[byte] += parts[0][byte] + parts[1][byte] + parts[2][byte] + parts[3][byte];
}

std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes, std::uint8_t* coarse,
                    std::uint8_t* planes, std::uint8_t* escapes) {
  for (std::size_t block = 0; block < bytes.size(); block += plane_block) {
    const std::size_t size = std::min(plane_block, bytes.size() - block);
    std::uint64_t plane[2] = {};
    for (std::size_t i = 0; i < size; ++i) {
      const auto distance = static_cast<std::uint8_t>(bytes[block + i] - map.base);
      const std::uint32_t index = distance >> map.raw_bits;
      const std::uint8_t symbol = index < coarse_symbols ? map.remap[index] : CoarseMap::escape;
      coarse[block + i] = symbol;
      if (symbol == CoarseMap::escape) *escapes++ = bytes[block + i];
      for (int bit = 0; bit < map.raw_bits; ++bit) plane[bit] |= std::uint64_t{distance >> bit & 1u} << i;
    }
    for (int bit = 0; bit < map.raw_bits; ++bit)
      for (int byte = 0; byte < 8; ++byte) *planes++ = static_cast<std::uint8_t>(plane[bit] >> (8 * byte));
  }
  return escapes;
}

const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse, const std::uint8_t* planes,
                         const std::uint8_t* first, const std::uint8_t* escapes,
                         std::span<std::uint8_t> bytes) {
  const std::size_t blocks = (bytes.size() + plane_block - 1) / plane_block;
  for (std::size_t block = blocks; block-- > 0;) {
    std::uint64_t plane[2] = {};
    for (int bit = 0; bit < map.raw_bits; ++bit) {
      const std::uint8_t* from =
          planes + 8 * (block * static_cast<std::size_t>(map.raw_bits) + static_cast<std::size_t>(bit));
      for (int byte = 0; byte < 8; ++byte) plane[bit] |= std::uint64_t{from[byte]} << (8 * byte);
    }
    for (std::size_t i = std::min(plane_block, bytes.size() - block * plane_block); i-- > 0;) {
      const std::size_t at = block * plane_block + i;
      const auto raw = static_cast<std::uint32_t>((plane[0] >> i & 1) | (plane[1] >> i & 1) << 1);
      bytes[at] = static_cast<std::uint8_t>((std::uint32_t{coarse[at]} << map.raw_bits | raw) + map.base);
      if (coarse[at] != CoarseMap::escape) continue;
      if (escapes == first) return nullptr;
      bytes[at] = *--escapes;
    }
  }
  return escapes;
}

template <typename Lane>
std::uint8_t* encode(const typename Lane::Tables& tables, LaneStates& states, const std::uint8_t* coarse,
                     std::size_t rows, std::uint8_t* out) {
  for (std::size_t row = 0; row < rows; ++row, coarse += most_lanes)
    for (std::size_t lane = 0; lane < most_lanes; ++lane)
      Lane::encode(tables, states[lane], coarse[lane], out);
  return out;
}

template <typename Lane>
std::size_t decode(const typename Lane::Tables& tables, LaneStates& states, const std::uint8_t* first,
                   const std::uint8_t*& at, std::uint8_t* coarse, std::size_t rows) {
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= static_cast<std::ptrdiff_t>(Lane::unit_bytes * most_lanes); --rows) {
    for (std::size_t lane = most_lanes; lane-- > 0;) {
      coarse[(rows - 1) * most_lanes + lane] = Lane::decode(tables, states[lane]);
      Lane::refill(states[lane], next);
    }
  }
  at = next;
  return rows;
}

}  // namespace

const Kernels scalar_kernels = {
    count, split, join, encode<FastLane>, encode<PreciseLane>, decode<FastLane>, decode<PreciseLane>};

const Kernels& kernels_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512_kernels;
#endif
  return scalar_kernels;
}

}  // namespace adagrain
