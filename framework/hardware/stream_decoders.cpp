#include "framework/hardware/stream_decoders.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/adaptive/level_prior.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/coders/static_tables.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/units/fixed_width_unpacker.h"
#include "framework/hardware/units/interleaved_decoder.h"
#include "framework/hardware/units/static_lane.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kEntryBytes = 4;  // of a direct table: symbol, frequency and bias in 32 bits
constexpr std::uint64_t kWordBytes = 8;

DecodedRun since(const UnitCycles& now, const UnitCycles& before) {
  return {now.cycles - before.cycles, now.starved - before.starved, now.words - before.words, 0};
}

// What a stream took as a whole, dealt to the symbols that are asked for, so that tiles add up to it.
struct WholeRun {
  UnitCycles cycles;
  std::uint64_t symbols = 0;

  void add(const UnitCycles& more) {
    cycles.cycles += more.cycles;
    cycles.starved += more.starved;
    cycles.words += more.words;
  }
  DecodedRun part(std::uint64_t done_before, std::uint64_t done) const {
    const auto share = [&](std::uint64_t of) { return of * done / symbols - of * done_before / symbols; };
    return {share(cycles.cycles), share(cycles.starved), share(cycles.words), 0};
  }
};

class FixedWidthStream final : public StreamDecoder {
 public:
  FixedWidthStream(const OpenStream& stream, const DecoderContext& context)
      : unit_(stream.bytes, 1u << stream.width, context.symbols, context.rate),
        backward_(stream.backward),
        left_(context.symbols) {
    if (!backward_) return;
    // A unit that has its words from the end gives the same groups in the other order.
    all_.resize(context.symbols);
    std::array<std::uint16_t, 8> group{};
    for (std::size_t at = 0, count = 0; (count = unit_.unpack(group)) > 0; at += count)
      std::copy_n(group.begin(), count, all_.begin() + static_cast<std::ptrdiff_t>(at));
    whole_ = {unit_.cycles(), context.symbols};
  }

  DecodedRun decode(std::span<const std::uint8_t>, std::span<std::int32_t> symbols) override {
    const std::uint64_t before = left_;
    left_ -= symbols.size();
    if (backward_) {
      std::copy_n(all_.begin() + static_cast<std::ptrdiff_t>(left_), symbols.size(), symbols.begin());
      return whole_.part(all_.size() - before, all_.size() - left_);
    }
    const UnitCycles start = unit_.cycles();
    for (std::int32_t& symbol : symbols) {
      if (next_ == held_) {
        held_ = unit_.unpack(group_);
        next_ = 0;
        require<DataError>(held_ > 0, "fixed width: the stream ends early");
      }
      symbol = group_[next_++];
    }
    return since(unit_.cycles(), start);
  }

  void finish() const override { require<DataError>(left_ == 0, "fixed width: {} symbols are left", left_); }

 private:
  FixedWidthUnpacker unit_;
  bool backward_;
  std::uint64_t left_;
  std::vector<std::uint16_t> all_;
  WholeRun whole_;
  std::array<std::uint16_t, 8> group_{};
  std::size_t held_ = 0, next_ = 0;
};

class TableStream final : public StreamDecoder {
 public:
  TableStream(const OpenStream& stream, const DecoderContext& context)
      : accelerator_(context.accelerator), stream_(stream), rate_(context.rate) {}

  TableBuild load_tables(std::uint32_t tables) override {
    const StaticTables stored = read_static_tables(stream_.bytes, {1u << stream_.width, tables});
    TableBuild build;
    for (const std::optional<FrequencyTable>& table : stored.tables) {
      tables_.push_back(table ? slot_table(*table) : SlotTable{});
      if (!table) continue;
      ++build.tables;
      if (table->two_sided) build.divisions += table->frequency.size();
      const std::uint64_t symbols = table->frequency.size();
      largest_ = std::max(largest_, symbols);
      if (symbols <= accelerator_.comparators) {
        build.entries += symbols;
      } else {
        build.entries += std::uint64_t{1} << table->precision;
        build.bytes += kEntryBytes << table->precision;
      }
      searched_.entries += symbols;
    }
    const std::uint64_t room = accelerator_.table_memory_bytes / accelerator_.table_banks;
    if (build.bytes > room) {
      // Tables of cumulated frequencies are small, but a symbol is found in them by halving.
      searched_.tables = build.tables;
      searched_.divisions = build.divisions;
      searched_.bytes = searched_.entries * kEntryBytes;
      require<ConfigError>(
          searched_.bytes <= room,
          "hardware '{}': {} tables of {} symbols take {} B; a bank of the table memory has {} B",
          accelerator_.name, build.tables, searched_.entries, searched_.bytes, room);
      build = searched_;
      search_cycles_ = static_cast<std::uint64_t>(std::bit_width(largest_ - 1));
    }
    lane_.emplace(tables_, stream_.bytes.subspan(stored.bytes), rate_);
    return build;
  }

  DecodedRun decode(std::span<const std::uint8_t> table_of, std::span<std::int32_t> symbols) override {
    require<DataError>(lane_.has_value(), "program: a stream is decoded before its tables are loaded");
    const UnitCycles before = lane_->cycles();
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::size_t table = table_of.empty() ? 0 : table_of[i];
      require<DataError>(table < tables_.size() && !tables_[table].entries.empty(),
                         "ans: table {} is used but not described", table);
      symbols[i] = lane_->decode(table);
    }
    DecodedRun run = since(lane_->cycles(), before);
    run.cycles += search_cycles_ * symbols.size();
    return run;
  }

  void finish() const override {
    constexpr std::uint32_t kInitial = 16;
    require<DataError>(lane_ && lane_->state() == kInitial && lane_->bytes_left() == 0,
                       "ans: the stream does not end with its symbols");
  }

 private:
  const Accelerator& accelerator_;
  OpenStream stream_;
  InputRate rate_;
  std::vector<SlotTable> tables_;
  TableBuild searched_;
  std::uint64_t largest_ = 0, search_cycles_ = 0;
  std::optional<StaticLane> lane_;
};

// A row of lanes for a stream, chunk after chunk. Profile fast has no unit in Verilog: it is counted as a row
// of as many lanes, a state a cycle before the first symbol.
class InterleavedStream final : public StreamDecoder {
 public:
  InterleavedStream(const OpenStream& stream, const DecoderContext& context)
      : symbols_(context.symbols), left_(context.symbols) {
    const LaneChunks chunks(stream.bytes, context.symbols);
    whole_.symbols = context.symbols;
    for (std::size_t chunk = 0; chunk < chunks.count(); ++chunk) {
      const std::size_t begin = chunks.begin(chunk);
      const auto symbols = std::span(symbols_).subspan(begin, chunks.begin(chunk + 1) - begin);
      if (chunks.precision() == LanePrecision::precise) {
        const InterleavedRun run =
            decode_interleaved(chunks.bytes(chunk), {context.rate, context.rate}, symbols);
        whole_.add(run.chunk);
        whole_.add(run.list);
        build_.entries += run.table_writes;
      } else {
        chunks.decode(chunk, symbols);
        count_fast(chunks.bytes(chunk), symbols.size());
      }
      ++build_.tables;
    }
  }

  TableBuild build() const override { return build_; }

  DecodedRun decode(std::span<const std::uint8_t>, std::span<std::int32_t> symbols) override {
    const std::uint64_t done = whole_.symbols - left_;
    left_ -= symbols.size();
    std::copy_n(symbols_.begin() + static_cast<std::ptrdiff_t>(left_), symbols.size(), symbols.begin());
    return whole_.part(done, done + symbols.size());
  }

  void finish() const override { require<DataError>(left_ == 0, "lanes: {} symbols are left", left_); }

 private:
  void count_fast(std::span<const std::uint8_t> bytes, std::uint64_t symbols) {
    const ChunkParts parts = read_chunk_parts(bytes, LanePrecision::fast, symbols);
    const std::uint64_t side_by_side =
        parts.stored ? kRowLanes : std::min<std::uint64_t>(parts.lanes, kRowLanes);
    whole_.add({(parts.stored ? 0 : parts.lanes) + divide_up(symbols, side_by_side), 0,
                divide_up(bytes.size(), kWordBytes)});
    if (!parts.stored) build_.entries += kAliasWrites;
  }

  Bytes symbols_;
  std::uint64_t left_;
  WholeRun whole_;
  TableBuild build_;
};

// A decision waits for the one before it, so the unit's time is their number.
class AdaptiveStream final : public StreamDecoder {
 public:
  AdaptiveStream(const OpenStream& stream, const DecoderContext& context)
      : accelerator_(context.accelerator), bytes_(stream.bytes.size()) {
    const std::vector<std::uint32_t> elements = context.coded.elements();
    std::vector<std::int32_t> levels(static_cast<std::size_t>(matrix_shape(context.shape).count()));
    decode_adaptive(stream.bytes, level_grid(context.shape, elements), levels);
    levels_.reserve(elements.size());
    for (const std::uint32_t element : elements) levels_.push_back(levels[element]);
    largest_class_ = stream.bytes[0] >> 4;
    const auto nodes = static_cast<std::uint64_t>(MagnitudeNodes(largest_class_).count());
    for (const ContextShape& shape : kMagnitudeShape) build_.priors += shape.size * nodes;
    build_.priors += std::accumulate(kSignSizes.begin(), kSignSizes.end(), std::uint64_t{0});
  }

  TableBuild build() const override { return build_; }

  DecodedRun decode(std::span<const std::uint8_t>, std::span<std::int32_t> symbols) override {
    DecodedRun run;
    for (std::int32_t& symbol : symbols) {
      symbol = levels_[next_++];
      run.decisions += adaptive_decisions(symbol, largest_class_);
    }
    run.cycles = run.decisions * accelerator_.decision_cycles;
    const auto words = [&](std::uint64_t symbols_done) {
      return divide_up(bytes_ * symbols_done / levels_.size(), kWordBytes);
    };
    run.words = words(next_) - words(next_ - symbols.size());
    return run;
  }

  void finish() const override {
    require<DataError>(next_ == levels_.size(), "adaptive: {} levels are left", levels_.size() - next_);
  }

 private:
  const Accelerator& accelerator_;
  std::uint64_t bytes_;
  std::vector<std::int32_t> levels_;
  std::size_t next_ = 0;
  int largest_class_ = 0;
  TableBuild build_;
};

}  // namespace

std::unique_ptr<StreamDecoder> open_stream(const OpenStream& stream, const DecoderContext& context) {
  switch (stream.kind) {
    case StreamKind::fixed_width:
      return std::make_unique<FixedWidthStream>(stream, context);
    case StreamKind::table:
      return std::make_unique<TableStream>(stream, context);
    case StreamKind::interleaved:
      return std::make_unique<InterleavedStream>(stream, context);
    case StreamKind::adaptive:
      return std::make_unique<AdaptiveStream>(stream, context);
  }
  throw InternalError("unknown kind of stream");
}

std::uint64_t adaptive_decisions(std::int32_t level, int largest_class) {
  if (level == 0) return 1;
  const int own = std::bit_width(static_cast<std::uint32_t>(std::abs(level)));
  const int classes = std::min(own, largest_class - 1), below = own - 1;
  return static_cast<std::uint64_t>(2 + classes + below);
}

}  // namespace adagrain
