// Bytes and coarse symbols, 64 at once.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx512.h"

#include <cstring>

namespace adagrain {
namespace avx512 {
namespace {

template <int raw_bits>
ADAGRAIN_AVX512 std::uint8_t* split_blocks(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                           std::uint8_t* coarse, std::uint8_t* planes,
                                           std::uint8_t* escapes) {
  const __m512i base = _mm512_set1_epi8(static_cast<char>(map.base));
  const __m512i remap = load(map.remap.data());
  const __m512i escape = _mm512_set1_epi8(CoarseMap::escape);
  const __m512i kept = _mm512_set1_epi8(static_cast<char>(0xFF >> raw_bits));
  for (std::size_t block = 0; block < bytes.size(); block += kPlaneBlock) {
    const __mmask64 present = first_lanes(bytes.size() - block);
    const __m512i value = _mm512_maskz_loadu_epi8(present, bytes.data() + block);
    const __m512i distance = _mm512_maskz_sub_epi8(present, value, base);
    const __m512i index = _mm512_and_si512(_mm512_srli_epi16(distance, raw_bits), kept);
    const __mmask64 inside = _mm512_cmplt_epu8_mask(index, _mm512_set1_epi8(kCoarseSymbols));
    const __m512i symbol = _mm512_mask_permutexvar_epi8(escape, inside, index, remap);
    store(coarse + block, symbol);
    const __mmask64 escaped = _mm512_mask_cmpeq_epi8_mask(present, symbol, escape);
    // Not: if any escapes in this block, which nothing predicts.
    store(escapes, _mm512_maskz_compress_epi8(escaped, index));
    escapes += std::popcount(static_cast<std::uint64_t>(escaped));
    for (int bit = 0; bit < raw_bits; ++bit, planes += 8) {
      const std::uint64_t plane =
          _mm512_test_epi8_mask(distance, _mm512_set1_epi8(static_cast<char>(1 << bit)));
      std::memcpy(planes, &plane, 8);
    }
  }
  return escapes;
}

std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes, std::uint8_t* coarse,
                    std::uint8_t* planes, std::uint8_t* escapes) {
  return with_raw_bits(map.raw_bits,
                       [&](auto bits) { return split_blocks<bits>(map, bytes, coarse, planes, escapes); });
}

}  // namespace
}  // namespace avx512

const Kernels avx512_kernels = {avx512::kFewestLanes, avx512::split,  avx512::encode,
                                avx512::encode,       avx512::decode, avx512::decode};

}  // namespace adagrain
#endif
