#include <algorithm>
#include <memory>

#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/compression/coders/lanes/lane_prefix.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

template <typename Profile>
class ChunkDecoder {
 public:
  ChunkDecoder(ByteReader reader, std::uint8_t head, std::span<std::uint8_t> symbols, const Kernels& kernels,
               Lists lists)
      : symbols_(symbols), kernels_(kernels) {
    map_.raw_bits = head & 3;
    const int log_lanes = head >> 2 & 15;
    require<DataError>(map_.raw_bits <= 2 && log_lanes <= 8, "lanes: head {:#04x} is none that is known",
                       head);
    lanes_ = std::size_t{1} << log_lanes;
    map_.base = reader.number<std::uint8_t>();
    BitReader bits(reader.rest());
    table_ = read_table(bits, coarse_symbols);
    reader.take(bits.finish());
    require<DataError>(
        table_.precision == Profile::precision &&
            *std::max_element(table_.frequency.begin(), table_.frequency.end()) <= Profile::highest_frequency,
        "lanes: a table of precision {} that the profile has not", table_.precision);
    if (lanes_ >= fewest_lanes) prefix_ = reader.varint();
    require<DataError>(prefix_ <= std::min(symbols.size(), longest_prefix),
                       "lanes: a prefix of {} symbols of {}", prefix_, symbols.size());
    const std::uint64_t escapes = (head & chunk_has_escapes) != 0 ? reader.varint() : 0;
    const std::uint64_t listed = (head & chunk_has_escapes) != 0 ? reader.varint() : 0;
    planes_ = reader.take(planes_bytes(symbols.size(), map_.raw_bits));
    read_list(escapes, reader.take(listed), lists);
    coded_ = reader.rest();
    coded_ = coded_.first(coded_.size() - read_states(coded_));
  }

  void decode() {
    const typename Profile::DecodeTables tables(all_frequencies(table_));
    const auto coarse = std::make_unique_for_overwrite<std::uint8_t[]>(tile_symbols + vector_slack);
    const std::uint8_t* at = coded_.data() + coded_.size();
    const std::uint8_t* escape = escapes_.data() + escapes_.size();
    for (std::size_t tile = (symbols_.size() + tile_symbols - 1) / tile_symbols; tile-- > 0;) {
      const auto part = symbols_.subspan(tile * tile_symbols,
                                         std::min(tile_symbols, symbols_.size() - tile * tile_symbols));
      decode_tile(tables, at, {coarse.get(), part.size()}, tile == 0 ? prefix_ : 0);
      if (tile == 0) decode_beginning(tables, {coarse.get(), prefix_});
      escape = kernels_.join[static_cast<std::size_t>(map_.raw_bits)](
          map_, coarse.get(), planes_.data() + planes_bytes(tile * tile_symbols, map_.raw_bits),
          escapes_.data(), escape, part);
      require<DataError>(escape != nullptr, "lanes: more escapes than the {} listed", escapes_.size());
    }
    require<DataError>(at == coded_.data() && escape == escapes_.data(),
                       "lanes: a chunk is longer than its symbols");
  }

 private:
  void read_list(std::uint64_t count, std::span<const std::uint8_t> bytes, Lists lists) {
    require<DataError>(count <= symbols_.size(), "lanes: {} escapes of {} symbols", count, symbols_.size());
    list_.resize(count + vector_slack);
    escapes_ = std::span(list_).first(count);
    if (bytes.size() == count) {
      std::copy(bytes.begin(), bytes.end(), list_.begin());
    } else {
      require<DataError>(lists == Lists::coded, "lanes: {} bytes for {} escapes", bytes.size(), count);
      decode_chunk(bytes, LaneProfile::precise, escapes_, kernels_, Lists::plain);
    }
    const int highest = 255 >> map_.raw_bits;
    require<DataError>(
        std::all_of(escapes_.begin(), escapes_.end(), [=](std::uint8_t escape) { return escape <= highest; }),
        "lanes: an escape is above {}", highest);
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

  // What the lanes have begun from, the chunk's first symbols where there are enough of them.
  void decode_beginning(const typename Profile::DecodeTables& tables, std::span<std::uint8_t> coarse) const {
    const bool carry = lanes_ >= fewest_lanes;
    const std::uint32_t above = carry ? 2 * Profile::lowest : Profile::lowest + 1;
    require<DataError>(
        std::all_of(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(lanes_),
                    [=](std::uint32_t state) { return state >= Profile::lowest && state < above; }),
        "lanes: a state does not end where it may begin");
    if (!carry) return;
    BitWriter bits;
    for (std::size_t lane = 0; lane < lanes_; ++lane) bits.write(states_[lane], Profile::precision);
    decode_prefix<Profile>(tables, bits.take(), coarse);
  }

  // Down to symbol `first`.
  void decode_tile(const typename Profile::DecodeTables& tables, const std::uint8_t*& at,
                   std::span<std::uint8_t> coarse, std::size_t first) {
    constexpr auto unit_bytes = static_cast<std::ptrdiff_t>(sizeof(typename Profile::Unit));
    std::size_t left = coarse.size();
    const auto one_by_one = [&](std::size_t until) {
      while (left > until) {
        --left;
        std::uint32_t& state = states_[left & (lanes_ - 1)];
        coarse[left] = Profile::decode(tables, state);
        require<DataError>(at - coded_.data() >= unit_bytes || state >= Profile::lowest,
                           "lanes: the chunk ends early");
        Profile::refill(state, at);
      }
    };
    const std::size_t rows = coarse.size() / lanes_, first_row = (first + lanes_ - 1) / lanes_;
    if (lanes_ >= fewest_lanes && first_row < rows) {
      one_by_one(rows * lanes_);
      left = first_row * lanes_;
      left += lanes_ * (kernels_.*Profile::decode_rows)(tables, states_, lanes_, coded_.data(), at,
                                                        &coarse[left], rows - first_row);
    }
    one_by_one(first);
  }

  std::span<std::uint8_t> symbols_;
  const Kernels& kernels_;
  CoarseMap map_;
  std::size_t lanes_;
  std::size_t prefix_ = 0;  // symbols
  FrequencyTable table_;
  std::span<const std::uint8_t> planes_, coded_;
  Bytes list_;  // escapes_, and what kernels may read beyond it
  std::span<std::uint8_t> escapes_;
  LaneStates states_;
};

}  // namespace

void decode_chunk(std::span<const std::uint8_t> bytes, LaneProfile profile, std::span<std::uint8_t> symbols,
                  const Kernels& kernels, Lists lists) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t head = reader.number<std::uint8_t>();
  if (head == stored_chunk) {
    require<DataError>(reader.remaining() == symbols.size(), "lanes: {} bytes are stored of {} symbols",
                       reader.remaining(), symbols.size());
    std::copy(reader.rest().begin(), reader.rest().end(), symbols.begin());
  } else if (profile == LaneProfile::fast) {
    ChunkDecoder<FastChunk>(reader, head, symbols, kernels, lists).decode();
  } else {
    ChunkDecoder<PreciseChunk>(reader, head, symbols, kernels, lists).decode();
  }
}

}  // namespace adagrain
