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
      if (escaped != 0) escapes = compress(index, escaped, escapes);
      for (int bit = 0; bit < map.raw_bits; ++bit)
        plane[bit] |= std::uint64_t{mask_of(_mm256_sll_epi16(distance, _mm_cvtsi32_si128(7 - bit)))} << half;
    }
    for (int bit = 0; bit < map.raw_bits; ++bit, planes += 8) store_little_endian(planes, plane[bit]);
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
ADAGRAIN_AVX2 const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse,
                                       const std::uint8_t* planes, const std::uint8_t* first,
                                       const std::uint8_t* escapes, std::span<std::uint8_t> bytes) {
  const __m256i base = _mm256_set1_epi8(static_cast<char>(map.base));
  const __m256i escape = _mm256_set1_epi8(CoarseMap::escape);
  const std::size_t halves = (bytes.size() + 31) / 32;
  for (std::size_t half = halves; half-- > 0;) {
    const std::size_t at = 32 * half, size = std::min<std::size_t>(32, bytes.size() - at);
    __m256i symbol = load(coarse + at);
    const __m256i listed = _mm256_cmpeq_epi8(symbol, escape);
    std::uint32_t escaped = mask_of(listed);
    if (size < 32) escaped &= (1u << size) - 1;
    const int count = std::popcount(escaped);
    if (escapes - first < count) return nullptr;
    escapes -= count;
    symbol = _mm256_blendv_epi8(symbol, expand(escapes, escaped), listed);
    __m256i value = _mm256_add_epi8(_mm256_slli_epi16(symbol, raw_bits), base);  // within their bytes
    for (std::size_t bit = 0; bit < raw_bits; ++bit) {
      std::uint32_t plane;
      std::memcpy(&plane, planes + (half / 2 * raw_bits + bit) * 8 + half % 2 * 4, 4);
      value = _mm256_add_epi8(value, spread(plane, 1 << bit));
    }
    fetch_ahead(bytes.data() + at);
    if (size == 32) {
      store(bytes.data() + at, value);
      continue;
    }
    std::array<std::uint8_t, 32> values;
    store(values.data(), value);
    std::memcpy(bytes.data() + at, values.data(), size);
  }
  return escapes;
}

}  // namespace
}  // namespace avx2

const Kernels avx2_kernels = {avx2::split,       {avx2::join<0>, avx2::join<1>, avx2::join<2>},
                              avx2::encode_fast, avx2::encode_precise,
                              avx2::decode_fast, avx2::decode_precise};

}  // namespace adagrain
#endif
