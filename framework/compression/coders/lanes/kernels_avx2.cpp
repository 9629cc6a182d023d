// 32 lanes a register. Tables of 64 bytes are looked up in four quarters, in registers: gathers are slow on
// many processors. What AVX-512 compresses and expands is shuffled here, eight lanes a table entry.
#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "framework/compression/coders/lanes/kernels.h"

#define ADAGRAIN_AVX2 __attribute__((target("avx2,popcnt")))
#define ADAGRAIN_AVX2_INLINE ADAGRAIN_AVX2 __attribute__((always_inline)) inline

namespace adagrain {
namespace {

ADAGRAIN_AVX2_INLINE __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
ADAGRAIN_AVX2_INLINE void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}
ADAGRAIN_AVX2_INLINE __m256i high_byte(__m256i words) {
  return _mm256_srli_epi16(words, 8);
}
ADAGRAIN_AVX2_INLINE __m256i low_byte(__m256i words) {
  return _mm256_and_si256(words, _mm256_set1_epi16(255));
}
ADAGRAIN_AVX2_INLINE std::uint32_t mask_of(__m256i bytes) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
}
ADAGRAIN_AVX2_INLINE __m256i inverse(__m256i mask) {
  return _mm256_xor_si256(mask, _mm256_set1_epi8(-1));
}

// ---- look-ups

ADAGRAIN_AVX2_INLINE __m256i sixteen(const std::uint8_t* table, __m256i index) {
  return _mm256_shuffle_epi8(
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table))), index);
}
// Indices below 64; `bit4` and `bit5` are their bits 4 and 5 at the top of the byte.
struct Index {
  __m256i value, bit4, bit5;
};
ADAGRAIN_AVX2_INLINE Index index_of(__m256i value) {
  return {value, _mm256_slli_epi16(value, 3), _mm256_slli_epi16(value, 2)};
}
ADAGRAIN_AVX2_INLINE __m256i look_up(const std::uint8_t* table, const Index& at) {
  const __m256i lower = _mm256_blendv_epi8(sixteen(table, at.value), sixteen(table + 16, at.value), at.bit4);
  const __m256i upper =
      _mm256_blendv_epi8(sixteen(table + 32, at.value), sixteen(table + 48, at.value), at.bit4);
  return _mm256_blendv_epi8(lower, upper, at.bit5);
}
// Of 256 entries.
ADAGRAIN_AVX2_INLINE __m256i look_up_slot(const std::uint8_t* table, __m256i slot) {
  const Index at = {_mm256_and_si256(slot, _mm256_set1_epi8(63)), _mm256_slli_epi16(slot, 3),
                    _mm256_slli_epi16(slot, 2)};
  const __m256i bit6 = _mm256_slli_epi16(slot, 1);
  const __m256i lower = _mm256_blendv_epi8(look_up(table, at), look_up(table + 64, at), bit6);
  const __m256i upper = _mm256_blendv_epi8(look_up(table + 128, at), look_up(table + 192, at), bit6);
  return _mm256_blendv_epi8(lower, upper, slot);
}

// ---- compressing and expanding

// For each mask of eight lanes: where compressing finds its bytes, where expanding does; 0x80 gives zero.
struct Shuffles {
  alignas(64) std::array<std::array<std::uint8_t, 8>, 256> compress, expand;
};
constexpr Shuffles byte_shuffles = [] {
  Shuffles shuffles{};
  for (std::size_t mask = 0; mask < 256; ++mask) {
    shuffles.compress[mask].fill(0x80);
    shuffles.expand[mask].fill(0x80);
    std::uint8_t rank = 0;
    for (std::uint8_t lane = 0; lane < 8; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      shuffles.compress[mask][rank] = lane;
      shuffles.expand[mask][lane] = rank++;
    }
  }
  return shuffles;
}();
// The same for lanes of two bytes.
struct WordShuffles {
  alignas(64) std::array<std::array<std::uint8_t, 16>, 256> compress, expand;
};
constexpr WordShuffles word_shuffles = [] {
  WordShuffles shuffles{};
  const auto widen = [](std::uint8_t place, std::size_t byte) {
    return static_cast<std::uint8_t>(place == 0x80 ? 0x80 : 2 * place + byte);
  };
  for (std::size_t mask = 0; mask < 256; ++mask) {
    for (std::size_t i = 0; i < 16; ++i) {
      shuffles.compress[mask][i] = widen(byte_shuffles.compress[mask][i / 2], i % 2);
      shuffles.expand[mask][i] = widen(byte_shuffles.expand[mask][i / 2], i % 2);
    }
  }
  return shuffles;
}();

ADAGRAIN_AVX2_INLINE __m256i four(const void* first, const void* second, const void* third,
                                  const void* fourth) {
  const auto two = [](const void* low, const void* high) __attribute__((target("avx2"), always_inline)) {
    return _mm_castps_si128(_mm_loadh_pi(_mm_castpd_ps(_mm_load_sd(static_cast<const double*>(low))),
                                         static_cast<const __m64*>(high)));
  };
  return _mm256_inserti128_si256(_mm256_castsi128_si256(two(first, second)), two(third, fourth), 1);
}

// Byte places of the four eights of a register: a shuffle works on halves of sixteen.
ADAGRAIN_AVX2_INLINE __m256i places(const std::array<std::array<std::uint8_t, 8>, 256>& shuffles,
                                    std::uint32_t mask) {
  const __m256i of_eights = four(&shuffles[mask & 255], &shuffles[mask >> 8 & 255],
                                 &shuffles[mask >> 16 & 255], &shuffles[mask >> 24]);
  return _mm256_or_si256(of_eights, _mm256_set_epi64x(0x0808080808080808, 0, 0x0808080808080808, 0));
}

// Writes the bytes that `mask` chooses, up to 8 bytes beyond them; returns their end.
ADAGRAIN_AVX2_INLINE std::uint8_t* compress(__m256i bytes, std::uint32_t mask, std::uint8_t* out) {
  const __m256i packed = _mm256_shuffle_epi8(bytes, places(byte_shuffles.compress, mask));
  const __m128i low = _mm256_castsi256_si128(packed), high = _mm256_extracti128_si256(packed, 1);
  _mm_storeu_si64(out, low);
  _mm_storeh_pi(reinterpret_cast<__m64*>(out + std::popcount(mask & 0xFF)), _mm_castsi128_ps(low));
  _mm_storeu_si64(out + std::popcount(mask & 0xFFFF), high);
  _mm_storeh_pi(reinterpret_cast<__m64*>(out + std::popcount(mask & 0xFFFFFF)), _mm_castsi128_ps(high));
  return out + std::popcount(mask);
}

// The bytes from `from` on in the lanes of `mask`, zero in others. Reads up to 8 bytes more than there are.
ADAGRAIN_AVX2_INLINE __m256i expand(const std::uint8_t* from, std::uint32_t mask) {
  const __m256i bytes = four(from, from + std::popcount(mask & 0xFF), from + std::popcount(mask & 0xFFFF),
                             from + std::popcount(mask & 0xFFFFFF));
  return _mm256_shuffle_epi8(bytes, places(byte_shuffles.expand, mask));
}

// ---- bytes and coarse symbols

ADAGRAIN_AVX2 std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                  std::uint8_t* coarse, std::uint8_t* planes, std::uint8_t* escapes) {
  const __m256i base = _mm256_set1_epi8(static_cast<char>(map.base));
  const __m256i escape = _mm256_set1_epi8(CoarseMap::escape);
  const __m256i kept = _mm256_set1_epi8(static_cast<char>(0xFF >> map.raw_bits));
  const __m128i shift = _mm_cvtsi32_si128(map.raw_bits);
  for (std::size_t block = 0; block < bytes.size(); block += plane_block) {
    const std::size_t size = std::min(plane_block, bytes.size() - block);
    std::array<std::uint8_t, plane_block> last;
    const std::uint8_t* from = bytes.data() + block;
    if (size < plane_block) {
      last.fill(map.base);  // a distance of zero sets no bit of a plane
      from = std::copy_n(from, size, last.begin()) - size;
    }
    std::uint64_t plane[2] = {};
    for (std::size_t half = 0; half < plane_block; half += 32) {
      const __m256i value = load(from + half);
      const __m256i distance = _mm256_sub_epi8(value, base);
      const __m256i index = _mm256_and_si256(_mm256_srl_epi16(distance, shift), kept);
      const __m256i inside = _mm256_cmpeq_epi8(_mm256_min_epu8(index, _mm256_set1_epi8(63)), index);
      const __m256i symbol = _mm256_blendv_epi8(escape, look_up(map.remap.data(), index_of(index)), inside);
      store(coarse + block + half, symbol);
      std::uint32_t escaped = mask_of(_mm256_cmpeq_epi8(symbol, escape));
      if (size < half + 32) escaped &= size <= half ? 0 : (1u << (size - half)) - 1;
      if (escaped != 0) escapes = compress(value, escaped, escapes);
      for (int bit = 0; bit < map.raw_bits; ++bit)
        plane[bit] |= std::uint64_t{mask_of(_mm256_sll_epi16(distance, _mm_cvtsi32_si128(7 - bit)))} << half;
    }
    std::memcpy(planes, plane, 8 * static_cast<std::size_t>(map.raw_bits));
    planes += 8 * map.raw_bits;
  }
  return escapes;
}

// `bits` as bytes of 0 or `value`.
ADAGRAIN_AVX2_INLINE __m256i spread(std::uint32_t bits, int value) {
  const __m256i eights =
      _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)),
                          _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
  const __m256i place = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(eights, place), place);
  return _mm256_and_si256(set, _mm256_set1_epi8(static_cast<char>(value)));
}

template <int raw_bits>
ADAGRAIN_AVX2 const std::uint8_t* join_with(const CoarseMap& map, const std::uint8_t* coarse,
                                            const std::uint8_t* planes, const std::uint8_t* first,
                                            const std::uint8_t* escapes, std::span<std::uint8_t> bytes) {
  const __m256i base = _mm256_set1_epi8(static_cast<char>(map.base));
  const __m256i escape = _mm256_set1_epi8(CoarseMap::escape);
  const std::uint8_t* const end = escapes;  // what is before can be read
  const std::size_t halves = (bytes.size() + 31) / 32;
  for (std::size_t half = halves; half-- > 0;) {
    const std::size_t at = 32 * half, size = std::min<std::size_t>(32, bytes.size() - at);
    const __m256i symbol = load(coarse + at);
    // Six bits and up to two more stay within their byte.
    __m256i value = _mm256_add_epi8(_mm256_slli_epi16(symbol, raw_bits), base);
    for (std::size_t bit = 0; bit < raw_bits; ++bit) {
      std::uint32_t plane;
      std::memcpy(&plane, planes + (half / 2 * raw_bits + bit) * 8 + half % 2 * 4, 4);
      value = _mm256_add_epi8(value, spread(plane, 1 << bit));
    }
    const __m256i listed = _mm256_cmpeq_epi8(symbol, escape);
    std::uint32_t escaped = mask_of(listed);
    if (size < 32) escaped &= (1u << size) - 1;
    const int count = std::popcount(escaped);
    if (escapes - first < count) return nullptr;
    escapes -= count;
    if (size == 32 && end - escapes >= 40) {
      store(bytes.data() + at, _mm256_blendv_epi8(value, expand(escapes, escaped), listed));
      continue;
    }
    alignas(32) std::array<std::uint8_t, 32> values;
    store(values.data(), value);
    for (const std::uint8_t* next = escapes; escaped != 0; escaped &= escaped - 1)
      values[static_cast<std::size_t>(std::countr_zero(escaped))] = *next++;
    std::memcpy(bytes.data() + at, values.data(), size);
  }
  return escapes;
}

const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse, const std::uint8_t* planes,
                         const std::uint8_t* first, const std::uint8_t* escapes,
                         std::span<std::uint8_t> bytes) {
  constexpr auto with = std::array{join_with<0>, join_with<1>, join_with<2>};
  return with[static_cast<std::size_t>(map.raw_bits)](map, coarse, planes, first, escapes, bytes);
}

// ---- fast: states as a plane of high and a plane of low bytes

struct FastPlanes {
  explicit FastPlanes(const LaneStates& states) {
    for (std::size_t i = 0; i < most_lanes; ++i) {
      high[i] = static_cast<std::uint8_t>(states[i] >> 8);
      low[i] = static_cast<std::uint8_t>(states[i]);
    }
  }
  void put_into(LaneStates& states) const {
    for (std::size_t i = 0; i < most_lanes; ++i)
      states[i] = static_cast<std::uint32_t>(high[i] << 8 | low[i]);
  }
  alignas(64) std::array<std::uint8_t, most_lanes> high, low;
};

// state / frequency and the remainder, both below 256: the reciprocal's quotient is right or one too small.
struct Division {
  __m256i quotient, remainder;
};
ADAGRAIN_AVX2_INLINE Division divide(__m256i state, __m256i frequency, __m256i reciprocal) {
  const __m256i guess = _mm256_mulhi_epu16(state, reciprocal);
  const __m256i rest = _mm256_sub_epi16(state, _mm256_mullo_epi16(guess, frequency));
  const __m256i enough = _mm256_cmpgt_epi16(frequency, rest);
  return {_mm256_sub_epi16(guess, inverse(enough)),
          _mm256_sub_epi16(rest, _mm256_andnot_si256(enough, frequency))};
}

ADAGRAIN_AVX2 std::uint8_t* encode_fast(const FastEncodeTables& tables, LaneStates& states,
                                        const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  alignas(64) std::array<std::uint8_t, coarse_symbols> reciprocal_low, reciprocal_high;
  for (std::size_t i = 0; i < coarse_symbols; ++i) {
    reciprocal_low[i] = static_cast<std::uint8_t>(tables.reciprocal[i]);
    reciprocal_high[i] = static_cast<std::uint8_t>(tables.reciprocal[i] >> 8);
  }
  const __m256i upper = _mm256_set1_epi16(static_cast<short>(0xFF00));
  FastPlanes planes(states);
  for (std::size_t row = 0; row < rows; ++row, coarse += most_lanes) {
    for (std::size_t lane = 0; lane < most_lanes; lane += 32) {
      const Index symbol = index_of(load(coarse + lane));
      const __m256i frequency = look_up(tables.frequency.data(), symbol);
      const __m256i old_low = load(&planes.low[lane]), old_high = load(&planes.high[lane]);
      const __m256i full = _mm256_cmpeq_epi8(_mm256_max_epu8(old_high, frequency), old_high);
      out = compress(old_low, mask_of(full), out);
      const __m256i low = _mm256_blendv_epi8(old_low, old_high, full);
      const __m256i high = _mm256_andnot_si256(full, old_high);
      const __m256i r_low = look_up(reciprocal_low.data(), symbol);
      const __m256i r_high = look_up(reciprocal_high.data(), symbol);
      const Division even =
          divide(_mm256_or_si256(low_byte(low), _mm256_slli_epi16(high, 8)), low_byte(frequency),
                 _mm256_or_si256(low_byte(r_low), _mm256_slli_epi16(r_high, 8)));
      const Division odd =
          divide(_mm256_or_si256(high_byte(low), _mm256_and_si256(high, upper)), high_byte(frequency),
                 _mm256_or_si256(high_byte(r_low), _mm256_and_si256(r_high, upper)));
      store(&planes.high[lane], _mm256_or_si256(even.quotient, _mm256_slli_epi16(odd.quotient, 8)));
      const __m256i remainder = _mm256_or_si256(even.remainder, _mm256_slli_epi16(odd.remainder, 8));
      store(&planes.low[lane], _mm256_add_epi8(remainder, look_up(tables.start.data(), symbol)));
    }
  }
  planes.put_into(states);
  return out;
}

ADAGRAIN_AVX2 std::size_t decode_fast(const FastDecodeTables& tables, LaneStates& states,
                                      const std::uint8_t* first, const std::uint8_t*& at,
                                      std::uint8_t* coarse, std::size_t rows) {
  FastPlanes planes(states);
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= static_cast<std::ptrdiff_t>(most_lanes); --rows) {
    std::uint8_t* const row = coarse + (rows - 1) * most_lanes;
    for (std::size_t lane = most_lanes; lane > 0;) {
      lane -= 32;
      const __m256i slot = load(&planes.low[lane]), high = load(&planes.high[lane]);
      const __m256i symbol = look_up_slot(tables.symbol_of.data(), slot);
      store(row + lane, symbol);
      const Index at_symbol = index_of(symbol);
      const __m256i frequency = look_up(tables.frequency.data(), at_symbol);
      const __m256i occurrence = _mm256_sub_epi8(slot, look_up(tables.start.data(), at_symbol));
      const __m256i even =
          _mm256_add_epi16(_mm256_mullo_epi16(low_byte(frequency), low_byte(high)), low_byte(occurrence));
      const __m256i odd =
          _mm256_add_epi16(_mm256_mullo_epi16(high_byte(frequency), high_byte(high)), high_byte(occurrence));
      const __m256i new_low = _mm256_or_si256(low_byte(even), _mm256_slli_epi16(odd, 8));
      const __m256i new_high =
          _mm256_blendv_epi8(high_byte(even), odd, _mm256_set1_epi16(static_cast<short>(0xFF00)));
      const __m256i empty = _mm256_cmpeq_epi8(new_high, _mm256_setzero_si256());
      const std::uint32_t mask = mask_of(empty);
      next -= std::popcount(mask);
      store(&planes.high[lane], _mm256_or_si256(new_high, _mm256_and_si256(new_low, empty)));
      store(&planes.low[lane], _mm256_or_si256(_mm256_andnot_si256(empty, new_low), expand(next, mask)));
    }
  }
  planes.put_into(states);
  at = next;
  return rows;
}

// ---- precise: states as two planes of words, split at bit 12 to decode, at bit 16 to encode

struct PrecisePlanes {
  PrecisePlanes(const LaneStates& states, int low_bits) {
    for (std::size_t i = 0; i < most_lanes; ++i) {
      high[i] = static_cast<std::uint16_t>(states[i] >> low_bits);
      low[i] = static_cast<std::uint16_t>(states[i] & ((1u << low_bits) - 1));
    }
  }
  void put_into(LaneStates& states, int low_bits) const {
    for (std::size_t i = 0; i < most_lanes; ++i) states[i] = std::uint32_t{high[i]} << low_bits | low[i];
  }
  alignas(64) std::array<std::uint16_t, most_lanes> high, low;
};

// A table of words as two of bytes.
struct WordTable {
  explicit WordTable(std::span<const std::uint16_t, coarse_symbols> words) {
    for (std::size_t i = 0; i < coarse_symbols; ++i) {
      low[i] = static_cast<std::uint8_t>(words[i]);
      high[i] = static_cast<std::uint8_t>(words[i] >> 8);
    }
  }
  alignas(64) std::array<std::uint8_t, coarse_symbols> low, high;
};

// 32 words, lanes 0..15 and 16..31. Packed to bytes they stand as eights 0, 2, 1, 3.
struct Words {
  __m256i part[2];
};
ADAGRAIN_AVX2_INLINE __m256i packed(const Words& words) {
  return _mm256_packus_epi16(words.part[0], words.part[1]);
}
ADAGRAIN_AVX2_INLINE Words unpacked(__m256i low, __m256i high) {
  return {_mm256_unpacklo_epi8(low, high), _mm256_unpackhi_epi8(low, high)};
}
ADAGRAIN_AVX2_INLINE __m256i swap_middle_eights(__m256i bytes) {
  return _mm256_permute4x64_epi64(bytes, 0xD8);
}
ADAGRAIN_AVX2_INLINE std::uint32_t mask_of_words(const Words& words) {
  return mask_of(swap_middle_eights(_mm256_packs_epi16(words.part[0], words.part[1])));
}

ADAGRAIN_AVX2_INLINE __m256i word_places(const std::array<std::array<std::uint8_t, 16>, 256>& shuffles,
                                         std::uint32_t mask) {
  return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(&shuffles[mask >> 8 & 255]),
                             reinterpret_cast<const __m128i*>(&shuffles[mask & 255]));
}

// As `compress` and `expand`, of 16 words.
ADAGRAIN_AVX2_INLINE std::uint8_t* compress_words(__m256i words, std::uint32_t mask, std::uint8_t* out) {
  const __m256i moved = _mm256_shuffle_epi8(words, word_places(word_shuffles.compress, mask));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(moved));
  out += 2 * std::popcount(mask & 0xFF);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_extracti128_si256(moved, 1));
  return out + 2 * std::popcount(mask >> 8 & 0xFF);
}
ADAGRAIN_AVX2_INLINE __m256i expand_words(const std::uint8_t* from, std::uint32_t mask) {
  const __m256i words =
      _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(from + 2 * std::popcount(mask & 0xFF)),
                          reinterpret_cast<const __m128i*>(from));
  return _mm256_shuffle_epi8(words, word_places(word_shuffles.expand, mask));
}

// Of 8 states of 28 bits. The quotient is below 2^16, so that single precision misses it by less than one.
ADAGRAIN_AVX2_INLINE __m256i quotients(__m256i state, __m256i frequency) {
  return _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(state), _mm256_cvtepi32_ps(frequency)));
}

// From places in `table` to what stands there.
ADAGRAIN_AVX2_INLINE __m256i load_each(const std::uint16_t* table, __m256i place) {
  alignas(32) std::array<std::uint16_t, 16> places;
  store(places.data(), place);
  const auto four_from = [&](std::size_t i) {
    return static_cast<long long>(table[places[i]] | std::uint64_t{table[places[i + 1]]} << 16 |
                                  std::uint64_t{table[places[i + 2]]} << 32 |
                                  std::uint64_t{table[places[i + 3]]} << 48);
  };
  return _mm256_set_epi64x(four_from(12), four_from(8), four_from(4), four_from(0));
}

ADAGRAIN_AVX2 std::uint8_t* encode_precise(const PreciseEncodeTables& tables, LaneStates& states,
                                           const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  const WordTable frequencies(tables.frequency), starts(tables.start);
  const __m256i zero = _mm256_setzero_si256();
  PrecisePlanes planes(states, 16);
  for (std::size_t row = 0; row < rows; ++row, coarse += most_lanes) {
    for (std::size_t lanes = 0; lanes < most_lanes; lanes += 32) {
      const Index symbol = index_of(swap_middle_eights(load(coarse + lanes)));
      const Words frequency =
          unpacked(look_up(frequencies.low.data(), symbol), look_up(frequencies.high.data(), symbol));
      const Words start = unpacked(look_up(starts.low.data(), symbol), look_up(starts.high.data(), symbol));
      for (std::size_t part = 0; part < 2; ++part) {
        const std::size_t lane = lanes + 16 * part;
        const __m256i f = frequency.part[part];
        const __m256i old_low = load(&planes.low[lane]), old_high = load(&planes.high[lane]);
        const __m256i room = _mm256_cmpgt_epi16(f, old_high);
        out = compress_words(old_low,
                             ~mask_of(_mm256_permute4x64_epi64(_mm256_packs_epi16(room, room), 0xD8)), out);
        const __m256i low = _mm256_blendv_epi8(old_high, old_low, room);
        const __m256i high = _mm256_and_si256(room, old_high);
        const __m256i guess =
            _mm256_packus_epi32(quotients(_mm256_unpacklo_epi16(low, high), _mm256_unpacklo_epi16(f, zero)),
                                quotients(_mm256_unpackhi_epi16(low, high), _mm256_unpackhi_epi16(f, zero)));
        const __m256i rest = _mm256_sub_epi16(low, _mm256_mullo_epi16(guess, f));
        const __m256i above = _mm256_srai_epi16(rest, 15);  // the guess was one too large
        const __m256i raised = _mm256_add_epi16(rest, _mm256_and_si256(above, f));
        const __m256i enough = _mm256_cmpgt_epi16(f, raised);  // else it was one too small
        const __m256i quotient = _mm256_sub_epi16(_mm256_add_epi16(guess, above), inverse(enough));
        const __m256i occurrence = _mm256_sub_epi16(raised, _mm256_andnot_si256(enough, f));
        const __m256i slot = load_each(tables.slots.data(), _mm256_add_epi16(start.part[part], occurrence));
        store(&planes.high[lane], _mm256_srli_epi16(quotient, 4));
        store(&planes.low[lane], _mm256_or_si256(_mm256_slli_epi16(quotient, 12), slot));
      }
    }
  }
  planes.put_into(states, 16);
  return out;
}

ADAGRAIN_AVX2 std::size_t decode_precise(const PreciseDecodeTables& tables, LaneStates& states,
                                         const std::uint8_t* first, const std::uint8_t*& at,
                                         std::uint8_t* coarse, std::size_t rows) {
  const WordTable buckets(tables.bucket), adjusts(tables.adjust), frequencies(tables.frequency);
  const __m256i zero = _mm256_setzero_si256();
  PrecisePlanes planes(states, 12);
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= static_cast<std::ptrdiff_t>(2 * most_lanes); --rows) {
    std::uint8_t* const row = coarse + (rows - 1) * most_lanes;
    for (std::size_t lanes = most_lanes; lanes > 0;) {
      lanes -= 32;
      Words bucket, place;
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i slot = load(&planes.low[lanes + 16 * part]);
        bucket.part[part] = _mm256_srli_epi16(slot, 6);
        place.part[part] = _mm256_and_si256(slot, _mm256_set1_epi16(63));
      }
      const Index at_bucket = index_of(packed(bucket));
      const __m256i own = _mm256_cmpgt_epi8(look_up(buckets.low.data(), at_bucket), packed(place));
      const __m256i symbol =
          _mm256_blendv_epi8(look_up(buckets.high.data(), at_bucket), at_bucket.value, own);
      store(row + lanes, swap_middle_eights(symbol));
      const Words adjust = unpacked(_mm256_andnot_si256(own, look_up(adjusts.low.data(), at_bucket)),
                                    _mm256_andnot_si256(own, look_up(adjusts.high.data(), at_bucket)));
      const Index at_symbol = index_of(symbol);
      const Words frequency =
          unpacked(look_up(frequencies.low.data(), at_symbol), look_up(frequencies.high.data(), at_symbol));
      // x = frequency * (x >> 12) + occurrence, 28 bits as `upper` 2^16 + `lower`.
      Words lower, upper, empty;
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i high = load(&planes.high[lanes + 16 * part]);
        const __m256i occurrence = _mm256_add_epi16(place.part[part], adjust.part[part]);
        lower.part[part] = _mm256_add_epi16(_mm256_mullo_epi16(frequency.part[part], high), occurrence);
        const __m256i no_carry =
            _mm256_cmpeq_epi16(_mm256_max_epu16(lower.part[part], occurrence), lower.part[part]);
        upper.part[part] =
            _mm256_sub_epi16(_mm256_mulhi_epu16(frequency.part[part], high), inverse(no_carry));
        empty.part[part] = _mm256_cmpeq_epi16(
            _mm256_or_si256(upper.part[part], _mm256_srli_epi16(lower.part[part], 12)), zero);
      }
      const std::uint32_t mask = mask_of_words(empty);
      next -= 2 * std::popcount(mask);
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i words = part == 0 ? expand_words(next, mask & 0xFFFF)
                                        : expand_words(next + 2 * std::popcount(mask & 0xFFFF), mask >> 16);
        const __m256i kept = _mm256_andnot_si256(empty.part[part], lower.part[part]);
        const __m256i refilled = _mm256_or_si256(kept, words);
        const __m256i top =
            _mm256_or_si256(upper.part[part], _mm256_and_si256(empty.part[part], lower.part[part]));
        store(&planes.high[lanes + 16 * part],
              _mm256_or_si256(_mm256_slli_epi16(top, 4), _mm256_srli_epi16(refilled, 12)));
        store(&planes.low[lanes + 16 * part], _mm256_and_si256(refilled, _mm256_set1_epi16(4095)));
      }
    }
  }
  planes.put_into(states, 12);
  at = next;
  return rows;
}

}  // namespace

const Kernels avx2_kernels = {split, join, encode_fast, encode_precise, decode_fast, decode_precise};

}  // namespace adagrain
#endif
