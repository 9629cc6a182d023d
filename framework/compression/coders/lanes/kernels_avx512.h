// Every table in registers, 64 (fast) or 32 (precise) lanes a register pair. Groups of lanes are independent:
// several of them side by side hide the latency of the look-ups.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "framework/compression/coders/lanes/kernels.h"

#define ADAGRAIN_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")))
#define ADAGRAIN_AVX512_INLINE ADAGRAIN_AVX512 __attribute__((always_inline)) inline

namespace adagrain::avx512 {

ADAGRAIN_AVX512_INLINE __m512i load(const void* from) {
  return _mm512_loadu_si512(from);
}
ADAGRAIN_AVX512_INLINE void store(void* to, __m512i value) {
  _mm512_storeu_si512(to, value);
}
// The bytes of `odd` in odd places, those of `even` in even ones.
ADAGRAIN_AVX512_INLINE __m512i weave(__m512i even, __m512i odd) {
  return _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAAu, even, odd);
}
ADAGRAIN_AVX512_INLINE __m512i high_byte(__m512i words) {
  return _mm512_srli_epi16(words, 8);
}
ADAGRAIN_AVX512_INLINE __m512i low_byte(__m512i words) {
  return _mm512_and_si512(words, _mm512_set1_epi16(255));
}

ADAGRAIN_AVX512_INLINE __mmask64 first_lanes(std::size_t count) {
  return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
}

// The first `bytes` of a register, all of it from 64 on: what lies behind is another's, or not there.
template <std::size_t bytes>
ADAGRAIN_AVX512_INLINE __m512i load_first(const std::uint8_t* from) {
  if constexpr (bytes >= 64) return load(from);
  return _mm512_maskz_loadu_epi8(first_lanes(bytes), from);
}
template <std::size_t bytes>
ADAGRAIN_AVX512_INLINE void store_first(std::uint8_t* to, __m512i value) {
  if constexpr (bytes >= 64) {
    store(to, value);
  } else if constexpr (bytes == 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(value));
  } else {
    static_assert(bytes == 16);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(value));
  }
}

// Scalar kernels do not wait as long for the eight symbols of a row of eight lanes.
constexpr std::size_t kFewestLanes = 16;

// Calls `function` with the number of lanes as a constant.
template <typename Function>
auto with_lanes(std::size_t lanes, const Function& function) {
  using std::integral_constant;
  switch (lanes) {
    case kFewestLanes:
      return function(integral_constant<std::size_t, kFewestLanes>());
    case 32:
      return function(integral_constant<std::size_t, 32>());
    case 64:
      return function(integral_constant<std::size_t, 64>());
    case 128:
      return function(integral_constant<std::size_t, 128>());
    default:
      return function(integral_constant<std::size_t, kMostLanes>());
  }
}

// The first `count` bytes or words of a register backwards, then nothing that counts.
template <typename Part, std::size_t count>
ADAGRAIN_AVX512_INLINE __m512i reversed(__m512i parts) {
  alignas(64) static constexpr auto places = [] {
    std::array<Part, 64 / sizeof(Part)> all{};
    for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<Part>(count - 1 - i);
    return all;
  }();
  if constexpr (sizeof(Part) == 1) return _mm512_permutexvar_epi8(load(places.data()), parts);
  return _mm512_permutexvar_epi16(load(places.data()), parts);
}

// How lanes stand in a register. Decoders have them backwards: expanding begins with the last lane then,
// which takes the last unit, so that units are loaded before it is known how many are taken. Counting them
// and then loading would be a third of the wait from row to row.
enum class LaneOrder { forwards, backwards };

// States as a plane of their upper and a plane of their lower bits, split at `low_bits`. Lanes that fill no
// register have idle ones beside them, which count in no mask of units.
template <typename Part, std::size_t lanes, LaneOrder order>
struct Groups {
  static constexpr std::size_t a_register = 64 / sizeof(Part), width = std::min(lanes, a_register);
  static constexpr std::size_t count = (lanes + a_register - 1) / a_register;
  __m512i high[count], low[count];

  static constexpr std::size_t place_of(std::size_t lane) {
    return order == LaneOrder::forwards ? lane : lane / width * width + width - 1 - lane % width;
  }

  // What each lane would take from before `end` if all lanes of a group took a unit, in backward order.
  ADAGRAIN_AVX512_INLINE static __m512i units_before(const std::uint8_t* end) {
    constexpr std::size_t bytes = width * sizeof(Part);
    return reversed<Part, width>(load_first<bytes>(end - bytes));
  }

  ADAGRAIN_AVX512_INLINE static Groups of(const LaneStates& states, int low_bits) {
    alignas(64) Part high[count * a_register] = {}, low[count * a_register] = {};
    for (std::size_t i = 0; i < lanes; ++i) {
      high[place_of(i)] = static_cast<Part>(states[i] >> low_bits);
      low[place_of(i)] = static_cast<Part>(states[i] & ((1u << low_bits) - 1));
    }
    Groups groups;
    for (std::size_t g = 0; g < count; ++g) {
      groups.high[g] = load(high + a_register * g);
      groups.low[g] = load(low + a_register * g);
    }
    return groups;
  }

  ADAGRAIN_AVX512_INLINE void put_into(LaneStates& states, int low_bits) const {
    alignas(64) Part upper[count * a_register], lower[count * a_register];
    for (std::size_t g = 0; g < count; ++g) {
      store(upper + a_register * g, high[g]);
      store(lower + a_register * g, low[g]);
    }
    for (std::size_t i = 0; i < lanes; ++i)
      states[i] = std::uint32_t{upper[place_of(i)]} << low_bits | lower[place_of(i)];
  }
};

template <typename Mask, std::size_t lanes>
ADAGRAIN_AVX512_INLINE Mask busy(Mask mask) {
  if constexpr (lanes >= 8 * sizeof(Mask)) return mask;
  return mask & static_cast<Mask>((std::uint64_t{1} << lanes % 64) - 1);
}

// A ByteSink that takes a register at once: 64 coarse symbols, or one of each lane where there are fewer; in
// backward order.
template <std::size_t lanes, int raw_bits>
class Joiner {
 public:
  ADAGRAIN_AVX512_INLINE explicit Joiner(const ByteSink& sink)
      : sink_(sink), base_(_mm512_set1_epi8(static_cast<char>(sink.base))) {}
  ADAGRAIN_AVX512_INLINE const ByteSink& sink() const { return sink_; }

  ADAGRAIN_AVX512_INLINE void put(std::size_t at, __m512i backwards) {
    const __m512i symbol = reversed<std::uint8_t, std::min<std::size_t>(lanes, 64)>(backwards);
    const auto escaped =
        busy<__mmask64, lanes>(_mm512_cmpeq_epi8_mask(symbol, _mm512_set1_epi8(CoarseMap::escape)));
    // Not: if any escapes here, which nothing predicts.
    sink_.escapes -= std::popcount(static_cast<std::uint64_t>(escaped));
    const __m512i distance = _mm512_mask_expand_epi8(symbol, escaped, load(sink_.escapes));
    __m512i value = _mm512_add_epi8(_mm512_slli_epi16(distance, raw_bits), base_);  // within their bytes
    for (int bit = 0; bit < raw_bits; ++bit) {
      std::uint64_t plane = 0;
      std::memcpy(&plane, sink_.planes + plane_place(at, raw_bits) + 8 * bit,
                  std::min<std::size_t>(lanes / 8, 8));
      value = _mm512_mask_add_epi8(value, plane, value, _mm512_set1_epi8(static_cast<char>(1 << bit)));
    }
    fetch_ahead(sink_.bytes + at);
    store_first<lanes>(sink_.bytes + at, value);
  }

 private:
  ByteSink sink_;  // its own, which no store to bytes can change
  __m512i base_;
};

// The rows of one kind of table, specialised in the file of each kind: run<lanes> encodes, run<lanes,
// raw_bits> decodes, with the arguments of EncodeRows and DecodeRows less the number of lanes.
template <typename Tables>
struct Rows;

// Rows by the number of lanes, instantiated in the file of each kind.
template <typename Tables>
std::uint8_t* encode(const Tables& tables, LaneStates& states, std::size_t lanes, const std::uint8_t* coarse,
                     std::size_t rows, std::uint8_t* out) {
  return with_lanes(lanes,
                    [&](auto n) { return Rows<Tables>::template run<n>(tables, states, coarse, rows, out); });
}
template <typename Tables>
std::size_t decode(const Tables& tables, LaneStates& states, std::size_t lanes, const std::uint8_t* first,
                   const std::uint8_t*& at, ByteSink& sink, std::size_t first_row, std::size_t end_row) {
  return with_lanes(lanes, [&](auto n) {
    return with_raw_bits(sink.raw_bits, [&](auto bits) {
      return Rows<Tables>::template run<n, bits>(tables, states, first, at, sink, first_row, end_row);
    });
  });
}

extern template EncodeRows<FastEncodeTables> encode;
extern template EncodeRows<PreciseEncodeTables> encode;
extern template DecodeRows<FastDecodeTables> decode;
extern template DecodeRows<PreciseDecodeTables> decode;

}  // namespace adagrain::avx512
