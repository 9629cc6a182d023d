// Bytes and coarse symbols, 64 at once.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx512.h"

#include <cstring>

namespace adagrain {
namespace avx512 {
namespace {

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

// Bytes of a block whose escapes are replaced.
template <std::size_t raw_bits>
ADAGRAIN_AVX512_INLINE __m512i joined(__m512i index, const std::uint8_t* planes, __m512i base) {
  __m512i value = _mm512_add_epi8(_mm512_slli_epi16(index, raw_bits), base);  // within their bytes
  for (std::size_t bit = 0; bit < raw_bits; ++bit) {
    std::uint64_t plane;
    std::memcpy(&plane, planes + 8 * bit, 8);
    value = _mm512_mask_add_epi8(value, plane, value, _mm512_set1_epi8(static_cast<char>(1 << bit)));
  }
  return value;
}

template <std::size_t raw_bits>
ADAGRAIN_AVX512 const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse,
                                         const std::uint8_t* planes, const std::uint8_t* first,
                                         const std::uint8_t* escapes, std::span<std::uint8_t> bytes) {
  const __m512i base = _mm512_set1_epi8(static_cast<char>(map.base));
  const __m512i escape = _mm512_set1_epi8(CoarseMap::escape);
  std::size_t at = bytes.size() / plane_block * plane_block;
  planes += at / 8 * raw_bits;
  if (const __mmask64 present = first_lanes(bytes.size() - at); present != 0) {
    const __m512i symbol = load(coarse + at);
    const __mmask64 escaped = _mm512_mask_cmpeq_epi8_mask(present, symbol, escape);
    const int count = std::popcount(static_cast<std::uint64_t>(escaped));
    if (escapes - first < count) return nullptr;
    escapes -= count;
    const __m512i index = _mm512_mask_expand_epi8(symbol, escaped, load(escapes));
    _mm512_mask_storeu_epi8(bytes.data() + at, present, joined<raw_bits>(index, planes, base));
  }
  while (at > 0) {
    at -= plane_block;
    planes -= 8 * raw_bits;
    const __m512i symbol = load(coarse + at);
    const __mmask64 escaped = _mm512_cmpeq_epi8_mask(symbol, escape);
    // Not: if any escapes in this block, which nothing predicts.
    const int count = std::popcount(static_cast<std::uint64_t>(escaped));
    if (escapes - first < count) return nullptr;
    escapes -= count;
    const __m512i index = _mm512_mask_expand_epi8(symbol, escaped, load(escapes));
    fetch_ahead(bytes.data() + at);
    store(bytes.data() + at, joined<raw_bits>(index, planes, base));
  }
  return escapes;
}

}  // namespace
}  // namespace avx512

const Kernels avx512_kernels = {avx512::split,       {avx512::join<0>, avx512::join<1>, avx512::join<2>},
                                avx512::encode_fast, avx512::encode_precise,
                                avx512::decode_fast, avx512::decode_precise};

}  // namespace adagrain
#endif
