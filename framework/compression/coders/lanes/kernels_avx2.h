// 32 lanes a register. Tables of 64 bytes are looked up in four quarters, in registers: gathers are slow on
// many processors. What AVX-512 compresses and expands is shuffled here, eight lanes a table entry.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstring>

#include "framework/compression/coders/lanes/kernels.h"

#define ADAGRAIN_AVX2 __attribute__((target("avx2,popcnt")))
#define ADAGRAIN_AVX2_INLINE ADAGRAIN_AVX2 __attribute__((always_inline)) inline

namespace adagrain::avx2 {

// Fewer lanes than a register has are left to the scalar kernels.
constexpr std::size_t fewest_lanes = 32;

EncodeRows<FastEncodeTables> encode_fast;
EncodeRows<PreciseEncodeTables> encode_precise;
DecodeRows<FastDecodeTables> decode_fast;
DecodeRows<PreciseDecodeTables> decode_precise;

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
// Indices below 64, once for each quarter of a table: bit 7, for which a shuffle gives zero, is set where the
// index lies in another quarter. Blending by bits 4 and 5 takes three times as long on some processors.
struct Index {
  __m256i value;
  __m256i quarter[4];
};
ADAGRAIN_AVX2_INLINE Index index_of(__m256i value) {
  const __m256i beyond = _mm256_set1_epi8(0x70);
  return {value,
          {_mm256_adds_epu8(value, beyond),
           _mm256_adds_epu8(_mm256_xor_si256(value, _mm256_set1_epi8(16)), beyond),
           _mm256_adds_epu8(_mm256_xor_si256(value, _mm256_set1_epi8(32)), beyond),
           _mm256_adds_epu8(_mm256_xor_si256(value, _mm256_set1_epi8(48)), beyond)}};
}
ADAGRAIN_AVX2_INLINE __m256i look_up(const std::uint8_t* table, const Index& at) {
  return _mm256_or_si256(
      _mm256_or_si256(sixteen(table, at.quarter[0]), sixteen(table + 16, at.quarter[1])),
      _mm256_or_si256(sixteen(table + 32, at.quarter[2]), sixteen(table + 48, at.quarter[3])));
}
// Of 256 entries.
ADAGRAIN_AVX2_INLINE __m256i look_up_slot(const std::uint8_t* table, __m256i slot) {
  const Index at = index_of(_mm256_and_si256(slot, _mm256_set1_epi8(63)));
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
inline constexpr Shuffles byte_shuffles = [] {
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
ADAGRAIN_AVX2_INLINE __m256i four(const void* first, const void* second, const void* third,
                                  const void* fourth) {
  const auto two = [](const void* low, const void* high) __attribute__((target("avx2"), always_inline)) {
    return _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(_mm_loadu_si64(low)), static_cast<const __m64*>(high)));
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

// ---- joining

// `bits` as bytes of 0 or `value`.
ADAGRAIN_AVX2_INLINE __m256i spread(std::uint32_t bits, int value) {
  const __m256i eights =
      _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)),
                          _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
  const __m256i place = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(eights, place), place);
  return _mm256_and_si256(set, _mm256_set1_epi8(static_cast<char>(value)));
}

// A ByteSink that takes 32 coarse symbols at once.
template <int raw_bits>
class Joiner {
 public:
  ADAGRAIN_AVX2_INLINE explicit Joiner(const ByteSink& sink) : sink_(sink) {}
  ADAGRAIN_AVX2_INLINE const ByteSink& sink() const { return sink_; }

  ADAGRAIN_AVX2_INLINE void put(std::size_t at, __m256i symbol) {
    const __m256i listed = _mm256_cmpeq_epi8(symbol, _mm256_set1_epi8(CoarseMap::escape));
    // Not: if any escapes here, which nothing predicts.
    const std::uint32_t escaped = mask_of(listed);
    sink_.escapes -= std::popcount(escaped);
    symbol = _mm256_blendv_epi8(symbol, expand(sink_.escapes, escaped), listed);
    __m256i value = _mm256_add_epi8(_mm256_slli_epi16(symbol, raw_bits),  // within their bytes
                                    _mm256_set1_epi8(static_cast<char>(sink_.base)));
    for (int bit = 0; bit < raw_bits; ++bit) {
      std::uint32_t plane;
      std::memcpy(&plane, sink_.planes + plane_place(at, raw_bits) + 8 * bit, sizeof plane);
      value = _mm256_add_epi8(value, spread(plane, 1 << bit));
    }
    fetch_ahead(sink_.bytes + at);
    store(sink_.bytes + at, value);
  }

 private:
  ByteSink sink_;  // its own, which no store to bytes can change
};

}  // namespace adagrain::avx2
