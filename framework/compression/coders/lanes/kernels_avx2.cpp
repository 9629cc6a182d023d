// Bytes and coarse symbols, 32 at once.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx2.h"

#include <algorithm>
#include <cstring>

#include "framework/core/bytes.h"

namespace adagrain {
namespace avx2 {
namespace {

ADAGRAIN_AVX2 std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                  std::uint8_t* coarse, std::uint8_t* planes, std::uint8_t* escapes) {
  const __m256i base = _mm256_set1_epi8(static_cast<char>(map.base));
  const __m256i escape = _mm256_set1_epi8(CoarseMap::escape);
  const __m256i kept = _mm256_set1_epi8(static_cast<char>(0xFF >> map.raw_bits));
  const __m128i shift = _mm_cvtsi32_si128(map.raw_bits);
  for (std::size_t block = 0; block < bytes.size(); block += kPlaneBlock) {
    const std::size_t size = std::min(kPlaneBlock, bytes.size() - block);
    std::array<std::uint8_t, kPlaneBlock> last;
    const std::uint8_t* from = bytes.data() + block;
    if (size < kPlaneBlock) {
      last.fill(map.base);  // a distance of zero sets no bit of a plane
      from = std::copy_n(from, size, last.begin()) - size;
    }
    std::uint64_t plane[2] = {};
    for (std::size_t half = 0; half < kPlaneBlock; half += 32) {
      const __m256i value = load(from + half);
      const __m256i distance = _mm256_sub_epi8(value, base);
      const __m256i index = _mm256_and_si256(_mm256_srl_epi16(distance, shift), kept);
      const __m256i inside = _mm256_cmpeq_epi8(_mm256_min_epu8(index, _mm256_set1_epi8(63)), index);
      const __m256i symbol = _mm256_blendv_epi8(escape, look_up(map.remap.data(), index_of(index)), inside);
      store(coarse + block + half, symbol);
      std::uint32_t escaped = mask_of(_mm256_cmpeq_epi8(symbol, escape));
      if (size < half + 32) escaped &= size <= half ? 0 : (1u << (size - half)) - 1;
      if (escaped != 0) escapes = compress(index, escaped, escapes);
      for (int bit = 0; bit < map.raw_bits; ++bit)
        plane[bit] |= std::uint64_t{mask_of(_mm256_sll_epi16(distance, _mm_cvtsi32_si128(7 - bit)))} << half;
    }
    for (int bit = 0; bit < map.raw_bits; ++bit, planes += 8) store_little_endian(planes, plane[bit]);
  }
  return escapes;
}

}  // namespace
}  // namespace avx2

const Kernels avx2_kernels = {
    32, avx2::split, avx2::encode_fast, avx2::encode_precise, avx2::decode_fast, avx2::decode_precise};

}  // namespace adagrain
#endif
