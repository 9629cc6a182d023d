#include "framework/hardware/executor.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>

#include "framework/compression/coders/float_planes.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/layer_state.h"
#include "framework/hardware/units/dequantizer.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kScatterPlaces = 8;  // a cycle; units/mask_scatter.h

class Executor {
 public:
  Executor(std::span<const std::uint8_t> payload, const Shape& shape, const Accelerator& accelerator)
      : payload_(payload), shape_(shape), accelerator_(accelerator), state_(shape) {}

  ExecutedLayer run(const Program& program) {
    run_range(program, 0, program.size());
    for (const Stream& stream : decoders_) {
      if (stream.decoder) stream.decoder->finish();
    }
    require<DataError>(done_ == result_.weights.size(), "program: {} of {} weights are made", done_,
                       result_.weights.size());
    if (!result_.tiles.empty()) result_.tiles.back().issue_words += tile_.issue_words;
    result_.streams = decoders_.size();
    for (const float weight : result_.weights) result_.nonzero += weight != 0;
    for (const ExecutedTile& tile : result_.tiles) result_.counts.metadata_bits_read += tile.metadata_bits;
    return std::move(result_);
  }

 private:
  struct Stream {
    OpenStream open;
    std::unique_ptr<StreamDecoder> decoder;
    std::uint64_t symbols = 0;             // of the whole stream
    std::uint64_t decoded = 0;             // of these
    std::uint64_t words = 0, fetched = 0;  // taken, and bytes of DRAM that they are
    std::size_t unit = 0;                  // among those of its kind
  };

  void run_range(const Program& program, std::size_t begin, std::size_t end) {
    for (std::size_t at = begin; at < end; ++at) {
      const Instruction& instruction = program[at];
      issue(instruction);
      if (instruction.opcode != Opcode::loop) {
        step(instruction);
        continue;
      }
      std::size_t last = at + 1;
      for (std::size_t words = 0; words < instruction.operand("words"); ++last)
        words += static_cast<std::size_t>(spec_of(program[last].opcode).words);
      repeat(program, at + 1, last, instruction.operand("times"));
      at = last - 1;
    }
  }

  // A body that opens streams begins the weights anew: it does the same each time, so once is enough to know.
  void repeat(const Program& program, std::size_t begin, std::size_t end, std::uint64_t times) {
    const auto opens = [](const Instruction& instruction) { return instruction.opcode == Opcode::open; };
    const auto first = program.begin() + static_cast<std::ptrdiff_t>(begin),
               last = program.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::none_of(first, last, opens)) {
      require<DataError>(times * (end - begin) <= (std::uint64_t{1} << 32), "program: a loop of {} turns",
                         times);
      for (std::uint64_t turn = 0; turn < times; ++turn) run_range(program, begin, end);
      return;
    }
    const std::size_t tiles_before = result_.tiles.size();
    const ExecutionCounts before = result_.counts;
    run_range(program, begin, end);
    const std::vector<ExecutedTile> pass(result_.tiles.begin() + static_cast<std::ptrdiff_t>(tiles_before),
                                         result_.tiles.end());
    require<DataError>(times * pass.size() <= (std::uint64_t{1} << 24), "program: {} passes over {} tiles",
                       times, pass.size());
    for (std::uint64_t turn = 1; turn < times; ++turn)
      result_.tiles.insert(result_.tiles.end(), pass.begin(), pass.end());
    result_.counts = add_repeats(before, result_.counts, times);
  }

  static ExecutionCounts add_repeats(const ExecutionCounts& before, ExecutionCounts counts,
                                     std::uint64_t times) {
    const auto repeat = [&](std::uint64_t was, std::uint64_t& now) { now = was + (now - was) * times; };
    for (std::size_t kind = 0; kind < counts.symbols.size(); ++kind) {
      repeat(before.symbols[kind], counts.symbols[kind]);
      repeat(before.busy_cycles[kind], counts.busy_cycles[kind]);
      repeat(before.starved_cycles[kind], counts.starved_cycles[kind]);
    }
    repeat(before.stream_words, counts.stream_words);
    repeat(before.decisions, counts.decisions);
    repeat(before.instruction_words, counts.instruction_words);
    return counts;  // tables stay loaded
  }

  void issue(const Instruction& instruction) {
    const auto words = static_cast<std::uint64_t>(spec_of(instruction.opcode).words);
    result_.counts.instruction_words += words;
    tile_.issue_words += words;
  }

  void step(const Instruction& instruction) {
    const auto operand = [&](const char* name) { return instruction.operand(name); };
    switch (instruction.opcode) {
      case Opcode::layer:
        state_.begin(operand("steps"), operand("own"), operand("zeros"), operand("mask"), operand("rows"),
                     operand("columns"));
        result_.weights.assign(static_cast<std::size_t>(state_.matrix().count()), 0.0f);
        return;
      case Opcode::group:
        return state_.group(operand("use"), operand("tables"), operand("scales"), operand("high"),
                            operand("wide"));
      case Opcode::load_metadata:
        return load_metadata(instruction);
      case Opcode::open:
        return open(instruction);
      case Opcode::load_table:
        return load_tables(operand("stream"), operand("tables"));
      case Opcode::decode:
        return decode(operand("first"), operand("streams"), operand("weights"));
      case Opcode::dequantise:
        return dequantise(instruction);
      case Opcode::skip:
      case Opcode::scatter:
        return pass(instruction.opcode, operand("weights"));
      case Opcode::multiply:
        return multiply(instruction);
      case Opcode::load_activations:
        result_.counts.activation_bytes_in += operand("bytes");
        return;
      case Opcode::store_activations:
        result_.counts.activation_bytes_out += operand("bytes");
        return;
      case Opcode::profile:
      case Opcode::switch_table:
      case Opcode::sync:
      case Opcode::halt:
      case Opcode::loop:
        return;
    }
  }

  std::span<const std::uint8_t> part(const Instruction& instruction) const {
    const std::uint64_t at = instruction.operand("at"), bytes = instruction.operand("bytes");
    require<DataError>(at <= payload_.size() && bytes <= payload_.size() - at,
                       "program: bytes {} to {} of a payload of {}", at, at + bytes, payload_.size());
    return payload_.subspan(at, bytes);
  }

  void load_metadata(const Instruction& instruction) {
    const std::span<const std::uint8_t> bytes = part(instruction);
    const auto kind = static_cast<MetadataKind>(instruction.operand("kind"));
    ExecutionCounts& counts = result_.counts;
    counts.metadata_bytes += bytes.size();
    if (kind == MetadataKind::largest_step) {
      counts.metadata_bits += 8 * bytes.size();
      return state_.largest_step(bytes);
    }
    const MetadataField field = state_.field(kind, bytes, instruction.operand("coded") != 0);
    counts.metadata_bits += field.symbols * field.width();
    std::vector<std::int32_t> symbols(field.symbols);
    const OpenStream open{.kind = field.coded ? StreamKind::table : StreamKind::fixed_width,
                          .width = field.width(),
                          .bytes = bytes};
    const CodedWeights all;  // metadata is not placed
    const auto decoder = open_stream(open, {accelerator_, shape_, all, field.symbols, rate(1)});
    if (field.coded) {
      if (!symbols.empty()) add(counts.metadata_tables, decoder->load_tables(1));
      counts.metadata_symbols += field.symbols;
    }
    if (!symbols.empty()) counts.metadata_lane_cycles += decoder->decode({}, symbols).cycles;
    if (!symbols.empty()) decoder->finish();
    state_.fill(field, symbols);
  }

  // Of the stream buffer's port, shared by so many units.
  InputRate rate(std::uint64_t units) const {
    const auto words =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(1, accelerator_.stream_port_bits / 64));
    return {words, std::max(words, static_cast<std::uint32_t>(units))};
  }

  static void add(TableBuild& sum, const TableBuild& build) {
    sum.tables += build.tables;
    sum.entries += build.entries;
    sum.divisions += build.divisions;
    sum.bytes += build.bytes;
    sum.priors += build.priors;
  }

  std::uint64_t units(StreamKind kind) const {
    switch (kind) {
      case StreamKind::fixed_width:
        return accelerator_.unpackers;
      case StreamKind::table:
        return accelerator_.static_lanes;
      case StreamKind::interleaved:
        return accelerator_.rows;
      case StreamKind::adaptive:
        return accelerator_.adaptive_units;
    }
    throw InternalError("unknown kind of stream");
  }

  void open(const Instruction& instruction) {
    const std::size_t number = instruction.operand("stream");
    require<DataError>(number == decoders_.size() && !connected_, "program: stream {} is opened after {}",
                       number, decoders_.size());
    Stream stream;
    OpenStream& open = stream.open;
    open.kind = static_cast<StreamKind>(instruction.operand("kind"));
    open.width = instruction.operand("width");
    open.plane = instruction.operand("plane") < 4 ? static_cast<int>(instruction.operand("plane")) : -1;
    open.table =
        instruction.operand("table") < kLargestTables ? static_cast<int>(instruction.operand("table")) : -1;
    open.backward = instruction.operand("back") != 0;
    open.bytes = part(instruction);
    require<DataError>(open.width <= 16, "program: symbols of {} bits", open.width);
    stream.symbols = state_.symbols_of(open.table);
    for (const Stream& other : decoders_) stream.unit += other.open.kind == open.kind;
    stream.unit %= units(open.kind);
    decoders_.push_back(std::move(stream));
  }

  // Once all are open: units that run side by side share the port of the stream buffer.
  void connect() {
    if (connected_ || decoders_.empty()) return;
    connected_ = true;
    std::set<std::pair<StreamKind, std::size_t>> used;
    for (const Stream& stream : decoders_) used.emplace(stream.open.kind, stream.unit);
    for (Stream& stream : decoders_) {
      stream.decoder =
          open_stream(stream.open, {accelerator_, shape_, state_.coded(), stream.symbols, rate(used.size())});
      add(result_.counts.tables, stream.decoder->build());
    }
  }

  void load_tables(std::size_t number, std::uint32_t tables) {
    connect();
    require<DataError>(number < decoders_.size(), "program: tables of stream {}, which is not open", number);
    add(result_.counts.tables, decoders_[number].decoder->load_tables(tables));
  }

  // The tile's weights, in the order of the matrix whatever the direction.
  void begin_tile(std::uint64_t weights) {
    require<DataError>(weights <= result_.weights.size() - done_, "program: {} weights more; {} are left",
                       weights, result_.weights.size() - done_);
    const bool backward = !decoders_.empty() && decoders_.front().open.backward;
    begin_ = backward ? result_.weights.size() - done_ - weights : done_;
    end_ = begin_ + weights;
    tile_.coded = state_.coded_between(begin_, end_);
    tile_.metadata_bits += state_.metadata_bits(begin_, end_);
    values_.assign(tile_.coded, 0);
  }

  void decode(std::size_t first, std::size_t count, std::uint64_t weights) {
    require<DataError>(first + count <= decoders_.size() && count > 0, "program: streams {} to {} of {}",
                       first, first + count, decoders_.size());
    connect();
    begin_tile(weights);
    const std::vector<std::uint8_t> table_of = state_.tables_between(begin_, end_);
    std::map<std::pair<StreamKind, std::size_t>, std::uint64_t> unit_cycles;
    planes_.assign(tile_.coded, 0);
    for (std::size_t i = first; i < first + count; ++i) {
      Stream& stream = decoders_[i];
      const auto kind = static_cast<std::size_t>(stream.open.kind);
      const DecodedRun run = decode_stream(stream, table_of);
      std::uint64_t& cycles = unit_cycles[{stream.open.kind, stream.unit}];
      cycles += run.cycles;
      tile_.decoder_cycles[kind] = std::max(tile_.decoder_cycles[kind], cycles);
      result_.counts.busy_cycles[kind] += run.cycles;
      result_.counts.starved_cycles[kind] += run.starved;
      result_.counts.stream_words += run.words;
      result_.counts.decisions += run.decisions;
      tile_.stream_bytes += fetched_for(stream, run.words);
    }
  }

  // The last words bring what is left; others bring themselves.
  static std::uint64_t fetched_for(Stream& stream, std::uint64_t words) {
    stream.words += words;
    const std::uint64_t size = stream.open.bytes.size();
    const std::uint64_t now =
        stream.decoded == stream.symbols ? size : std::min<std::uint64_t>(size, 8 * stream.words);
    const std::uint64_t before = stream.fetched;
    stream.fetched = std::max(now, before);
    return stream.fetched - before;
  }

  DecodedRun decode_stream(Stream& stream, const std::vector<std::uint8_t>& table_of) {
    const bool own = stream.open.table >= 0;
    const auto mine = [&](std::size_t i) { return !own || table_of[i] == stream.open.table; };
    std::size_t count = tile_.coded;
    if (own)
      count = static_cast<std::size_t>(std::count(table_of.begin(), table_of.end(), stream.open.table));
    symbols_.resize(count);
    stream.decoded += count;
    result_.counts.symbols[static_cast<std::size_t>(stream.open.kind)] += count;
    if (count == 0) return {};
    const bool by_tables =
        stream.open.kind == StreamKind::table && (stream.open.plane < 0 || stream.open.plane == 3);
    const DecodedRun run =
        stream.decoder->decode(by_tables ? std::span(table_of) : std::span<const std::uint8_t>(), symbols_);
    std::size_t next = 0;
    for (std::size_t i = 0; i < tile_.coded; ++i) {
      if (!mine(i)) continue;
      const std::int32_t symbol = symbols_[next++];
      if (stream.open.plane < 0) {
        values_[i] = symbol;
      } else {
        planes_[i] |= static_cast<std::uint32_t>(symbol) << (8 * stream.open.plane);
      }
    }
    return run;
  }

  void dequantise(const Instruction& instruction) {
    const std::uint32_t mode = instruction.operand("mode"), folded = instruction.operand("lowest");
    require<DataError>(mode <= 2 && instruction.operand("weights") == end_ - begin_,
                       "program: DQ of mode {} over {} weights", mode, instruction.operand("weights"));
    tile_.dequantise_cycles = divide_up(tile_.coded, accelerator_.dequantised) + kFloatLatency;
    dequantised_.resize(tile_.coded);
    if (mode == 1) {
      for (std::size_t i = 0; i < tile_.coded; ++i)
        dequantised_[i] = std::bit_cast<float>(sign_first(planes_[i]));
      return;
    }
    const auto lowest = static_cast<std::int32_t>(folded >> 1) ^ -static_cast<std::int32_t>(folded & 1);
    const std::int32_t stride = instruction.operand("double") != 0 ? 2 : 1;
    std::size_t next = 0;
    state_.for_each_step(begin_, end_, [&](std::size_t count, float step, std::int32_t zero) {
      const std::int32_t offset = mode == 2 ? 0 : lowest - zero;
      for (; count > 0; --count, ++next)
        dequantised_[next] = step * static_cast<float>(offset + stride * values_[next]);
    });
  }

  void pass(Opcode opcode, std::uint64_t weights) {
    if (opcode == Opcode::skip) {
      begin_tile(weights);
      require<DataError>(tile_.coded == 0, "program: SKIP over {} weights that are coded", tile_.coded);
      dequantised_.clear();
      return;
    }
    const std::uint64_t units = divide_up(accelerator_.dequantised, kScatterPlaces);
    tile_.scatter_cycles = divide_up(weights, kScatterPlaces * units);
  }

  void multiply(const Instruction& instruction) {
    tile_.rows = instruction.operand("rows");
    tile_.weights = instruction.operand("weights");
    tile_.pixels = instruction.operand("pixels");
    require<DataError>(tile_.weights == end_ - begin_ && tile_.rows > 0 && dequantised_.size() == tile_.coded,
                       "program: MAC over {} weights of {}", tile_.weights, end_ - begin_);
    std::size_t next = 0;
    state_.for_each_coded(begin_, end_, [&](std::size_t begin, std::size_t end) {
      std::copy_n(dequantised_.begin() + static_cast<std::ptrdiff_t>(next), end - begin,
                  result_.weights.begin() + static_cast<std::ptrdiff_t>(begin));
      next += end - begin;
    });
    done_ += tile_.weights;
    begin_ = end_ = 0;
    result_.tiles.push_back(tile_);
    tile_ = {};
  }

  std::span<const std::uint8_t> payload_;
  const Shape& shape_;
  const Accelerator& accelerator_;
  LayerState state_;
  std::vector<Stream> decoders_;
  bool connected_ = false;
  std::size_t done_ = 0;             // weights
  std::size_t begin_ = 0, end_ = 0;  // elements of the present tile
  ExecutedTile tile_;
  std::vector<std::int32_t> values_, symbols_;
  std::vector<std::uint32_t> planes_;
  std::vector<float> dequantised_;
  ExecutedLayer result_;
};

}  // namespace

std::uint64_t ExecutedTile::decode_cycles() const {
  return std::max(
      {*std::max_element(decoder_cycles.begin(), decoder_cycles.end()), dequantise_cycles, scatter_cycles});
}

ExecutedLayer execute(const Program& program, std::span<const std::uint8_t> payload, const Shape& shape,
                      const Accelerator& accelerator) {
  return Executor(payload, shape, accelerator).run(program);
}

}  // namespace adagrain
