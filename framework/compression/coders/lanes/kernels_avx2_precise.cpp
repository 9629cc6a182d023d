// States as two planes of words, split at bit 12 to decode, at bit 16 to encode; 32 lanes at once.
#if defined(__x86_64__)
#include "framework/compression/coders/lanes/kernels_avx2.h"

namespace adagrain::avx2 {
namespace {

// `kByteShuffles` for lanes of two bytes.
struct WordShuffles {
  alignas(64) std::array<std::array<std::uint8_t, 16>, 256> compress, expand;
};
constexpr WordShuffles kWordShuffles = [] {
  WordShuffles shuffles{};
  const auto widen = [](std::uint8_t place, std::size_t byte) {
    return static_cast<std::uint8_t>(place == 0x80 ? 0x80 : 2 * place + byte);
  };
  for (std::size_t mask = 0; mask < 256; ++mask) {
    for (std::size_t i = 0; i < 16; ++i) {
      shuffles.compress[mask][i] = widen(kByteShuffles.compress[mask][i / 2], i % 2);
      shuffles.expand[mask][i] = widen(kByteShuffles.expand[mask][i / 2], i % 2);
    }
  }
  return shuffles;
}();

struct PrecisePlanes {
  PrecisePlanes(const LaneStates& states, std::size_t lanes, int low_bits) {
    for (std::size_t i = 0; i < lanes; ++i) {
      high[i] = static_cast<std::uint16_t>(states[i] >> low_bits);
      low[i] = static_cast<std::uint16_t>(states[i] & ((1u << low_bits) - 1));
    }
  }
  void put_into(LaneStates& states, std::size_t lanes, int low_bits) const {
    for (std::size_t i = 0; i < lanes; ++i) states[i] = std::uint32_t{high[i]} << low_bits | low[i];
  }
  alignas(64) std::array<std::uint16_t, kMostLanes> high, low;
};

// A table of words as two of bytes.
struct WordTable {
  explicit WordTable(std::span<const std::uint16_t, kCoarseSymbols> words) {
    for (std::size_t i = 0; i < kCoarseSymbols; ++i) {
      low[i] = static_cast<std::uint8_t>(words[i]);
      high[i] = static_cast<std::uint8_t>(words[i] >> 8);
    }
  }
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> low, high;
};

// 32 words, lanes 0..15 and 16..31. Packed to bytes they stand as eights 0, 2, 1, 3.
struct Words {
  __m256i part[2];
};
ADAGRAIN_AVX2_INLINE __m256i packed(const Words& words) {
  return _mm256_packus_epi16(words.part[0], words.part[1]);
}
ADAGRAIN_AVX2_INLINE Words unpacked(__m256i low, __m256i high) {
  return {_mm256_unpacklo_epi8(low, high), _mm256_unpackhi_epi8(low, high)};
}
ADAGRAIN_AVX2_INLINE __m256i swap_middle_eights(__m256i bytes) {
  return _mm256_permute4x64_epi64(bytes, 0xD8);
}
ADAGRAIN_AVX2_INLINE std::uint32_t mask_of_words(const Words& words) {
  return mask_of(swap_middle_eights(_mm256_packs_epi16(words.part[0], words.part[1])));
}

ADAGRAIN_AVX2_INLINE __m256i word_places(const std::array<std::array<std::uint8_t, 16>, 256>& shuffles,
                                         std::uint32_t mask) {
  return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(&shuffles[mask >> 8 & 255]),
                             reinterpret_cast<const __m128i*>(&shuffles[mask & 255]));
}

// As `compress` and `expand`, of 16 words.
ADAGRAIN_AVX2_INLINE std::uint8_t* compress_words(__m256i words, std::uint32_t mask, std::uint8_t* out) {
  const __m256i moved = _mm256_shuffle_epi8(words, word_places(kWordShuffles.compress, mask));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(moved));
  out += 2 * std::popcount(mask & 0xFF);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_extracti128_si256(moved, 1));
  return out + 2 * std::popcount(mask >> 8 & 0xFF);
}
ADAGRAIN_AVX2_INLINE __m256i expand_words(const std::uint8_t* from, std::uint32_t mask) {
  const __m256i words =
      _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(from + 2 * std::popcount(mask & 0xFF)),
                          reinterpret_cast<const __m128i*>(from));
  return _mm256_shuffle_epi8(words, word_places(kWordShuffles.expand, mask));
}

// Of 8 states of 28 bits. The quotient is below 2^16, so that single precision misses it by less than one.
ADAGRAIN_AVX2_INLINE __m256i quotients(__m256i state, __m256i frequency) {
  return _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(state), _mm256_cvtepi32_ps(frequency)));
}

// From places in `table` to what stands there.
ADAGRAIN_AVX2_INLINE __m256i load_each(const std::uint16_t* table, __m256i place) {
  alignas(32) std::array<std::uint16_t, 16> places;
  store(places.data(), place);
  const auto four_from = [&](std::size_t i) {
    return static_cast<long long>(table[places[i]] | std::uint64_t{table[places[i + 1]]} << 16 |
                                  std::uint64_t{table[places[i + 2]]} << 32 |
                                  std::uint64_t{table[places[i + 3]]} << 48);
  };
  return _mm256_set_epi64x(four_from(12), four_from(8), four_from(4), four_from(0));
}

template <int raw_bits>
ADAGRAIN_AVX2 std::size_t decode_rows(const PreciseDecodeTables& tables, LaneStates& states,
                                      std::size_t lanes, const std::uint8_t* first, const std::uint8_t*& at,
                                      ByteSink& sink, std::size_t first_row, std::size_t row) {
  const WordTable buckets(tables.bucket), adjusts(tables.adjust), frequencies(tables.frequency);
  const __m256i zero = _mm256_setzero_si256();
  PrecisePlanes planes(states, lanes, 12);
  Joiner<raw_bits> joiner(sink);
  const std::uint8_t* next = at;
  while (row > first_row && next - first >= static_cast<std::ptrdiff_t>(2 * lanes) &&
         !joiner.sink().has_too_few_escapes()) {
    --row;
    for (std::size_t b = 0; b < 2 * lanes; b += 64) fetch_ahead(next - b);
    for (std::size_t group = lanes; group > 0;) {
      group -= 32;
      Words bucket, place;
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i slot = load(&planes.low[group + 16 * part]);
        bucket.part[part] = _mm256_srli_epi16(slot, 6);
        place.part[part] = _mm256_and_si256(slot, _mm256_set1_epi16(63));
      }
      const auto at_bucket = index_of(packed(bucket));
      const __m256i own = _mm256_cmpgt_epi8(look_up(buckets.low.data(), at_bucket), packed(place));
      const __m256i symbol =
          _mm256_blendv_epi8(look_up(buckets.high.data(), at_bucket), at_bucket.value, own);
      joiner.put(row * lanes + group, swap_middle_eights(symbol));
      const Words adjust = unpacked(_mm256_andnot_si256(own, look_up(adjusts.low.data(), at_bucket)),
                                    _mm256_andnot_si256(own, look_up(adjusts.high.data(), at_bucket)));
      const auto at_symbol = index_of(symbol);
      const Words frequency =
          unpacked(look_up(frequencies.low.data(), at_symbol), look_up(frequencies.high.data(), at_symbol));
      // x = frequency * (x >> 12) + occurrence, 28 bits as `upper` 2^16 + `lower`.
      Words lower, upper, empty;
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i high = load(&planes.high[group + 16 * part]);
        const __m256i occurrence = _mm256_add_epi16(place.part[part], adjust.part[part]);
        lower.part[part] = _mm256_add_epi16(_mm256_mullo_epi16(frequency.part[part], high), occurrence);
        const __m256i no_carry =
            _mm256_cmpeq_epi16(_mm256_max_epu16(lower.part[part], occurrence), lower.part[part]);
        upper.part[part] =
            _mm256_sub_epi16(_mm256_mulhi_epu16(frequency.part[part], high), inverse(no_carry));
        empty.part[part] = _mm256_cmpeq_epi16(
            _mm256_or_si256(upper.part[part], _mm256_srli_epi16(lower.part[part], 12)), zero);
      }
      const std::uint32_t mask = mask_of_words(empty);
      next -= 2 * std::popcount(mask);
      for (std::size_t part = 0; part < 2; ++part) {
        const __m256i words = part == 0 ? expand_words(next, mask & 0xFFFF)
                                        : expand_words(next + 2 * std::popcount(mask & 0xFFFF), mask >> 16);
        const __m256i kept = _mm256_andnot_si256(empty.part[part], lower.part[part]);
        const __m256i refilled = _mm256_or_si256(kept, words);
        const __m256i top =
            _mm256_or_si256(upper.part[part], _mm256_and_si256(empty.part[part], lower.part[part]));
        store(&planes.high[group + 16 * part],
              _mm256_or_si256(_mm256_slli_epi16(top, 4), _mm256_srli_epi16(refilled, 12)));
        store(&planes.low[group + 16 * part], _mm256_and_si256(refilled, _mm256_set1_epi16(4095)));
      }
    }
  }
  planes.put_into(states, lanes, 12);
  at = next;
  sink = joiner.sink();
  return row;
}

}  // namespace

ADAGRAIN_AVX2 std::uint8_t* encode_precise(const PreciseEncodeTables& tables, LaneStates& states,
                                           std::size_t lanes, const std::uint8_t* coarse, std::size_t rows,
                                           std::uint8_t* out) {
  const WordTable frequencies(tables.frequency), starts(tables.start);
  const __m256i zero = _mm256_setzero_si256();
  PrecisePlanes planes(states, lanes, 16);
  for (std::size_t row = 0; row < rows; ++row, coarse += lanes) {
    for (std::size_t group = 0; group < lanes; group += 32) {
      const auto symbol = index_of(swap_middle_eights(load(coarse + group)));
      const Words frequency =
          unpacked(look_up(frequencies.low.data(), symbol), look_up(frequencies.high.data(), symbol));
      const Words start = unpacked(look_up(starts.low.data(), symbol), look_up(starts.high.data(), symbol));
      for (std::size_t part = 0; part < 2; ++part) {
        const std::size_t lane = group + 16 * part;
        const __m256i f = frequency.part[part];
        const __m256i old_low = load(&planes.low[lane]), old_high = load(&planes.high[lane]);
        const __m256i room = _mm256_cmpgt_epi16(f, old_high);
        out = compress_words(old_low,
                             ~mask_of(_mm256_permute4x64_epi64(_mm256_packs_epi16(room, room), 0xD8)), out);
        const __m256i low = _mm256_blendv_epi8(old_high, old_low, room);
        const __m256i high = _mm256_and_si256(room, old_high);
        const __m256i guess =
            _mm256_packus_epi32(quotients(_mm256_unpacklo_epi16(low, high), _mm256_unpacklo_epi16(f, zero)),
                                quotients(_mm256_unpackhi_epi16(low, high), _mm256_unpackhi_epi16(f, zero)));
        const __m256i rest = _mm256_sub_epi16(low, _mm256_mullo_epi16(guess, f));
        const __m256i above = _mm256_srai_epi16(rest, 15);  // the guess was one too large
        const __m256i raised = _mm256_add_epi16(rest, _mm256_and_si256(above, f));
        const __m256i enough = _mm256_cmpgt_epi16(f, raised);  // else it was one too small
        const __m256i quotient = _mm256_sub_epi16(_mm256_add_epi16(guess, above), inverse(enough));
        const __m256i occurrence = _mm256_sub_epi16(raised, _mm256_andnot_si256(enough, f));
        const __m256i slot = load_each(tables.slots.data(), _mm256_add_epi16(start.part[part], occurrence));
        store(&planes.high[lane], _mm256_srli_epi16(quotient, 4));
        store(&planes.low[lane], _mm256_or_si256(_mm256_slli_epi16(quotient, 12), slot));
      }
    }
  }
  planes.put_into(states, lanes, 16);
  return out;
}

std::size_t decode_precise(const PreciseDecodeTables& tables, LaneStates& states, std::size_t lanes,
                           const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                           std::size_t first_row, std::size_t end_row) {
  return with_raw_bits(sink.raw_bits, [&](auto bits) {
    return decode_rows<bits>(tables, states, lanes, first, at, sink, first_row, end_row);
  });
}

}  // namespace adagrain::avx2
#endif
