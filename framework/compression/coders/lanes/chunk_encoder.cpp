#include <algorithm>
#include <bit>
#include <optional>

#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_chunk.h"
#include "framework/compression/coders/lanes/lane_prefix.h"

namespace adagrain {
namespace {

// Symbols are split into coarse ones and planes 64 rows of 256 lanes at a time: 16 KiB, which stay in the
// first-level cache until they are coded.
constexpr std::size_t kTileRows = 64;
constexpr std::size_t kTileSymbols = kTileRows * kMostLanes;
// Bytes of code for each lane when a list of escapes is coded. Such lists are a few hundred bytes: they take
// a lane for every 16 bytes up to 64 lanes, and beyond that a lane for every 64 bytes, so that states stay a
// small part of the code.
constexpr std::uint64_t kListBytesPerLane = 16, kListBytesPerLaneOfMany = 64;

// One run of 512 symbols in `every`. Eight tables, so that equal neighbours do not wait for each other's
// increment.
std::array<std::uint32_t, 256> count_symbols(std::span<const std::uint8_t> symbols, std::size_t every) {
  constexpr std::size_t run = 512;
  std::uint32_t parts[8][256] = {};
  std::size_t at = 0;
  for (; at + run <= symbols.size(); at += every * run) {
    // The next run is too far away for a processor to see it coming.
    for (std::size_t line = 0; line < run && at + every * run + run <= symbols.size(); line += 64)
      __builtin_prefetch(&symbols[at + every * run + line]);
    for (std::size_t i = at; i < at + run; i += 8) {
      for (std::size_t part = 0; part < 8; ++part) ++parts[part][symbols[i + part]];
    }
  }
  for (; at < symbols.size(); ++at) ++parts[0][symbols[at]];
  std::array<std::uint32_t, 256> counts{};
  for (std::size_t byte = 0; byte < 256; ++byte)
    for (const auto& part : parts) counts[byte] += part[byte];
  return counts;
}

// Some bits of each state tell nothing, which should cost little beside the code. But few lanes are slow:
// as long as they are few they may cost more.
std::size_t lanes_for(std::uint64_t coded_bytes, std::uint64_t of_few, std::uint64_t of_many) {
  constexpr std::size_t few = 64;
  const auto lanes = [&](std::uint64_t bytes) {
    return std::bit_floor(static_cast<std::size_t>(coded_bytes / bytes + 1));
  };
  return std::min(kMostLanes, std::max(std::min(few, lanes(of_few)), lanes(of_many)));
}

template <typename Chunk>
class ChunkEncoder {
 public:
  ChunkEncoder(std::span<const std::uint8_t> symbols, const CoarseFit& fit, const Kernels& kernels,
               Lists lists, ChunkMemory& memory)
      : symbols_(symbols),
        fit_(fit),
        kernels_(kernels),
        lists_(lists),
        memory_(memory),
        tables_(all_frequencies(fit.table)) {}

  // Nothing when a symbol escapes for which the table has no code.
  std::optional<EncodedChunk> encode() {
    const bool escapes = fit_.table.first + fit_.table.frequency.size() > CoarseMap::escape;
    const std::uint64_t coded_bytes = fit_.bits / 8 * symbols_.size() / fit_.counted;
    lanes_ = lists_ == Lists::plain
                 ? lanes_for(coded_bytes, kListBytesPerLane, kListBytesPerLaneOfMany)
                 : lanes_for(coded_bytes, Chunk::bytes_a_lane, Chunk::bytes_a_lane_of_many);
    EncodedChunk chunk;
    const std::size_t raw = planes_bytes(symbols_.size(), fit_.map.raw_bits);
    std::uint8_t* const all_planes =
        memory_.at_least(raw + symbols_.size() * sizeof(typename Chunk::Unit) + kVectorSlack);
    chunk.planes = {all_planes, raw};
    std::uint8_t* const code = all_planes + raw;
    std::uint8_t* out = code;
    std::array<std::uint8_t, kTileSymbols + kVectorSlack> coarse, listed;
    for (std::size_t at = 0; at < symbols_.size(); at += kTileSymbols) {
      const auto tile = symbols_.subspan(at, std::min(kTileSymbols, symbols_.size() - at));
      std::uint8_t* const planes = all_planes + planes_bytes(at, fit_.map.raw_bits);
      const std::uint8_t* const end = kernels_.split(fit_.map, tile, coarse.data(), planes, listed.data());
      if (end != listed.data() && !escapes) return {};
      escapes_.insert(escapes_.end(), static_cast<const std::uint8_t*>(listed.data()), end);
      const std::span<const std::uint8_t> coded{coarse.data(), tile.size()};
      if (at == 0) begin(coded);
      out = encode_tile(coded, at == 0 ? prefix_ : 0, out);
    }
    chunk.code = {code, out};
    chunk.list = list();
    write_front(chunk, escapes);
    BitWriter states;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const int width = std::bit_width(states_[lane]);
      states.write(static_cast<std::uint32_t>(width - Chunk::lowest_width), Chunk::width_bits);
      states.write(states_[lane], width - 1);
    }
    chunk.states = states.take();
    std::reverse(chunk.states.begin(), chunk.states.end());
    return chunk;
  }

 private:
  void begin(std::span<const std::uint8_t> coarse) {
    states_.fill(Chunk::lowest);
    if (!carry_prefix(lanes_)) return;
    PrefixBuffer buffer;
    const auto bytes = std::span(buffer).first(prefix_bytes<Chunk>(lanes_));
    const std::size_t longest = lanes_ < Chunk::lanes_without_prefix ? kLongestPrefix : 0;
    prefix_ = encode_prefix<Chunk>(tables_, coarse.first(std::min(coarse.size(), longest)), bytes);
    BitReader bits(bytes);
    for (std::size_t lane = 0; lane < lanes_; ++lane) states_[lane] |= bits.read(Chunk::precision);
  }

  std::uint8_t* encode_tile(std::span<const std::uint8_t> coarse, std::size_t from, std::uint8_t* out) {
    const auto one_by_one = [&](std::size_t until) {
      for (; from < until; ++from) Chunk::encode(tables_, states_[from & (lanes_ - 1)], coarse[from], out);
    };
    const std::size_t row = row_symbols(lanes_);
    const std::size_t rows = coarse.size() / row, first_row = (from + row - 1) / row;
    if (first_row < rows) {
      one_by_one(first_row * row);
      const Kernels& kernels = kernels_of_rows(kernels_, lanes_);
      out = (kernels.*Chunk::encode_rows)(tables_, states_, lanes_, &coarse[from], rows - first_row, out);
      from = rows * row;
    }
    one_by_one(coarse.size());
    return out;
  }

  // The shorter of both; of equal length it stands as it is.
  Bytes list() const {
    constexpr std::size_t shortest = 32;
    if (lists_ == Lists::plain || escapes_.size() < shortest) return escapes_;
    ChunkMemory memory;
    const EncodedChunk coded = encode_chunk(escapes_, LanePrecision::precise, kernels_, Lists::plain, memory);
    if (coded.size() >= escapes_.size()) return escapes_;
    Bytes bytes;
    coded.append_to(bytes);
    return bytes;
  }

  void write_front(EncodedChunk& chunk, bool escapes) const {
    chunk.front.push_back(static_cast<std::uint8_t>(fit_.map.raw_bits | std::countr_zero(lanes_) << 2 |
                                                    (escapes ? kChunkHasEscapes : 0)));
    chunk.front.push_back(fit_.map.base);
    BitWriter writer;
    write_table(writer, fit_.table);
    const Bytes table = writer.take();
    chunk.front.insert(chunk.front.end(), table.begin(), table.end());
    if (carry_prefix(lanes_)) append_varint(chunk.front, prefix_);
    if (!escapes) return;
    append_varint(chunk.front, escapes_.size());
    append_varint(chunk.front, chunk.list.size());
  }

  std::span<const std::uint8_t> symbols_;
  const CoarseFit& fit_;
  const Kernels& kernels_;
  const Lists lists_;
  ChunkMemory& memory_;
  const typename Chunk::EncodeTables tables_;
  std::size_t lanes_ = 1;
  std::size_t prefix_ = 0;  // symbols
  LaneStates states_;
  Bytes escapes_;
};

template <typename Chunk>
EncodedChunk encode_with(std::span<const std::uint8_t> symbols, const Kernels& kernels, Lists lists,
                         ChunkMemory& memory) {
  const std::size_t every = std::clamp<std::size_t>(symbols.size() / Chunk::sample, 1, Chunk::sample_every);
  const bool all = every == 1;
  const auto counts = count_symbols(symbols, every);
  for (const bool escapes : {false, true}) {
    if (!escapes && !all && !Chunk::spare_escape) continue;
    const CoarseFit fit = fit_coarse(counts, {Chunk::precision, escapes, Chunk::escape_price});
    const auto& frequency = fit.table.frequency;
    if (*std::max_element(frequency.begin(), frequency.end()) > Chunk::highest_frequency) continue;
    std::optional<EncodedChunk> chunk = ChunkEncoder<Chunk>(symbols, fit, kernels, lists, memory).encode();
    if (!chunk) continue;
    if (chunk->size() <= symbols.size()) return std::move(*chunk);
    break;
  }
  EncodedChunk stored;
  stored.front = {kStoredChunk};
  stored.stored = symbols;
  return stored;
}

}  // namespace

std::size_t EncodedChunk::size() const {
  return front.size() + planes.size() + list.size() + code.size() + states.size() + stored.size();
}

void EncodedChunk::append_to(Bytes& out) const {
  for (const std::span<const std::uint8_t> part :
       {std::span(front), planes, std::span(list), code, std::span(states), stored}) {
    out.insert(out.end(), part.begin(), part.end());
  }
}

EncodedChunk encode_chunk(std::span<const std::uint8_t> symbols, LanePrecision precision,
                          const Kernels& kernels, Lists lists, ChunkMemory& memory) {
  return precision == LanePrecision::fast ? encode_with<FastChunk>(symbols, kernels, lists, memory)
                                          : encode_with<PreciseChunk>(symbols, kernels, lists, memory);
}

}  // namespace adagrain
