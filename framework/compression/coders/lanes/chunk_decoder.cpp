#include <algorithm>
#include <memory>

#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/compression/coders/lanes/lane_prefix.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

template <typename Chunk>
class ChunkDecoder {
 public:
  // `reader` stands behind the front.
  ChunkDecoder(ByteReader reader, const LaneChunkFront& front, std::span<std::uint8_t> symbols,
               const Kernels& kernels, Lists lists)
      : symbols_(symbols),
        kernels_(kernels),
        lanes_(front.lanes),
        prefix_(front.prefix),
        table_(front.table) {
    sink_.raw_bits = front.raw_bits;
    sink_.base = front.base;
    sink_.bytes = symbols.data();
    sink_.planes = reader.take(planes_bytes(symbols.size(), sink_.raw_bits)).data();
    read_list(front.escapes, reader.take(front.list_bytes), lists);
    coded_ = reader.rest();
    coded_ = coded_.first(coded_.size() - read_states(coded_));
    at_ = coded_.data() + coded_.size();
  }

  void decode() {
    const typename Chunk::DecodeTables tables(all_frequencies(table_));
    with_raw_bits(sink_.raw_bits, [&](auto bits) {
      decode_symbols<bits>(tables);
      decode_beginning<bits>(tables);
    });
    require<DataError>(at_ == coded_.data() && sink_.escapes == sink_.first_escape,
                       "lanes: a chunk is longer than its symbols");
  }

 private:
  void read_list(std::uint64_t count, std::span<const std::uint8_t> bytes, Lists lists) {
    require<DataError>(count <= symbols_.size(), "lanes: {} escapes of {} symbols", count, symbols_.size());
    list_.resize(kEscapeSlack + count + kVectorSlack);
    const auto escapes = std::span(list_).subspan(kEscapeSlack, count);
    if (bytes.size() == count) {
      std::copy(bytes.begin(), bytes.end(), escapes.begin());
    } else {
      require<DataError>(lists == Lists::coded, "lanes: {} bytes for {} escapes", bytes.size(), count);
      decode_chunk(bytes, LanePrecision::precise, escapes, kernels_, Lists::plain);
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
      const int below = static_cast<int>(bits.read(Chunk::width_bits)) + Chunk::lowest_width - 1;
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
  void decode_symbols(const typename Chunk::DecodeTables& tables) {
    std::size_t left = symbols_.size();
    const auto one_by_one = [&](std::size_t until) {
      static_assert(2 * kMostLanes <= kEscapeSlack);
      while (left > until) {
        --left;
        std::uint32_t& state = states_[left & (lanes_ - 1)];
        sink_.put<raw_bits>(left, Chunk::decode(tables, state));
        require<DataError>(at_ - coded_.data() >= unit_bytes || state >= Chunk::lowest,
                           "lanes: the chunk ends early");
        Chunk::refill(state, at_);  // may read before the code: the chunk's head and base
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

  void decode_rows(const typename Chunk::DecodeTables& tables, std::size_t first_row, std::size_t end_row) {
    const auto kernel = kernels_of_rows(kernels_, lanes_).*Chunk::decode_rows;
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
  void decode_beginning(const typename Chunk::DecodeTables& tables) {
    const bool carry = carry_prefix(lanes_);
    const std::uint32_t above = carry ? 2 * Chunk::lowest : Chunk::lowest + 1;
    require<DataError>(
        std::all_of(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(lanes_),
                    [=](std::uint32_t state) { return state >= Chunk::lowest && state < above; }),
        "lanes: a state does not end where it may begin");
    if (!carry) return;
    BitWriter bits;
    for (std::size_t lane = 0; lane < lanes_; ++lane) bits.write(states_[lane], Chunk::precision);
    static_assert(kLongestPrefix <= kEscapeSlack);
    decode_prefix<Chunk>(tables, bits.take(), prefix_,
                         [this](std::size_t at, std::uint32_t coarse) { sink_.put<raw_bits>(at, coarse); });
    refuse_too_few_escapes();
  }

  static constexpr auto unit_bytes = static_cast<std::ptrdiff_t>(sizeof(typename Chunk::Unit));
  std::span<std::uint8_t> symbols_;
  const Kernels& kernels_;
  std::size_t lanes_;
  std::size_t prefix_ = 0;  // symbols
  FrequencyTable table_;
  Bytes list_;  // kEscapeSlack bytes, the escapes, kVectorSlack: what may be read
  ByteSink sink_{};
  std::span<const std::uint8_t> coded_;
  const std::uint8_t* at_ = nullptr;  // the end of the code that is left
  LaneStates states_;
};

}  // namespace

LaneChunkFront read_chunk_front(ByteReader& reader, LanePrecision precision, std::size_t symbols) {
  LaneChunkFront front;
  const std::uint8_t head = reader.number<std::uint8_t>();
  front.stored = head == kStoredChunk;
  if (front.stored) return front;
  front.raw_bits = head & 3;
  const int log_lanes = head >> 2 & 15;
  require<DataError>(front.raw_bits <= 2 && log_lanes <= 8, "lanes: head {:#04x} is none that is known",
                     head);
  front.lanes = std::size_t{1} << log_lanes;
  front.base = reader.number<std::uint8_t>();
  BitReader bits(reader.rest());
  front.table = read_table(bits, kCoarseSymbols);
  reader.take(bits.finish());
  const bool fast = precision == LanePrecision::fast;
  const std::uint32_t highest = fast ? FastChunk::highest_frequency : PreciseChunk::highest_frequency;
  const auto& frequency = front.table.frequency;
  require<DataError>(front.table.precision == (fast ? FastChunk::precision : PreciseChunk::precision) &&
                         *std::max_element(frequency.begin(), frequency.end()) <= highest,
                     "lanes: a table of precision {}, which {} streams have not", front.table.precision,
                     fast ? "fast" : "precise");
  if (carry_prefix(front.lanes)) front.prefix = reader.varint();
  require<DataError>(front.prefix <= std::min(symbols, kLongestPrefix), "lanes: a prefix of {} symbols of {}",
                     front.prefix, symbols);
  if ((head & kChunkHasEscapes) != 0) {
    front.escapes = reader.varint();
    front.list_bytes = reader.varint();
  }
  return front;
}

void decode_chunk(std::span<const std::uint8_t> bytes, LanePrecision precision,
                  std::span<std::uint8_t> symbols, const Kernels& kernels, Lists lists) {
  ByteReader reader(bytes, "lanes");
  const LaneChunkFront front = read_chunk_front(reader, precision, symbols.size());
  if (front.stored) {
    require<DataError>(reader.remaining() == symbols.size(), "lanes: {} bytes are stored of {} symbols",
                       reader.remaining(), symbols.size());
    std::copy(reader.rest().begin(), reader.rest().end(), symbols.begin());
  } else if (precision == LanePrecision::fast) {
    ChunkDecoder<FastChunk>(reader, front, symbols, kernels, lists).decode();
  } else {
    ChunkDecoder<PreciseChunk>(reader, front, symbols, kernels, lists).decode();
  }
}

}  // namespace adagrain
