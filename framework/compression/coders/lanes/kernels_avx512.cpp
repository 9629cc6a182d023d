// 64 (fast) or 32 (precise) lanes a register pair, every table in registers. Groups of lanes are independent:
// several of them side by side hide the latency of the look-ups.
#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#include <cstring>

#include "framework/compression/coders/lanes/kernels.h"

#define ADAGRAIN_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")))
#define ADAGRAIN_AVX512_INLINE ADAGRAIN_AVX512 __attribute__((always_inline)) inline

namespace adagrain {
namespace {

ADAGRAIN_AVX512_INLINE __m512i load(const void* from) {
  return _mm512_loadu_si512(from);
}
ADAGRAIN_AVX512_INLINE void store(void* to, __m512i value) {
  _mm512_storeu_si512(to, value);
}
// The bytes of `odd` in odd places, those of `even` in even ones.
ADAGRAIN_AVX512_INLINE __m512i weave(__m512i even, __m512i odd) {
  return _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAAu, even, odd);
}
ADAGRAIN_AVX512_INLINE __m512i high_byte(__m512i words) {
  return _mm512_srli_epi16(words, 8);
}
ADAGRAIN_AVX512_INLINE __m512i low_byte(__m512i words) {
  return _mm512_and_si512(words, _mm512_set1_epi16(255));
}
ADAGRAIN_AVX512_INLINE __m512i two_tables(const std::uint16_t* table, __m512i index) {
  return _mm512_permutex2var_epi16(load(table), index, load(table + 32));
}

ADAGRAIN_AVX512_INLINE __mmask64 first_lanes(std::size_t count) {
  return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
}

ADAGRAIN_AVX512 std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                    std::uint8_t* coarse, std::uint8_t* planes, std::uint8_t* escapes) {
  const __m512i base = _mm512_set1_epi8(static_cast<char>(map.base));
  const __m512i remap = load(map.remap.data());
  const __m512i escape = _mm512_set1_epi8(CoarseMap::escape);
  const __m512i kept = _mm512_set1_epi8(static_cast<char>(0xFF >> map.raw_bits));
  const __m128i shift = _mm_cvtsi32_si128(map.raw_bits);
  for (std::size_t block = 0; block < bytes.size(); block += plane_block) {
    const __mmask64 present = first_lanes(bytes.size() - block);
    const __m512i value = _mm512_maskz_loadu_epi8(present, bytes.data() + block);
    const __m512i distance = _mm512_maskz_sub_epi8(present, value, base);
    const __m512i index = _mm512_and_si512(_mm512_srl_epi16(distance, shift), kept);
    const __mmask64 inside = _mm512_cmplt_epu8_mask(index, _mm512_set1_epi8(coarse_symbols));
    const __m512i symbol = _mm512_mask_permutexvar_epi8(escape, inside, index, remap);
    store(coarse + block, symbol);
    const __mmask64 escaped = _mm512_mask_cmpeq_epi8_mask(present, symbol, escape);
    // Not: if any escapes in this block, which nothing predicts.
    store(escapes, _mm512_maskz_compress_epi8(escaped, index));
    escapes += std::popcount(static_cast<std::uint64_t>(escaped));
    for (int bit = 0; bit < map.raw_bits; ++bit, planes += 8) {
      const std::uint64_t plane =
          _mm512_test_epi8_mask(distance, _mm512_set1_epi8(static_cast<char>(1 << bit)));
      std::memcpy(planes, &plane, 8);
    }
  }
  return escapes;
}

template <int raw_bits>
ADAGRAIN_AVX512 const std::uint8_t* join_with(const CoarseMap& map, const std::uint8_t* coarse,
                                              const std::uint8_t* planes, const std::uint8_t* first,
                                              const std::uint8_t* escapes, std::span<std::uint8_t> bytes) {
  const __m512i base = _mm512_set1_epi8(static_cast<char>(map.base));
  const __m512i escape = _mm512_set1_epi8(CoarseMap::escape);
  const bool listed = escapes != first;
  const std::size_t blocks = (bytes.size() + plane_block - 1) / plane_block;
  for (std::size_t block = blocks; block-- > 0;) {
    const std::size_t at = block * plane_block;
    const __mmask64 present = first_lanes(bytes.size() - at);
    __m512i symbol = load(coarse + at);
    const __mmask64 escaped = _mm512_mask_cmpeq_epi8_mask(present, symbol, escape);
    if (listed) {  // not: if any escapes in this block, which nothing predicts
      const int count = std::popcount(static_cast<std::uint64_t>(escaped));
      if (escapes - first < count) return nullptr;
      escapes -= count;
      const __m512i some = _mm512_maskz_loadu_epi8(first_lanes(static_cast<std::size_t>(count)), escapes);
      symbol = _mm512_mask_expand_epi8(symbol, escaped, some);
    } else if (escaped != 0) {
      return nullptr;
    }
    __m512i value = _mm512_add_epi8(_mm512_slli_epi16(symbol, raw_bits), base);  // within their bytes
    for (int bit = 0; bit < raw_bits; ++bit) {
      std::uint64_t plane;
      std::memcpy(&plane, planes + (block * raw_bits + static_cast<std::size_t>(bit)) * 8, 8);
      value = _mm512_mask_add_epi8(value, plane, value, _mm512_set1_epi8(static_cast<char>(1 << bit)));
    }
    _mm512_mask_storeu_epi8(bytes.data() + at, present, value);
  }
  return escapes;
}

const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse, const std::uint8_t* planes,
                         const std::uint8_t* first, const std::uint8_t* escapes,
                         std::span<std::uint8_t> bytes) {
  constexpr auto with = std::array{join_with<0>, join_with<1>, join_with<2>};
  return with[static_cast<std::size_t>(map.raw_bits)](map, coarse, planes, first, escapes, bytes);
}

// ---- fast: states as a plane of high and a plane of low bytes, 64 lanes each

constexpr std::size_t kFastGroups = most_lanes / 64;
struct FastGroups {
  __m512i high[kFastGroups], low[kFastGroups];
};

ADAGRAIN_AVX512_INLINE FastGroups unpack_fast(const LaneStates& states) {
  alignas(64) std::uint8_t high[most_lanes], low[most_lanes];
  for (std::size_t i = 0; i < most_lanes; ++i) {
    high[i] = static_cast<std::uint8_t>(states[i] >> 8);
    low[i] = static_cast<std::uint8_t>(states[i]);
  }
  FastGroups groups;
  for (std::size_t g = 0; g < kFastGroups; ++g) {
    groups.high[g] = load(high + 64 * g);
    groups.low[g] = load(low + 64 * g);
  }
  return groups;
}

ADAGRAIN_AVX512_INLINE void pack_fast(const FastGroups& groups, LaneStates& states) {
  alignas(64) std::uint8_t high[most_lanes], low[most_lanes];
  for (std::size_t g = 0; g < kFastGroups; ++g) {
    store(high + 64 * g, groups.high[g]);
    store(low + 64 * g, groups.low[g]);
  }
  for (std::size_t i = 0; i < most_lanes; ++i) states[i] = static_cast<std::uint32_t>(high[i] << 8 | low[i]);
}

// state / frequency and the remainder, both below 256: the reciprocal's quotient is right or one too small.
struct Division {
  __m512i quotient, remainder;
};
ADAGRAIN_AVX512_INLINE Division divide(__m512i state, __m512i frequency, __m512i reciprocal) {
  const __m512i guess = _mm512_mulhi_epu16(state, reciprocal);
  const __m512i rest = _mm512_sub_epi16(state, _mm512_mullo_epi16(guess, frequency));
  const __mmask32 short_by_one = _mm512_cmpge_epu16_mask(rest, frequency);
  return {_mm512_mask_add_epi16(guess, short_by_one, guess, _mm512_set1_epi16(1)),
          _mm512_mask_sub_epi16(rest, short_by_one, rest, frequency)};
}

ADAGRAIN_AVX512 std::uint8_t* encode_fast(const FastEncodeTables& tables, LaneStates& states,
                                          const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  alignas(64) std::uint8_t reciprocal_low[coarse_symbols], reciprocal_high[coarse_symbols];
  for (std::size_t i = 0; i < coarse_symbols; ++i) {
    reciprocal_low[i] = static_cast<std::uint8_t>(tables.reciprocal[i]);
    reciprocal_high[i] = static_cast<std::uint8_t>(tables.reciprocal[i] >> 8);
  }
  const __m512i frequencies = load(tables.frequency.data()), starts = load(tables.start.data());
  const __m512i reciprocals_low = load(reciprocal_low), reciprocals_high = load(reciprocal_high);
  FastGroups groups = unpack_fast(states);
  for (std::size_t row = 0; row < rows; ++row, coarse += most_lanes) {
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kFastGroups; ++g) {
      const __m512i symbol = load(coarse + 64 * g);
      const __m512i frequency = _mm512_permutexvar_epi8(symbol, frequencies);
      const __mmask64 full = _mm512_cmpge_epu8_mask(groups.high[g], frequency);
      // Compressed to a register: compressing to memory is microcoded on Zen 4.
      store(out, _mm512_maskz_compress_epi8(full, groups.low[g]));
      out += std::popcount(static_cast<std::uint64_t>(full));
      const __m512i low = _mm512_mask_mov_epi8(groups.low[g], full, groups.high[g]);
      const __m512i high = _mm512_maskz_mov_epi8(~full, groups.high[g]);
      const __m512i r_low = _mm512_permutexvar_epi8(symbol, reciprocals_low);
      const __m512i r_high = _mm512_permutexvar_epi8(symbol, reciprocals_high);
      const Division even = divide(weave(low, _mm512_slli_epi16(high, 8)), low_byte(frequency),
                                   weave(r_low, _mm512_slli_epi16(r_high, 8)));
      const Division odd =
          divide(weave(high_byte(low), high), high_byte(frequency), weave(high_byte(r_low), r_high));
      groups.high[g] = _mm512_or_si512(even.quotient, _mm512_slli_epi16(odd.quotient, 8));
      groups.low[g] = _mm512_add_epi8(_mm512_or_si512(even.remainder, _mm512_slli_epi16(odd.remainder, 8)),
                                      _mm512_permutexvar_epi8(symbol, starts));
    }
  }
  pack_fast(groups, states);
  return out;
}

ADAGRAIN_AVX512 std::size_t decode_fast(const FastDecodeTables& tables, LaneStates& states,
                                        const std::uint8_t* first, const std::uint8_t*& at,
                                        std::uint8_t* coarse, std::size_t rows) {
  const __m512i frequencies = load(tables.frequency.data()), starts = load(tables.start.data());
  const std::uint8_t* const symbols = tables.symbol_of.data();
  const __m512i symbols0 = load(symbols), symbols1 = load(symbols + 64), symbols2 = load(symbols + 128),
                symbols3 = load(symbols + 192);
  FastGroups groups = unpack_fast(states);
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= static_cast<std::ptrdiff_t>(most_lanes); --rows) {
    std::uint8_t* const row = coarse + (rows - 1) * most_lanes;
#pragma GCC unroll 4
    for (std::size_t g = kFastGroups; g-- > 0;) {
      const __m512i slot = groups.low[g], high = groups.high[g];
      const __m512i symbol = _mm512_mask_blend_epi8(_mm512_movepi8_mask(slot),
                                                    _mm512_permutex2var_epi8(symbols0, slot, symbols1),
                                                    _mm512_permutex2var_epi8(symbols2, slot, symbols3));
      store(row + 64 * g, symbol);
      const __m512i frequency = _mm512_permutexvar_epi8(symbol, frequencies);
      const __m512i occurrence = _mm512_sub_epi8(slot, _mm512_permutexvar_epi8(symbol, starts));
      const __m512i even =
          _mm512_add_epi16(_mm512_mullo_epi16(low_byte(frequency), low_byte(high)), low_byte(occurrence));
      const __m512i odd =
          _mm512_add_epi16(_mm512_mullo_epi16(high_byte(frequency), high_byte(high)), high_byte(occurrence));
      const __m512i new_low = weave(even, _mm512_slli_epi16(odd, 8));
      const __m512i new_high = weave(high_byte(even), odd);
      const __mmask64 empty = _mm512_testn_epi8_mask(new_high, new_high);
      next -= std::popcount(static_cast<std::uint64_t>(empty));
      groups.high[g] = _mm512_mask_mov_epi8(new_high, empty, new_low);
      groups.low[g] = _mm512_mask_expand_epi8(new_low, empty, load(next));
    }
  }
  pack_fast(groups, states);
  at = next;
  return rows;
}

// ---- precise: states x as a plane of x >> 12 (16 bits) and a plane of x mod 2^12, 32 lanes each

constexpr std::size_t kPreciseGroups = most_lanes / 32;
struct PreciseGroups {
  __m512i high[kPreciseGroups], low[kPreciseGroups];
};

ADAGRAIN_AVX512_INLINE PreciseGroups unpack_precise(const LaneStates& states, int low_bits) {
  alignas(64) std::uint16_t high[most_lanes], low[most_lanes];
  for (std::size_t i = 0; i < most_lanes; ++i) {
    high[i] = static_cast<std::uint16_t>(states[i] >> low_bits);
    low[i] = static_cast<std::uint16_t>(states[i] & ((1u << low_bits) - 1));
  }
  PreciseGroups groups;
  for (std::size_t g = 0; g < kPreciseGroups; ++g) {
    groups.high[g] = load(high + 32 * g);
    groups.low[g] = load(low + 32 * g);
  }
  return groups;
}

ADAGRAIN_AVX512_INLINE void pack_precise(const PreciseGroups& groups, LaneStates& states, int low_bits) {
  alignas(64) std::uint16_t high[most_lanes], low[most_lanes];
  for (std::size_t g = 0; g < kPreciseGroups; ++g) {
    store(high + 32 * g, groups.high[g]);
    store(low + 32 * g, groups.low[g]);
  }
  for (std::size_t i = 0; i < most_lanes; ++i) states[i] = std::uint32_t{high[i]} << low_bits | low[i];
}

// Of 16 states of 28 bits. The quotient is below 2^16, so that single precision misses it by less than one.
ADAGRAIN_AVX512_INLINE __m512i quotients(__m512i state, __m512i frequency) {
  return _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(state), _mm512_cvtepi32_ps(frequency)));
}

ADAGRAIN_AVX512 std::uint8_t* encode_precise(const PreciseEncodeTables& tables, LaneStates& states,
                                             const std::uint8_t* coarse, std::size_t rows,
                                             std::uint8_t* out) {
  // Here as a plane of x >> 16 and one of x mod 2^16.
  PreciseGroups groups = unpack_precise(states, 16);
  const __m512i zero = _mm512_setzero_si512(), one = _mm512_set1_epi16(1);
  for (std::size_t row = 0; row < rows; ++row, coarse += most_lanes) {
#pragma GCC unroll 8
    for (std::size_t g = 0; g < kPreciseGroups; ++g) {
      const __m512i symbol =
          _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(coarse + 32 * g)));
      const __m512i frequency = two_tables(tables.frequency.data(), symbol);
      const __mmask32 full = _mm512_cmpge_epu16_mask(groups.high[g], frequency);
      store(out, _mm512_maskz_compress_epi16(full, groups.low[g]));
      out += 2 * std::popcount(static_cast<std::uint32_t>(full));
      const __m512i low = _mm512_mask_mov_epi16(groups.low[g], full, groups.high[g]);
      const __m512i high = _mm512_maskz_mov_epi16(~full, groups.high[g]);
      const __m512i guess = _mm512_packus_epi32(
          quotients(_mm512_unpacklo_epi16(low, high), _mm512_unpacklo_epi16(frequency, zero)),
          quotients(_mm512_unpackhi_epi16(low, high), _mm512_unpackhi_epi16(frequency, zero)));
      const __m512i rest = _mm512_sub_epi16(low, _mm512_mullo_epi16(guess, frequency));
      const __mmask32 above = _mm512_movepi16_mask(rest);
      const __m512i lowered = _mm512_mask_add_epi16(rest, above, rest, frequency);
      const __mmask32 below = _mm512_cmpge_epu16_mask(lowered, frequency);
      const __m512i smaller = _mm512_mask_sub_epi16(guess, above, guess, one);
      const __m512i quotient = _mm512_mask_add_epi16(smaller, below, smaller, one);
      const __m512i occurrence = _mm512_mask_sub_epi16(lowered, below, lowered, frequency);
      alignas(64) std::uint16_t place[32];
      store(place, _mm512_add_epi16(two_tables(tables.start.data(), symbol), occurrence));
      for (std::uint16_t& entry : place) entry = tables.slots[entry];
      groups.high[g] = _mm512_srli_epi16(quotient, 4);
      groups.low[g] = _mm512_or_si512(_mm512_slli_epi16(quotient, 12), load(place));
    }
  }
  pack_precise(groups, states, 16);
  return out;
}

ADAGRAIN_AVX512 std::size_t decode_precise(const PreciseDecodeTables& tables, LaneStates& states,
                                           const std::uint8_t* first, const std::uint8_t*& at,
                                           std::uint8_t* coarse, std::size_t rows) {
  PreciseGroups groups = unpack_precise(states, 12);
  const __m512i low_slot = _mm512_set1_epi16(4095);
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= static_cast<std::ptrdiff_t>(2 * most_lanes); --rows) {
    std::uint8_t* const row = coarse + (rows - 1) * most_lanes;
#pragma GCC unroll 8
    for (std::size_t g = kPreciseGroups; g-- > 0;) {
      const __m512i slot = groups.low[g];
      const __m512i bucket = _mm512_srli_epi16(slot, 6);
      const __m512i place = _mm512_and_si512(slot, _mm512_set1_epi16(63));
      const __m512i entry = two_tables(tables.bucket.data(), bucket);
      const __mmask32 other = _mm512_cmpge_epu16_mask(place, low_byte(entry));
      const __m512i symbol = _mm512_mask_mov_epi16(bucket, other, high_byte(entry));
      const __m512i occurrence =
          _mm512_mask_add_epi16(place, other, place, two_tables(tables.adjust.data(), bucket));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + 32 * g), _mm512_cvtepi16_epi8(symbol));
      // x = frequency * (x >> 12) + occurrence, 28 bits as `upper` 2^16 + `lower`.
      const __m512i frequency = two_tables(tables.frequency.data(), symbol);
      const __m512i lower = _mm512_add_epi16(_mm512_mullo_epi16(frequency, groups.high[g]), occurrence);
      const __m512i product = _mm512_mulhi_epu16(frequency, groups.high[g]);
      const __mmask32 carry = _mm512_cmplt_epu16_mask(lower, occurrence);
      const __m512i upper = _mm512_mask_add_epi16(product, carry, product, _mm512_set1_epi16(1));
      const __m512i shifted = _mm512_shldi_epi16(upper, lower, 4);
      const __mmask32 empty = _mm512_testn_epi16_mask(shifted, shifted);
      next -= 2 * std::popcount(static_cast<std::uint32_t>(empty));
      const __m512i refilled = _mm512_mask_expand_epi16(lower, empty, load(next));
      groups.high[g] = _mm512_mask_shldi_epi16(shifted, empty, lower, refilled, 4);
      groups.low[g] = _mm512_and_si512(refilled, low_slot);
    }
  }
  pack_precise(groups, states, 12);
  at = next;
  return rows;
}

}  // namespace

const Kernels avx512_kernels = {split, join, encode_fast, encode_precise, decode_fast, decode_precise};

}  // namespace adagrain
#endif
