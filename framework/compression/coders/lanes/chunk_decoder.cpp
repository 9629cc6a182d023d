#include <algorithm>
#include <memory>

#include "framework/compression/coders/lanes/chunk_parts.h"
#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/compression/coders/lanes/lane_prefix.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

template <typename Profile>
class ChunkDecoder {
 public:
  ChunkDecoder(const ChunkParts& parts, std::span<std::uint8_t> symbols, const Kernels& kernels, Lists lists)
      : symbols_(symbols),
        kernels_(kernels),
        lanes_(parts.lanes),
        prefix_(parts.prefix),
        table_(parts.table),
        coded_(parts.coded) {
    sink_.raw_bits = parts.raw_bits;
    sink_.base = parts.base;
    sink_.bytes = symbols.data();
    sink_.planes = parts.planes.data();
    read_list(parts.escapes, parts.list, lists);
    coded_ = coded_.first(coded_.size() - read_states(coded_));
    at_ = coded_.data() + coded_.size();
  }

  void decode() {
    const typename Profile::DecodeTables tables(all_frequencies(table_));
    with_raw_bits(sink_.raw_bits, [&](auto bits) {
      decode_symbols<bits>(tables);
      decode_beginning<bits>(tables);
    });
    require<DataError>(at_ == coded_.data() && sink_.escapes == sink_.first_escape,
                       "lanes: a chunk is longer than its symbols");
  }

 private:
  void read_list(std::uint64_t count, std::span<const std::uint8_t> bytes, Lists lists) {
    list_.resize(kEscapeSlack + count + kVectorSlack);
    const auto escapes = std::span(list_).subspan(kEscapeSlack, count);
    if (bytes.size() == count) {
      std::copy(bytes.begin(), bytes.end(), escapes.begin());
    } else {
      require<DataError>(lists == Lists::coded, "lanes: {} bytes for {} escapes", bytes.size(), count);
      decode_chunk(bytes, LaneProfile::precise, escapes, kernels_, Lists::plain);
    }
    const int highest = 255 >> sink_.raw_bits;
    std::uint8_t bits = 0;
    for (const std::uint8_t escape : escapes) bits |= escape;
    require<DataError>(bits <= highest, "lanes: an escape is above {}", highest);
    sink_.first_escape = escapes.data();
    sink_.escapes = escapes.data() + escapes.size();
  }

  // From the end of `bytes` backwards; returns how many they take.
  std::size_t read_states(std::span<const std::uint8_t> bytes) {
    const std::size_t most = std::min(bytes.size(), lanes_ * sizeof(std::uint32_t));
    const Bytes backwards(bytes.rbegin(), bytes.rbegin() + static_cast<std::ptrdiff_t>(most));
    BitReader bits(backwards);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const int below = static_cast<int>(bits.read(Profile::width_bits)) + Profile::lowest_width - 1;
      states_[lane] = 1U << below | bits.read(below);
    }
    return bits.finish();
  }

  void refuse_too_few_escapes() const {
    require<DataError>(!sink_.has_too_few_escapes(), "lanes: more escapes than the {} listed",
                       list_.size() - kEscapeSlack - kVectorSlack);
  }

  // Down to the prefix.
  template <int raw_bits>
  void decode_symbols(const typename Profile::DecodeTables& tables) {
    std::size_t left = symbols_.size();
    const auto one_by_one = [&](std::size_t until) {
      static_assert(2 * kMostLanes <= kEscapeSlack);
      while (left > until) {
        --left;
        std::uint32_t& state = states_[left & (lanes_ - 1)];
        sink_.put<raw_bits>(left, Profile::decode(tables, state));
        require<DataError>(at_ - coded_.data() >= unit_bytes || state >= Profile::lowest,
                           "lanes: the chunk ends early");
        Profile::refill(state, at_);  // may read before the code: the chunk's head and base
      }
      refuse_too_few_escapes();
    };
    const std::size_t row = row_symbols(lanes_);
    const std::size_t end_row = symbols_.size() / row, first_row = (prefix_ + row - 1) / row;
    if (first_row < end_row) {
      one_by_one(end_row * row);
      decode_rows(tables, first_row, end_row);
      left = first_row * row;
    }
    one_by_one(prefix_);
  }

  void decode_rows(const typename Profile::DecodeTables& tables, std::size_t first_row, std::size_t end_row) {
    const auto kernel = kernels_of_rows(kernels_, lanes_).*Profile::decode_rows;
    end_row = kernel(tables, states_, lanes_, coded_.data(), at_, sink_, first_row, end_row);
    refuse_too_few_escapes();
    if (end_row == first_row) return;
    // Less code is left than a row may take: the last rows read a copy with zeros before it.
    const auto row_bytes = static_cast<std::ptrdiff_t>(row_symbols(lanes_)) * unit_bytes;
    std::array<std::uint8_t, 2 * kMostLanes * unit_bytes + kVectorSlack> copy{};
    const std::uint8_t* const begin = copy.data() + row_bytes;
    const std::uint8_t* next = std::copy(coded_.data(), at_, copy.data() + row_bytes);
    kernel(tables, states_, lanes_, copy.data(), next, sink_, first_row, end_row);
    refuse_too_few_escapes();
    require<DataError>(next >= begin, "lanes: the chunk ends early");
    at_ = coded_.data() + (next - begin);
  }

  // What the lanes have begun from, the chunk's first symbols where there are enough of them.
  template <int raw_bits>
  void decode_beginning(const typename Profile::DecodeTables& tables) {
    const bool carry = carry_prefix(lanes_);
    const std::uint32_t above = carry ? 2 * Profile::lowest : Profile::lowest + 1;
    require<DataError>(
        std::all_of(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(lanes_),
                    [=](std::uint32_t state) { return state >= Profile::lowest && state < above; }),
        "lanes: a state does not end where it may begin");
    if (!carry) return;
    BitWriter bits;
    for (std::size_t lane = 0; lane < lanes_; ++lane) bits.write(states_[lane], Profile::precision);
    static_assert(kLongestPrefix <= kEscapeSlack);
    decode_prefix<Profile>(tables, bits.take(), prefix_,
                           [this](std::size_t at, std::uint32_t coarse) { sink_.put<raw_bits>(at, coarse); });
    refuse_too_few_escapes();
  }

  static constexpr auto unit_bytes = static_cast<std::ptrdiff_t>(sizeof(typename Profile::Unit));
  std::span<std::uint8_t> symbols_;
  const Kernels& kernels_;
  std::size_t lanes_;
  std::size_t prefix_;  // symbols
  FrequencyTable table_;
  Bytes list_;  // kEscapeSlack bytes, the escapes, kVectorSlack: what may be read
  ByteSink sink_{};
  std::span<const std::uint8_t> coded_;
  const std::uint8_t* at_ = nullptr;  // the end of the code that is left
  LaneStates states_;
};

}  // namespace

void decode_chunk(std::span<const std::uint8_t> bytes, LaneProfile profile, std::span<std::uint8_t> symbols,
                  const Kernels& kernels, Lists lists) {
  const ChunkParts parts = read_chunk_parts(bytes, profile, symbols.size());
  if (parts.stored) {
    std::copy(parts.coded.begin(), parts.coded.end(), symbols.begin());
  } else if (profile == LaneProfile::fast) {
    ChunkDecoder<FastChunk>(parts, symbols, kernels, lists).decode();
  } else {
    ChunkDecoder<PreciseChunk>(parts, symbols, kernels, lists).decode();
  }
}

}  // namespace adagrain
