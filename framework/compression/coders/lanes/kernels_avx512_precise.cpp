// States as two planes of words, split at bit 12 to decode, at bit 16 to encode; 32 lanes a register.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx512.h"

namespace adagrain::avx512 {
namespace {

ADAGRAIN_AVX512_INLINE __m512i two_tables(const std::uint16_t* table, __m512i index) {
  return _mm512_permutex2var_epi16(load(table), index, load(table + 32));
}

// Of 16 states of 28 bits. The quotient is below 2^16, so that single precision misses it by less than one,
// also by a reciprocal of 14 bits and one step of Newton's, which is a quarter of a division's time.
ADAGRAIN_AVX512_INLINE __m512i quotients(__m512i state, __m512i frequency) {
  const __m512 f = _mm512_cvtepi32_ps(frequency), guess = _mm512_rcp14_ps(f);
  const __m512 reciprocal = _mm512_mul_ps(guess, _mm512_fnmadd_ps(f, guess, _mm512_set1_ps(2)));
  return _mm512_cvttps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(state), reciprocal));
}

// table[index] of 16 bits each; two bytes beyond the table are read.
ADAGRAIN_AVX512_INLINE __m256i gathered(const std::uint16_t* table, __m256i index) {
  return _mm512_cvtepi32_epi16(_mm512_i32gather_epi32(_mm512_cvtepu16_epi32(index), table, 2));
}

template <std::size_t lanes>
ADAGRAIN_AVX512 std::uint8_t* encode_rows(const PreciseEncodeTables& tables, LaneStates& states,
                                          const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  auto groups = Groups<std::uint16_t, lanes, LaneOrder::forwards>::of(states, 16);
  const __m512i zero = _mm512_setzero_si512(), one = _mm512_set1_epi16(1);
  for (std::size_t row = 0; row < rows; ++row, coarse += lanes) {
#pragma GCC unroll 8
    for (std::size_t g = 0; g < groups.count; ++g) {
      const __m512i symbol =
          _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(coarse + 32 * g)));
      const __m512i frequency = two_tables(tables.frequency.data(), symbol);
      const auto full = busy<__mmask32, lanes>(_mm512_cmpge_epu16_mask(groups.high[g], frequency));
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
      const __m512i place = _mm512_maskz_add_epi16(busy<__mmask32, lanes>(~__mmask32{0}),
                                                   two_tables(tables.start.data(), symbol), occurrence);
      const __m512i slot = _mm512_inserti64x4(
          _mm512_castsi256_si512(gathered(tables.slots.data(), _mm512_castsi512_si256(place))),
          gathered(tables.slots.data(), _mm512_extracti64x4_epi64(place, 1)), 1);
      groups.high[g] = _mm512_srli_epi16(quotient, 4);
      groups.low[g] = _mm512_or_si512(_mm512_slli_epi16(quotient, 12), slot);
    }
  }
  groups.put_into(states, 16);
  return out;
}

template <std::size_t lanes, int raw_bits>
ADAGRAIN_AVX512 std::size_t decode_rows(const PreciseDecodeTables& tables, LaneStates& states,
                                        const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                                        std::size_t first_row, std::size_t row) {
  auto groups = Groups<std::uint16_t, lanes, LaneOrder::backwards>::of(states, 12);
  const __m512i low_slot = _mm512_set1_epi16(4095);
  Joiner<lanes, raw_bits> joiner(sink);
  const std::uint8_t* next = at;
  while (row > first_row && next - first >= static_cast<std::ptrdiff_t>(2 * lanes) &&
         !joiner.sink().has_too_few_escapes()) {
    --row;
    __m256i above = _mm256_setzero_si256();  // symbols of the group above: two groups are put at once
    for (std::size_t b = 0; b < 2 * lanes; b += 64) fetch_ahead(next - b);
#pragma GCC unroll 8
    for (std::size_t i = 1; i <= groups.count; ++i) {
      const std::size_t g = groups.count - i;
      const __m512i slot = groups.low[g];
      const __m512i bucket = _mm512_srli_epi16(slot, 6);
      const __m512i place = _mm512_and_si512(slot, _mm512_set1_epi16(63));
      const __m512i entry = two_tables(tables.bucket.data(), bucket);
      const __mmask32 other = _mm512_cmpge_epu16_mask(place, low_byte(entry));
      const __m512i symbol = _mm512_mask_mov_epi16(bucket, other, high_byte(entry));
      const __m512i occurrence =
          _mm512_mask_add_epi16(place, other, place, two_tables(tables.adjust.data(), bucket));
      const __m256i symbols = _mm512_cvtepi16_epi8(symbol);
      if (groups.count == 1) {
        joiner.put(row * lanes, _mm512_castsi256_si512(symbols));
      } else if (g % 2 == 0) {
        joiner.put(row * lanes + 32 * g, _mm512_inserti64x4(_mm512_castsi256_si512(above), symbols, 1));
      } else {
        above = symbols;
      }
      // x = frequency * (x >> 12) + occurrence, 28 bits as `upper` 2^16 + `lower`.
      const __m512i frequency = two_tables(tables.frequency.data(), symbol);
      const __m512i lower = _mm512_add_epi16(_mm512_mullo_epi16(frequency, groups.high[g]), occurrence);
      const __m512i product = _mm512_mulhi_epu16(frequency, groups.high[g]);
      const __mmask32 carry = _mm512_cmplt_epu16_mask(lower, occurrence);
      const __m512i upper = _mm512_mask_add_epi16(product, carry, product, _mm512_set1_epi16(1));
      const __m512i shifted = _mm512_shldi_epi16(upper, lower, 4);
      const auto empty = busy<__mmask32, lanes>(_mm512_testn_epi16_mask(shifted, shifted));
      const __m512i refilled = _mm512_mask_expand_epi16(lower, empty, groups.units_before(next));
      next -= 2 * std::popcount(static_cast<std::uint32_t>(empty));
      groups.high[g] = _mm512_mask_shldi_epi16(shifted, empty, lower, refilled, 4);
      groups.low[g] = _mm512_and_si512(refilled, low_slot);
    }
  }
  groups.put_into(states, 12);
  at = next;
  sink = joiner.sink();
  return row;
}

}  // namespace

template <>
struct Rows<PreciseEncodeTables> {
  template <std::size_t lanes, typename... Arguments>
  static std::uint8_t* run(Arguments&&... arguments) {
    return encode_rows<lanes>(arguments...);
  }
};
template <>
struct Rows<PreciseDecodeTables> {
  template <std::size_t lanes, int raw_bits, typename... Arguments>
  static std::size_t run(Arguments&&... arguments) {
    return decode_rows<lanes, raw_bits>(arguments...);
  }
};

template EncodeRows<PreciseEncodeTables> encode;
template DecodeRows<PreciseDecodeTables> decode;

}  // namespace adagrain::avx512
#endif
