// 32 lanes a register. Tables of 64 bytes are looked up in four quarters, in registers: gathers are slow on
// many processors. What AVX-512 compresses and expands is shuffled here: eight lanes a table entry, or to
// places that are counted in a register.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstring>

#include "framework/compression/coders/lanes/kernels.h"

#define ADAGRAIN_AVX2 __attribute__((target("avx2,popcnt")))
#define ADAGRAIN_AVX2_INLINE ADAGRAIN_AVX2 __attribute__((always_inline)) inline

namespace adagrain::avx2 {

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
// Indices below 16 * quarters, once for each quarter of a table of 64: bit 7, for which a shuffle gives zero,
// is set where the index lies in another quarter. Blending by bits 4 and 5 takes three times as long on some
// processors.
template <int quarters>
struct Index {
  __m256i value;
  __m256i quarter[quarters];
};
template <int quarters = 4>
ADAGRAIN_AVX2_INLINE Index<quarters> index_of(__m256i value) {
  Index<quarters> index{value, {value}};
  const __m256i beyond = _mm256_set1_epi8(0x70);
  for (int q = 0; quarters > 1 && q < quarters; ++q) {
    const __m256i of_first = _mm256_xor_si256(value, _mm256_set1_epi8(static_cast<char>(16 * q)));
    index.quarter[q] = _mm256_adds_epu8(of_first, beyond);
  }
  return index;
}
template <int quarters>
ADAGRAIN_AVX2_INLINE __m256i look_up(const std::uint8_t* table, const Index<quarters>& at) {
  __m256i found = sixteen(table, at.quarter[0]);
  for (int q = 1; q < quarters; ++q) found = _mm256_or_si256(found, sixteen(table + 16 * q, at.quarter[q]));
  return found;
}

// ---- compressing and expanding

// For each mask of eight lanes: where compressing finds its bytes, where expanding does; 0x80 gives zero.
struct Shuffles {
  alignas(64) std::array<std::array<std::uint8_t, 8>, 256> compress, expand;
};
inline constexpr Shuffles kByteShuffles = [] {
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

// Where compressing finds the bytes of the four eights of a register: a shuffle works on halves of sixteen.
ADAGRAIN_AVX2_INLINE __m256i compress_places(std::uint32_t mask) {
  const auto& shuffles = kByteShuffles.compress;
  const __m256i of_eights = four(&shuffles[mask & 255], &shuffles[mask >> 8 & 255],
                                 &shuffles[mask >> 16 & 255], &shuffles[mask >> 24]);
  return _mm256_or_si256(of_eights, _mm256_set_epi64x(0x0808080808080808, 0, 0x0808080808080808, 0));
}

// Writes the bytes that `mask` chooses, up to 8 bytes beyond them; returns their end.
ADAGRAIN_AVX2_INLINE std::uint8_t* compress(__m256i bytes, std::uint32_t mask, std::uint8_t* out) {
  const __m256i packed = _mm256_shuffle_epi8(bytes, compress_places(mask));
  const __m128i low = _mm256_castsi256_si128(packed), high = _mm256_extracti128_si256(packed, 1);
  _mm_storeu_si64(out, low);
  _mm_storeh_pi(reinterpret_cast<__m64*>(out + std::popcount(mask & 0xFF)), _mm_castsi128_ps(low));
  _mm_storeu_si64(out + std::popcount(mask & 0xFFFF), high);
  _mm_storeh_pi(reinterpret_cast<__m64*>(out + std::popcount(mask & 0xFFFFFF)), _mm_castsi128_ps(high));
  return out + std::popcount(mask);
}

// In each lane of `mask`, bytes of 0 or -1: minus the number of its lanes up to there in the same half. Zero
// in other lanes.
ADAGRAIN_AVX2_INLINE __m256i ranks(__m256i mask) {
  __m256i sum = _mm256_add_epi8(mask, _mm256_slli_si256(mask, 1));
  sum = _mm256_add_epi8(sum, _mm256_slli_si256(sum, 2));
  sum = _mm256_add_epi8(sum, _mm256_slli_si256(sum, 4));
  sum = _mm256_add_epi8(sum, _mm256_slli_si256(sum, 8));
  return _mm256_and_si256(sum, mask);
}

// The bytes before `end` in the lanes of `mask`, as many as it has, zero in other lanes. Moves `end` to the
// first of them; reads up to 32 bytes from there on.
ADAGRAIN_AVX2_INLINE __m256i expand_before(const std::uint8_t*& end, __m256i mask) {
  const std::uint32_t bits = mask_of(mask);
  end -= std::popcount(bits);
  const __m256i bytes =
      _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(end + std::popcount(bits & 0xFFFF)),
                          reinterpret_cast<const __m128i*>(end));
  return _mm256_shuffle_epi8(bytes, inverse(ranks(mask)));  // -rank becomes rank - 1, 0 no place
}

// ---- joining

// Bits as bytes of 0 or -1.
ADAGRAIN_AVX2_INLINE __m256i spread(std::uint32_t bits) {
  const __m256i eights =
      _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)),
                          _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
  const __m256i place = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  return _mm256_cmpeq_epi8(_mm256_and_si256(eights, place), place);
}

// A ByteSink that takes 32 coarse symbols at once.
template <int raw_bits>
class Joiner {
 public:
  ADAGRAIN_AVX2_INLINE explicit Joiner(const ByteSink& sink) : sink_(sink) {}
  ADAGRAIN_AVX2_INLINE const ByteSink& sink() const { return sink_; }

  ADAGRAIN_AVX2_INLINE void put(std::size_t at, __m256i symbol) {
    // Not: if any escapes here, which nothing predicts.
    const __m256i listed = _mm256_cmpeq_epi8(symbol, _mm256_set1_epi8(CoarseMap::escape));
    __m256i value =
        _mm256_or_si256(_mm256_andnot_si256(listed, symbol), expand_before(sink_.escapes, listed));
    for (int bit = raw_bits; bit-- > 0;) {
      std::uint32_t plane;
      std::memcpy(&plane, sink_.planes + plane_place(at, raw_bits) + 8 * bit, sizeof plane);
      value = _mm256_sub_epi8(_mm256_add_epi8(value, value), spread(plane));
    }
    value = _mm256_add_epi8(value, _mm256_set1_epi8(static_cast<char>(sink_.base)));
    fetch_ahead(sink_.bytes + at);
    store(sink_.bytes + at, value);
  }

 private:
  ByteSink sink_;  // its own, which no store to bytes can change
};

}  // namespace adagrain::avx2
