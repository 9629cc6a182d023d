// A chunk's first symbols, its prefix, stand in the states that its lanes begin from. A lane might begin from
// L, its lowest state; but L + b, with b any log2 L bits, makes its final state longer by half a bit,
// and carries them: precise 12, fast 8. These bits of all lanes hold the prefix, coded by one more lane:
//
//   zeros | units of its code | its state, at the end
//
// which is decoded when all lanes have come to their beginning.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "framework/compression/coders/lanes/kernels.h"
#include "framework/compression/coders/lanes/lane_step.h"
#include "framework/core/error.h"

namespace adagrain {

constexpr std::size_t kLongestPrefix = 1024;  // symbols: a single lane is slow

// Fewer lanes begin at L: a prefix would cost more than it saves.
constexpr bool carry_prefix(std::size_t lanes) {
  return lanes >= 8;
}
template <typename Lane>
constexpr std::size_t prefix_bytes(std::size_t lanes) {
  return lanes * Lane::precision / 8;
}
using PrefixBuffer = std::array<std::uint8_t, prefix_bytes<PreciseLane>(kMostLanes)>;  // of any lanes

// Fills `bytes` with as many of the first symbols of `coarse` as they hold; returns how many.
template <typename Lane>
std::size_t encode_prefix(const typename Lane::EncodeTables& tables, std::span<const std::uint8_t> coarse,
                          std::span<std::uint8_t> bytes) {
  using State = typename Lane::StoredState;
  std::array<std::uint8_t, std::tuple_size_v<PrefixBuffer> + sizeof(typename Lane::Unit)> code;
  const std::size_t room = bytes.size() - sizeof(State);
  std::uint32_t state = Lane::lowest;
  std::size_t symbols = 0, used = 0;
  for (; symbols < coarse.size(); ++symbols) {
    std::uint32_t next = state;
    std::uint8_t* out = &code[used];
    Lane::encode(tables, next, coarse[symbols], out);
    const auto units = static_cast<std::size_t>(out - code.data());
    if (units > room) break;
    state = next;
    used = units;
  }
  std::fill_n(bytes.begin(), room - used, std::uint8_t{0});
  std::copy_n(code.begin(), used, bytes.begin() + static_cast<std::ptrdiff_t>(room - used));
  store_little_endian(&bytes[room], static_cast<State>(state));
  return symbols;
}

// Calls put(place, coarse symbol) for each symbol, the last one first. Throws DataError when `bytes` hold
// anything else than that many symbols.
template <typename Lane, typename Put>
void decode_prefix(const typename Lane::DecodeTables& tables, std::span<const std::uint8_t> bytes,
                   std::size_t symbols, const Put& put) {
  constexpr std::size_t unit_bytes = sizeof(typename Lane::Unit);
  std::array<std::uint8_t, unit_bytes + std::tuple_size_v<PrefixBuffer>> copy{};  // refill reads before them
  const std::uint8_t* const begin = copy.data() + unit_bytes;
  const std::uint8_t* at =
      std::copy(bytes.begin(), bytes.end(), copy.data() + unit_bytes) - sizeof(typename Lane::StoredState);
  std::uint32_t state = load_little_endian<typename Lane::StoredState>(at);
  bool sound = state >= Lane::lowest && state < Lane::highest;
  for (std::size_t left = symbols; sound && left-- > 0;) {
    put(left, Lane::decode(tables, state));
    sound = state >= Lane::lowest || static_cast<std::size_t>(at - begin) >= unit_bytes;
    if (sound) Lane::refill(state, at);
  }
  sound =
      sound && state == Lane::lowest && std::all_of(begin, at, [](std::uint8_t byte) { return byte == 0; });
  require<DataError>(sound, "lanes: the states do not begin with {} symbols", symbols);
}

}  // namespace adagrain
