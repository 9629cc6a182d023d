// States as a plane of high and a plane of low bytes, 64 lanes a register.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx512.h"

namespace adagrain::avx512 {
namespace {

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

template <std::size_t lanes>
ADAGRAIN_AVX512 std::uint8_t* encode_rows(const FastEncodeTables& tables, LaneStates& states,
                                          const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  alignas(64) std::uint8_t reciprocal_low[kCoarseSymbols], reciprocal_high[kCoarseSymbols];
  for (std::size_t i = 0; i < kCoarseSymbols; ++i) {
    reciprocal_low[i] = static_cast<std::uint8_t>(tables.reciprocal[i]);
    reciprocal_high[i] = static_cast<std::uint8_t>(tables.reciprocal[i] >> 8);
  }
  const __m512i frequencies = load(tables.frequency.data()), starts = load(tables.start.data());
  const __m512i reciprocals_low = load(reciprocal_low), reciprocals_high = load(reciprocal_high);
  auto groups = Groups<std::uint8_t, lanes, LaneOrder::forwards>::of(states, 8);
  for (std::size_t row = 0; row < rows; ++row, coarse += lanes) {
#pragma GCC unroll 4
    for (std::size_t g = 0; g < groups.count; ++g) {
      const __m512i symbol = load(coarse + 64 * g);
      const __m512i frequency = _mm512_permutexvar_epi8(symbol, frequencies);
      const auto full = busy<__mmask64, lanes>(_mm512_cmpge_epu8_mask(groups.high[g], frequency));
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
  groups.put_into(states, 8);
  return out;
}

template <std::size_t lanes, int raw_bits>
ADAGRAIN_AVX512 std::size_t decode_rows(const FastDecodeTables& tables, LaneStates& states,
                                        const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                                        std::size_t first_row, std::size_t row) {
  const __m512i frequencies = load(tables.frequency.data()), starts = load(tables.start.data());
  const std::uint8_t* const symbols = tables.symbol_of.data();
  const __m512i symbols0 = load(symbols), symbols1 = load(symbols + 64), symbols2 = load(symbols + 128),
                symbols3 = load(symbols + 192);
  auto groups = Groups<std::uint8_t, lanes, LaneOrder::backwards>::of(states, 8);
  Joiner<lanes, raw_bits> joiner(sink);
  const std::uint8_t* next = at;
  while (row > first_row && next - first >= static_cast<std::ptrdiff_t>(lanes) &&
         !joiner.sink().has_too_few_escapes()) {
    --row;
    for (std::size_t b = 0; b < lanes; b += 64) fetch_ahead(next - b);
#pragma GCC unroll 4
    for (std::size_t i = 1; i <= groups.count; ++i) {
      const std::size_t g = groups.count - i;
      const __m512i slot = groups.low[g], high = groups.high[g];
      const __m512i symbol = _mm512_mask_blend_epi8(_mm512_movepi8_mask(slot),
                                                    _mm512_permutex2var_epi8(symbols0, slot, symbols1),
                                                    _mm512_permutex2var_epi8(symbols2, slot, symbols3));
      joiner.put(row * lanes + 64 * g, symbol);
      const __m512i frequency = _mm512_permutexvar_epi8(symbol, frequencies);
      const __m512i occurrence = _mm512_sub_epi8(slot, _mm512_permutexvar_epi8(symbol, starts));
      const __m512i even =
          _mm512_add_epi16(_mm512_mullo_epi16(low_byte(frequency), low_byte(high)), low_byte(occurrence));
      const __m512i odd =
          _mm512_add_epi16(_mm512_mullo_epi16(high_byte(frequency), high_byte(high)), high_byte(occurrence));
      const __m512i new_low = weave(even, _mm512_slli_epi16(odd, 8));
      const __m512i new_high = weave(high_byte(even), odd);
      const auto empty = busy<__mmask64, lanes>(_mm512_testn_epi8_mask(new_high, new_high));
      groups.high[g] = _mm512_mask_mov_epi8(new_high, empty, new_low);
      groups.low[g] = _mm512_mask_expand_epi8(new_low, empty, groups.units_before(next));
      next -= std::popcount(static_cast<std::uint64_t>(empty));
    }
  }
  groups.put_into(states, 8);
  at = next;
  sink = joiner.sink();
  return row;
}

}  // namespace

template <>
struct Rows<FastEncodeTables> {
  template <std::size_t lanes, typename... Arguments>
  static std::uint8_t* run(Arguments&&... arguments) {
    return encode_rows<lanes>(arguments...);
  }
};
template <>
struct Rows<FastDecodeTables> {
  template <std::size_t lanes, int raw_bits, typename... Arguments>
  static std::size_t run(Arguments&&... arguments) {
    return decode_rows<lanes, raw_bits>(arguments...);
  }
};

template EncodeRows<FastEncodeTables> encode;
template DecodeRows<FastDecodeTables> decode;

}  // namespace adagrain::avx512
#endif
