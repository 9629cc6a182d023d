#include "framework/compression/coders/lanes/lane_coder.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/kernels.h"
#include "framework/compression/coders/lanes/lane_step.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

constexpr std::size_t kTileRows = 64;  // coded symbols stay in the first-level cache until they are joined
constexpr std::size_t kTile = kTileRows * most_lanes;
constexpr std::size_t kSlack = 64;  // what a vector store may write beyond its data
constexpr std::uint8_t kStored = 0x80, kHasEscapes = 0x40;

// What the profiles do differently beyond the arithmetic of a lane.
struct Fast : FastLane {
  static constexpr std::uint32_t highest_frequency = 255;
  // Runs of symbols that are counted: counting all of them takes longer than coding them.
  static constexpr std::size_t sample_every = 16;
  // A code for what the sample does not know costs 0.006 bits a symbol, encoding twice when it is wanted
  // time.
  static constexpr bool spare_escape = true;
  static constexpr auto encode_rows = &Kernels::encode_fast;
  static constexpr auto decode_rows = &Kernels::decode_fast;
};
struct Precise : PreciseLane {
  static constexpr std::uint32_t highest_frequency = 4096;
  static constexpr std::size_t sample_every = 4;
  static constexpr bool spare_escape = false;
  static constexpr auto encode_rows = &Kernels::encode_precise;
  static constexpr auto decode_rows = &Kernels::decode_precise;
};

// One run of 512 symbols in `every`. Eight tables, so that equal neighbours do not wait for each other's
// increment.
std::array<std::uint32_t, 256> count_symbols(std::span<const std::uint8_t> symbols, std::size_t every) {
  constexpr std::size_t run = 512;
  std::uint32_t parts[8][256] = {};
  std::size_t at = 0;
  for (; at + run <= symbols.size(); at += every * run) {
    for (std::size_t i = at; i < at + run; i += 8) {
      const auto word = load_little_endian<std::uint64_t>(&symbols[i]);
      for (int part = 0; part < 8; ++part) ++parts[part][word >> (8 * part) & 255];
    }
  }
  for (; at < symbols.size(); ++at) ++parts[0][symbols[at]];
  std::array<std::uint32_t, 256> counts{};
  for (std::size_t byte = 0; byte < 256; ++byte)
    for (const auto& part : parts) counts[byte] += part[byte];
  return counts;
}

// A list of escapes is a chunk itself, whose own list stands as it is.
enum class Lists { coded, plain };

// A state starts at its lowest value, which tells nothing: that and its stored size should cost nothing to
// speak of beside the code. Lists are short, and few lanes are slow: there they may cost more.
std::size_t lanes_for(std::uint64_t coded_bytes, Lists lists) {
  const std::uint64_t bytes_a_lane = lists == Lists::plain ? 128 : 1024;
  return std::min(most_lanes, std::bit_floor(static_cast<std::size_t>(coded_bytes / bytes_a_lane + 1)));
}

std::size_t planes_bytes(std::size_t symbols, int raw_bits) {
  return (symbols + plane_block - 1) / plane_block * 8 * static_cast<std::size_t>(raw_bits);
}

// ---- a chunk

template <typename Profile>
Bytes encode_chunk(std::span<const std::uint8_t> symbols, const Kernels& kernels, Lists lists);
void decode_chunk(std::span<const std::uint8_t> bytes, LaneProfile profile, std::span<std::uint8_t> symbols,
                  const Kernels& kernels, Lists lists);

template <typename Profile>
class ChunkEncoder {
 public:
  ChunkEncoder(std::span<const std::uint8_t> symbols, const CoarseFit& fit, const Kernels& kernels,
               Lists lists)
      : symbols_(symbols), fit_(fit), kernels_(kernels), lists_(lists), tables_(all_frequencies(fit.table)) {}

  // Nothing when a symbol escapes for which the table has no code.
  Bytes encode() {
    const bool escapes = fit_.table.first + fit_.table.frequency.size() > CoarseMap::escape;
    const std::uint64_t expected = fit_.bits / 8 * symbols_.size() / fit_.counted;
    lanes_ = lanes_for(expected, lists_);
    coded_.reserve(expected + expected / 16);
    states_.fill(Profile::lowest);
    planes_.resize(planes_bytes(symbols_.size(), fit_.map.raw_bits));
    const auto coarse = std::make_unique_for_overwrite<std::uint8_t[]>(kTile + kSlack);
    const auto listed = std::make_unique_for_overwrite<std::uint8_t[]>(kTile + kSlack);
    const auto coded =
        std::make_unique_for_overwrite<std::uint8_t[]>(kTile * sizeof(typename Profile::Unit) + kSlack);
    for (std::size_t at = 0; at < symbols_.size(); at += kTile) {
      const auto tile = symbols_.subspan(at, std::min(kTile, symbols_.size() - at));
      const std::uint8_t* end = kernels_.split(
          fit_.map, tile, coarse.get(), planes_.data() + planes_bytes(at, fit_.map.raw_bits), listed.get());
      if (end != listed.get() && !escapes) return {};
      escapes_.insert(escapes_.end(), static_cast<const std::uint8_t*>(listed.get()), end);
      end = encode_tile({coarse.get(), tile.size()}, coded.get());
      coded_.insert(coded_.end(), static_cast<const std::uint8_t*>(coded.get()), end);
    }
    return assemble(escapes);
  }

 private:
  const std::uint8_t* encode_tile(std::span<const std::uint8_t> coarse, std::uint8_t* out) {
    std::size_t done = 0;
    if (lanes_ == most_lanes) {
      const std::size_t rows = coarse.size() / most_lanes;
      out = (kernels_.*Profile::encode_rows)(tables_, states_, coarse.data(), rows, out);
      done = rows * most_lanes;
    }
    for (; done < coarse.size(); ++done)
      Profile::encode(tables_, states_[done & (lanes_ - 1)], coarse[done], out);
    return out;
  }

  // The shorter of both; of equal length it stands as it is.
  Bytes list() const {
    constexpr std::size_t shortest = 32;
    if (lists_ == Lists::plain || escapes_.size() < shortest) return escapes_;
    Bytes coded = encode_chunk<Precise>(escapes_, kernels_, Lists::plain);
    return coded.size() < escapes_.size() ? coded : escapes_;
  }

  Bytes assemble(bool escapes) const {
    Bytes bytes;
    bytes.push_back(static_cast<std::uint8_t>(fit_.map.raw_bits | std::countr_zero(lanes_) << 2 |
                                              (escapes ? kHasEscapes : 0)));
    bytes.push_back(fit_.map.base);
    BitWriter writer;
    write_table(writer, fit_.table);
    const Bytes table = writer.take();
    const Bytes listed = list();
    bytes.reserve(table.size() + planes_.size() + listed.size() + coded_.size() + 4 * lanes_ + 32);
    bytes.insert(bytes.end(), table.begin(), table.end());
    if (escapes) {
      append_varint(bytes, escapes_.size());
      append_varint(bytes, listed.size());
    }
    bytes.insert(bytes.end(), planes_.begin(), planes_.end());
    bytes.insert(bytes.end(), listed.begin(), listed.end());
    bytes.insert(bytes.end(), coded_.begin(), coded_.end());
    using State = typename Profile::StoredState;
    for (std::size_t lane = 0; lane < lanes_; ++lane)
      append_little_endian(bytes, static_cast<State>(states_[lane]));
    return bytes;
  }

  std::span<const std::uint8_t> symbols_;
  const CoarseFit& fit_;
  const Kernels& kernels_;
  const Lists lists_;
  const typename Profile::EncodeTables tables_;
  std::size_t lanes_ = 1;
  LaneStates states_;
  Bytes planes_, escapes_, coded_;
};

template <typename Profile>
Bytes encode_chunk(std::span<const std::uint8_t> symbols, const Kernels& kernels, Lists lists) {
  const bool all = symbols.size() < kTile;
  const auto counts = count_symbols(symbols, all ? 1 : Profile::sample_every);
  for (const bool escapes : {false, true}) {
    if (!escapes && !all && !Profile::spare_escape) continue;
    const CoarseFit fit = fit_coarse(counts, Profile::precision, escapes);
    const auto& frequency = fit.table.frequency;
    if (*std::max_element(frequency.begin(), frequency.end()) > Profile::highest_frequency) continue;
    Bytes bytes = ChunkEncoder<Profile>(symbols, fit, kernels, lists).encode();
    if (bytes.empty()) continue;
    if (bytes.size() <= symbols.size()) return bytes;
    break;
  }
  Bytes stored{kStored};
  stored.insert(stored.end(), symbols.begin(), symbols.end());
  return stored;
}

template <typename Profile>
class ChunkDecoder {
 public:
  using State = typename Profile::StoredState;

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
    const std::uint64_t escapes = (head & kHasEscapes) != 0 ? reader.varint() : 0;
    const std::uint64_t listed = (head & kHasEscapes) != 0 ? reader.varint() : 0;
    planes_ = reader.take(planes_bytes(symbols.size(), map_.raw_bits));
    read_list(escapes, reader.take(listed), lists);
    const std::size_t states = lanes_ * sizeof(State);
    require<DataError>(reader.remaining() >= states, "lanes: {} bytes for {} states", reader.remaining(),
                       lanes_);
    coded_ = reader.take(reader.remaining() - states);
    read_states(reader.rest());
  }

  void decode() {
    const typename Profile::DecodeTables tables(all_frequencies(table_));
    const auto coarse = std::make_unique_for_overwrite<std::uint8_t[]>(kTile + kSlack);
    const std::uint8_t* at = coded_.data() + coded_.size();
    const std::uint8_t* escape = escapes_.data() + escapes_.size();
    for (std::size_t tile = (symbols_.size() + kTile - 1) / kTile; tile-- > 0;) {
      const auto part = symbols_.subspan(tile * kTile, std::min(kTile, symbols_.size() - tile * kTile));
      decode_tile(tables, at, {coarse.get(), part.size()});
      escape = kernels_.join(map_, coarse.get(), planes_.data() + planes_bytes(tile * kTile, map_.raw_bits),
                             escapes_.data(), escape, part);
      require<DataError>(escape != nullptr, "lanes: more escapes than the {} listed", escapes_.size());
    }
    require<DataError>(at == coded_.data() && escape == escapes_.data(),
                       "lanes: a chunk is longer than its symbols");
    require<DataError>(std::all_of(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(lanes_),
                                   [](std::uint32_t state) { return state == Profile::lowest; }),
                       "lanes: a state does not end where it began");
  }

 private:
  void read_list(std::uint64_t count, std::span<const std::uint8_t> bytes, Lists lists) {
    require<DataError>(count <= symbols_.size(), "lanes: {} escapes of {} symbols", count, symbols_.size());
    if (bytes.size() == count) {
      escapes_ = bytes;
    } else {
      require<DataError>(lists == Lists::coded, "lanes: {} bytes for {} escapes", bytes.size(), count);
      list_.resize(count);
      decode_chunk(bytes, LaneProfile::precise, list_, kernels_, Lists::plain);
      escapes_ = list_;
    }
    const int highest = 255 >> map_.raw_bits;
    require<DataError>(
        std::all_of(escapes_.begin(), escapes_.end(), [=](std::uint8_t escape) { return escape <= highest; }),
        "lanes: an escape is above {}", highest);
  }

  void read_states(std::span<const std::uint8_t> bytes) {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      states_[lane] = load_little_endian<State>(&bytes[lane * sizeof(State)]);
      require<DataError>(states_[lane] >= Profile::lowest && states_[lane] < Profile::highest,
                         "lanes: state {} is out of range", states_[lane]);
    }
  }

  void decode_tile(const typename Profile::DecodeTables& tables, const std::uint8_t*& at,
                   std::span<std::uint8_t> coarse) {
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
    if (lanes_ == most_lanes) {
      const std::size_t rows = coarse.size() / most_lanes;
      one_by_one(rows * most_lanes);
      left = most_lanes *
             (kernels_.*Profile::decode_rows)(tables, states_, coded_.data(), at, coarse.data(), rows);
    }
    one_by_one(0);
  }

  std::span<std::uint8_t> symbols_;
  const Kernels& kernels_;
  CoarseMap map_;
  std::size_t lanes_;
  FrequencyTable table_;
  std::span<const std::uint8_t> planes_, escapes_, coded_;
  Bytes list_;  // what escapes_ is of when it was coded
  LaneStates states_;
};

void decode_chunk(std::span<const std::uint8_t> bytes, LaneProfile profile, std::span<std::uint8_t> symbols,
                  const Kernels& kernels, Lists lists) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t head = reader.number<std::uint8_t>();
  if (head == kStored) {
    require<DataError>(reader.remaining() == symbols.size(), "lanes: {} bytes are stored of {} symbols",
                       reader.remaining(), symbols.size());
    std::copy(reader.rest().begin(), reader.rest().end(), symbols.begin());
  } else if (profile == LaneProfile::fast) {
    ChunkDecoder<Fast>(reader, head, symbols, kernels, lists).decode();
  } else {
    ChunkDecoder<Precise>(reader, head, symbols, kernels, lists).decode();
  }
}

std::size_t chunks_of(std::size_t symbols) {
  return (symbols + lane_chunk_symbols - 1) / lane_chunk_symbols;
}

template <typename Symbols>
Symbols chunk_of(Symbols symbols, std::size_t chunk) {
  const std::size_t at = chunk * lane_chunk_symbols;
  return symbols.subspan(at, std::min(lane_chunk_symbols, symbols.size() - at));
}

}  // namespace

Bytes encode_lanes(std::span<const std::uint8_t> symbols, LaneProfile profile, int threads, Isa isa) {
  const Kernels& kernels = kernels_of(isa);
  std::vector<Bytes> chunks(chunks_of(symbols.size()));
  parallel_for(chunks.size(), threads, [&](std::size_t i) {
    const auto chunk = chunk_of(symbols, i);
    chunks[i] = profile == LaneProfile::fast ? encode_chunk<Fast>(chunk, kernels, Lists::coded)
                                             : encode_chunk<Precise>(chunk, kernels, Lists::coded);
  });
  Bytes bytes{static_cast<std::uint8_t>(profile)};
  for (const Bytes& chunk : chunks) append_varint(bytes, chunk.size());
  for (const Bytes& chunk : chunks) bytes.insert(bytes.end(), chunk.begin(), chunk.end());
  return bytes;
}

void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads,
                  Isa isa) {
  ByteReader reader(bytes, "lanes");
  const std::uint8_t profile = reader.number<std::uint8_t>();
  require<DataError>(profile <= 1, "lanes: profile {} is unknown; 0 (fast) and 1 (precise) exist", profile);
  std::vector<std::uint64_t> sizes(chunks_of(symbols.size()));
  for (std::uint64_t& size : sizes) size = reader.varint();
  std::vector<std::span<const std::uint8_t>> chunks;
  for (const std::uint64_t size : sizes) chunks.push_back(reader.take(size));
  require<DataError>(reader.remaining() == 0, "lanes: {} bytes too many", reader.remaining());
  const Kernels& kernels = kernels_of(isa);
  parallel_for(chunks.size(), threads, [&](std::size_t i) {
    decode_chunk(chunks[i], static_cast<LaneProfile>(profile), chunk_of(symbols, i), kernels, Lists::coded);
  });
}

}  // namespace adagrain
