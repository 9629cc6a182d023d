// States as a plane of high and a plane of low bytes, 32 lanes a register.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx2.h"

namespace adagrain::avx2 {
namespace {

struct FastPlanes {
  FastPlanes(const LaneStates& states, std::size_t lanes) {
    for (std::size_t i = 0; i < lanes; ++i) {
      high[i] = static_cast<std::uint8_t>(states[i] >> 8);
      low[i] = static_cast<std::uint8_t>(states[i]);
    }
  }
  void put_into(LaneStates& states, std::size_t lanes) const {
    for (std::size_t i = 0; i < lanes; ++i) states[i] = static_cast<std::uint32_t>(high[i] << 8 | low[i]);
  }
  alignas(64) std::array<std::uint8_t, kMostLanes> high, low;
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

// Slots in order belong to symbols in order, so that the symbols that have any can be numbered: the number of
// a slot's symbol is that of slots up to it where a symbol begins, less one. Two tables of 32 entries, one
// for each eight slots, tell it, where one of symbols has 256.
struct SymbolNumbers {
  explicit SymbolNumbers(const FastDecodeTables& tables) {
    for (std::uint32_t s = 0; s < kCoarseSymbols; ++s) {
      if (tables.frequency[s] == 0) continue;
      begins[tables.start[s] / 8] |= static_cast<std::uint8_t>(1u << tables.start[s] % 8);
      symbol[count] = static_cast<std::uint8_t>(s);
      frequency[count] = tables.frequency[s];
      start[count++] = tables.start[s];
    }
    std::uint8_t number = 255;  // -1
    for (std::size_t eight = 0; eight < 32; ++eight) {
      before[eight] = number;
      number = static_cast<std::uint8_t>(number + std::popcount(begins[eight]));
    }
  }

  ADAGRAIN_AVX2_INLINE __m256i of(__m256i slot) const {
    const __m128i up_to = _mm_set_epi64x(0, static_cast<long long>(0xFF7F3F1F0F070301));  // of eight
    const __m128i ones = _mm_set_epi64x(0x0403030203020201, 0x0302020102010100);          // of a nibble
    const __m256i nibble = _mm256_set1_epi8(15);
    const auto eight = index_of<2>(_mm256_and_si256(_mm256_srli_epi16(slot, 3), _mm256_set1_epi8(31)));
    const __m256i seen = _mm256_and_si256(
        look_up(begins.data(), eight),
        _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(up_to), _mm256_and_si256(slot, _mm256_set1_epi8(7))));
    const __m256i ones_of = _mm256_broadcastsi128_si256(ones);
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(seen, 4), nibble);
    return _mm256_add_epi8(look_up(before.data(), eight),
                           _mm256_add_epi8(_mm256_shuffle_epi8(ones_of, _mm256_and_si256(seen, nibble)),
                                           _mm256_shuffle_epi8(ones_of, upper)));
  }

  alignas(32) std::array<std::uint8_t, 32> begins{}, before;                            // [slot / 8]
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> symbol{}, frequency{}, start{};  // [number]
  std::size_t count = 0;
};

template <int raw_bits, int quarters>
ADAGRAIN_AVX2 std::size_t decode_rows(const SymbolNumbers& numbers, LaneStates& states, std::size_t lanes,
                                      const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                                      std::size_t first_row, std::size_t row) {
  FastPlanes planes(states, lanes);
  Joiner<raw_bits> joiner(sink);
  const std::uint8_t* next = at;
  while (row > first_row && next - first >= static_cast<std::ptrdiff_t>(lanes) &&
         !joiner.sink().has_too_few_escapes()) {
    --row;
    for (std::size_t b = 0; b < lanes; b += 64) fetch_ahead(next - b);
    for (std::size_t lane = lanes; lane > 0;) {
      lane -= 32;
      const __m256i slot = load(&planes.low[lane]), high = load(&planes.high[lane]);
      const auto number = index_of<quarters>(numbers.of(slot));
      joiner.put(row * lanes + lane, look_up(numbers.symbol.data(), number));
      const __m256i frequency = look_up(numbers.frequency.data(), number);
      const __m256i occurrence = _mm256_sub_epi8(slot, look_up(numbers.start.data(), number));
      const __m256i even =
          _mm256_add_epi16(_mm256_mullo_epi16(low_byte(frequency), low_byte(high)), low_byte(occurrence));
      const __m256i odd =
          _mm256_add_epi16(_mm256_mullo_epi16(high_byte(frequency), high_byte(high)), high_byte(occurrence));
      const __m256i new_low = _mm256_or_si256(low_byte(even), _mm256_slli_epi16(odd, 8));
      const __m256i new_high = _mm256_or_si256(
          high_byte(even), _mm256_and_si256(odd, _mm256_set1_epi16(static_cast<short>(0xFF00))));
      const __m256i empty = _mm256_cmpeq_epi8(new_high, _mm256_setzero_si256());
      store(&planes.high[lane], _mm256_or_si256(new_high, _mm256_and_si256(new_low, empty)));
      store(&planes.low[lane],
            _mm256_or_si256(_mm256_andnot_si256(empty, new_low), expand_before(next, empty)));
    }
  }
  planes.put_into(states, lanes);
  at = next;
  sink = joiner.sink();
  return row;
}

}  // namespace

ADAGRAIN_AVX2 std::uint8_t* encode_fast(const FastEncodeTables& tables, LaneStates& states, std::size_t lanes,
                                        const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> reciprocal_low, reciprocal_high;
  for (std::size_t i = 0; i < kCoarseSymbols; ++i) {
    reciprocal_low[i] = static_cast<std::uint8_t>(tables.reciprocal[i]);
    reciprocal_high[i] = static_cast<std::uint8_t>(tables.reciprocal[i] >> 8);
  }
  const __m256i upper = _mm256_set1_epi16(static_cast<short>(0xFF00));
  FastPlanes planes(states, lanes);
  for (std::size_t row = 0; row < rows; ++row, coarse += lanes) {
    for (std::size_t lane = 0; lane < lanes; lane += 32) {
      const auto symbol = index_of(load(coarse + lane));
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
  planes.put_into(states, lanes);
  return out;
}

std::size_t decode_fast(const FastDecodeTables& tables, LaneStates& states, std::size_t lanes,
                        const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                        std::size_t first_row, std::size_t end_row) {
  const SymbolNumbers numbers(tables);
  return with_raw_bits(sink.raw_bits, [&](auto bits) {
    const auto decode = [&](auto* rows) {
      return rows(numbers, states, lanes, first, at, sink, first_row, end_row);
    };
    if (numbers.count <= 16) return decode(decode_rows<bits, 1>);
    if (numbers.count <= 32) return decode(decode_rows<bits, 2>);
    return decode(decode_rows<bits, 4>);
  });
}

}  // namespace adagrain::avx2
#endif
