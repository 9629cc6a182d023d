#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/grouping/group_histograms.h"
#include "framework/compression/grouping/table_choice.h"
#include "framework/compression/grouping/table_map.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/core/bytes.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

// Appends one stream after another and keeps the account of where bytes go.
class PayloadWriter {
 public:
  PayloadWriter(const PayloadHead& head, const Candidate& candidate, const Shape& shape,
                const LayerCode& code, const LayerUnits& cut, int threads)
      : head_(head),
        speed_(ans_speed(candidate)),
        shape_(shape),
        threads_(threads),
        code_(code),
        cut_(cut),
        coder_(coder_of(head.ans)) {
    encoded_.payload.push_back(head.byte());
    if (head.granularity == kBlockId) {
      append_varint(encoded_.payload, static_cast<std::uint64_t>(block_parameter(candidate, "block_rows")));
      append_varint(encoded_.payload,
                    static_cast<std::uint64_t>(block_parameter(candidate, "block_columns")));
    }
  }

  EncodedLayer write() {
    if (code_.shape.count() > 0) {
      if (head_.quantize) write_steps();
      if (stores_mask(head_)) write_metadata(2, code_.alive);
      coded_ = coded_weights(head_, code_, cut_);
      if (head_.quantize) {
        write_levels();
      } else {
        write_planes();
      }
    }
    encoded_.payload[0] = head_.byte();  // now it is known whether tables are grouped
    PayloadParts& parts = encoded_.parts;
    parts.metadata_bytes = encoded_.payload.size() - parts.table_bytes - parts.data_bytes;
    return std::move(encoded_);
  }

 private:
  static double block_parameter(const Candidate& candidate, std::string_view name) {
    const auto granularity = Registry<Granularity>::create("block");
    for (const ParameterSpec& spec : granularity->parameters()) {
      if (spec.name == name) return parameter(candidate.parameters, spec);
    }
    throw InternalError(fmt::format("block has no parameter {}", name));
  }

  void append(std::span<const std::uint8_t> bytes) {
    encoded_.payload.insert(encoded_.payload.end(), bytes.begin(), bytes.end());
  }

  // A stream that describes units or groups.
  void write_metadata(std::uint32_t alphabet, std::span<const std::uint8_t> described) {
    const std::vector<std::uint16_t> symbols(described.begin(), described.end());
    const bool ans = codes_metadata(head_, alphabet, symbols.size());
    const Bytes stream = coder_of(ans)->encode({alphabet, 1}, symbols, {}).bytes;
    if (ans) append_varint(encoded_.payload, stream.size());
    append(stream);
  }

  void write_data(const EncodedStream& stream) {
    append(stream.bytes);
    encoded_.parts.table_bytes += stream.table_bytes;
    encoded_.parts.data_bytes += stream.bytes.size() - stream.table_bytes;
  }

  // Where more follows: the length first.
  void write_delimited(const EncodedStream& stream) {
    append_varint(encoded_.payload, stream.bytes.size());
    write_data(stream);
  }

  // A place in the payload to come back to.
  struct Mark {
    std::size_t size;
    PayloadParts parts;
    PayloadHead head;
  };
  Mark mark() const { return {encoded_.payload.size(), encoded_.parts, head_}; }
  void back_to(const Mark& mark) {
    encoded_.payload.resize(mark.size);
    encoded_.parts = mark.parts;
    head_ = mark.head;
  }

  void write_steps() {
    const bool single = cut_.step_units.count == 1;
    append_little_endian(encoded_.payload, single && code_.step_code[0] == 0
                                               ? std::uint16_t{0}
                                               : stored_step(code_.largest_step));
    if (!single) write_metadata(256, code_.step_code);
    if (!head_.asymmetric) return;
    std::vector<std::uint8_t> zero_levels;
    for (std::size_t unit = 0; unit < code_.step_code.size(); ++unit) {
      if (code_.step_code[unit] != 0) zero_levels.push_back(code_.zero_level[unit]);
    }
    write_metadata(256, zero_levels);
  }

  // By static tables or the adaptive coder, whichever takes fewer bytes; by lanes where speed is asked for.
  void write_levels() {
    if (coded_.count == 0) return;
    const Mark before = mark();
    write_static_levels();
    if (!head_.ans || speed_ > 0 || code_.levels.size() > kLargestAdaptiveGrid) return;
    const std::vector<std::int32_t> shifted = head_.asymmetric ? around_zero() : std::vector<std::int32_t>();
    const std::span<const std::int32_t> levels = head_.asymmetric ? shifted : code_.levels;
    if (!adaptive_takes(levels)) return;
    const std::vector<std::uint32_t> elements = coded_.elements();
    const Bytes stream = encode_adaptive(level_grid(shape_, elements), levels);
    if (before.size + stream.size() >= encoded_.payload.size()) return;
    back_to(before);
    head_.adaptive = true;
    append(stream);
    encoded_.parts.data_bytes += stream.size();
  }

  // [element]; as symmetric levels are, 0 where nothing is coded.
  std::vector<std::int32_t> around_zero() const {
    std::vector<std::int32_t> levels(code_.levels.size());
    for_each_coded_unit([&](std::size_t begin, std::size_t end, std::uint32_t unit) {
      for (; begin < end; ++begin) levels[begin] = code_.levels[begin] - code_.zero_level[unit];
    });
    return levels;
  }

  // Calls each(begin, end, step unit) for coded elements, in order.
  template <typename Each>
  void for_each_coded_unit(const Each& each) const {
    for (const ElementRange& range : coded_.ranges) {
      for_each_unit_run(cut_.step_units, range.begin, range.end, each);
    }
  }

  void write_static_levels() {
    const std::span<const std::int32_t> levels = code_.levels;
    std::int32_t lowest = head_.binary ? -1 : levels[coded_.ranges[0].begin], highest = lowest;
    for (const ElementRange& range : coded_.ranges) {
      for (std::uint32_t element = range.begin; element < range.end; ++element) {
        lowest = std::min(lowest, levels[element]);
        highest = std::max(highest, levels[element]);
      }
    }
    std::uint32_t alphabet = 2;
    if (!head_.binary) {
      alphabet = static_cast<std::uint32_t>(highest - lowest) + 1;
      append_varint(encoded_.payload, zigzag(lowest));
      if (!head_.ans) append_varint(encoded_.payload, alphabet - 1);  // a frequency table says it by itself
    }
    const std::vector<std::uint16_t> symbols = collect_symbols([&](std::uint32_t element) {
      const std::int32_t offset = levels[element] - lowest;
      return static_cast<std::uint16_t>(head_.binary ? offset / 2 : offset);
    });
    head_.lanes = speed_ > 0 && symbols.size() >= kFewSymbols && alphabet <= 256;
    std::optional<std::int32_t> zero_symbol = -lowest;
    if (head_.asymmetric && cut_.step_units.count > 1) zero_symbol.reset();
    if (head_.asymmetric && cut_.step_units.count == 1) zero_symbol = code_.zero_level[0] - lowest;
    write_grouped(alphabet, symbols, zero_symbol, false);
  }

  // [coded weight]
  template <typename Function>
  std::vector<std::uint16_t> collect_symbols(const Function& symbol_of) const {
    std::vector<std::uint16_t> symbols(coded_.count);
    std::uint16_t* next = symbols.data();
    for (const ElementRange& range : coded_.ranges) {
      for (std::uint32_t element = range.begin; element < range.end; ++element) *next++ = symbol_of(element);
    }
    return symbols;
  }

  static std::uint64_t zigzag(std::int32_t value) {
    return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
  }

  void write_planes() {
    if (coded_.count == 0) return;
    const auto plane_symbols = [&](int plane) {
      return collect_symbols([&](std::uint32_t element) {
        const std::uint32_t bits = sign_last(std::bit_cast<std::uint32_t>(code_.values[element]));
        return static_cast<std::uint16_t>(bits >> (8 * plane) & 0xFF);
      });
    };
    if (!head_.ans) {
      for (int plane = 0; plane < kPlanes; ++plane) {
        write_data(coder_->encode({256, 1}, plane_symbols(plane), {}));
      }
      return;
    }
    // One byte says which planes were worth coding; a plane that is not stays as it is and never grows.
    const std::size_t flags_at = encoded_.payload.size();
    encoded_.payload.push_back(0);
    head_.lanes = speed_ > 0 && coded_.count >= kFewSymbols;
    for (int plane = kPlanes - 1; plane >= 0; --plane) {
      const std::vector<std::uint16_t> symbols = plane_symbols(plane);
      const Mark before = mark();
      if (write_plane(symbols, plane == kPlanes - 1) &&
          encoded_.payload.size() < before.size + symbols.size()) {
        encoded_.payload[flags_at] |= static_cast<std::uint8_t>(1 << plane);
      } else {
        back_to(before);
        write_data(coder_of(false)->encode({256, 1}, symbols, {}));
      }
    }
  }

  // Whether the plane was worth coding. Only the exponents are grouped: all others are nearly noise.
  bool write_plane(std::span<const std::uint16_t> symbols, bool exponents) {
    if (coder_->price(symbol_counts(symbols, 256)) >= symbols.size()) return false;
    if (exponents) {
      write_grouped(256, symbols, {}, true);
    } else if (head_.lanes) {
      write_lanes(symbols, nullptr);
    } else {
      write_delimited(coder_->encode({256, 1}, symbols, {}));
    }
    return true;
  }

  // `zero_symbol`: of levels with one zero, the one that means 0. `delimited`: more follows.
  void write_grouped(std::uint32_t alphabet, std::span<const std::uint16_t> symbols,
                     std::optional<std::int32_t> zero_symbol, bool delimited) {
    TableChoice choice;
    if (head_.ans && speed_ < 2) {
      choice = choose_tables({head_, coded_, cut_.units, code_.shape}, alphabet, symbols, zero_symbol);
    }
    head_.grouped = choice.tables > 1;
    const std::size_t before = encoded_.payload.size();
    const ScaleCodes& scales = choice.groups.scales();
    const GroupingByte grouping{choice.tables, choice.grouping, !scales.row.empty(), !scales.column.empty()};
    if (head_.grouped || head_.lanes) encoded_.payload.push_back(grouping.byte());
    for (const auto* codes : {&scales.row, &scales.column}) {
      if (!codes->empty()) write_metadata(kScaleCodes, *codes);
    }
    if (head_.grouped) write_metadata(choice.tables, choice.of_group);
    encoded_.parts.table_bytes += encoded_.payload.size() - before;
    std::optional<TableMap> map;
    if (head_.grouped) map.emplace(coded_, code_.shape, choice.groups, choice.of_group, choice.tables);
    if (head_.lanes) return write_lanes(symbols, map ? &*map : nullptr);
    const std::vector<std::uint8_t> table_of = map ? map->tables() : std::vector<std::uint8_t>();
    const EncodedStream stream = coder_->encode({alphabet, choice.tables}, symbols, table_of);
    delimited ? write_delimited(stream) : write_data(stream);
  }

  // A stream for the symbols of each table, lanes know one table at a time; one for all without a map.
  void write_lanes(std::span<const std::uint16_t> symbols, const TableMap* map) {
    const Bytes sorted = map != nullptr ? map->sorted(symbols) : Bytes(symbols.begin(), symbols.end());
    const std::array<std::size_t, 2> whole = {0, sorted.size()};
    const std::span<const std::size_t> begin = map != nullptr ? map->begin() : whole;
    for (std::size_t table = 0; table + 1 < begin.size(); ++table) {
      const auto own = std::span(sorted).subspan(begin[table], begin[table + 1] - begin[table]);
      const Bytes coded = encode_lanes(own, speed_ < 2 ? LaneProfile::precise : LaneProfile::fast, threads_);
      append_varint(encoded_.payload, coded.size());
      append(coded);
      encoded_.parts.data_bytes += coded.size();
    }
  }

  PayloadHead head_;
  int speed_;  // kAnsSpeed
  const Shape& shape_;
  int threads_;
  const LayerCode& code_;
  const LayerUnits& cut_;
  std::unique_ptr<EntropyCoder> coder_;
  CodedWeights coded_;
  EncodedLayer encoded_;
};

// Two levels need one bit only where no weight that is coded is zero.
bool all_binary(const LayerCode& code, const LayerUnits& cut, const PayloadHead& head) {
  if (!code.quantized || !code.zero_level.empty() || code.shape.count() == 0) return false;
  const CodedWeights coded = coded_weights(head, code, cut);
  return std::all_of(coded.ranges.begin(), coded.ranges.end(), [&](const ElementRange& range) {
    return std::all_of(code.levels.begin() + range.begin, code.levels.begin() + range.end,
                       [](std::int32_t level) { return std::abs(level) == 1; });
  });
}

}  // namespace

PayloadHead payload_head(const Candidate& candidate, const LayerCode& code) {
  PayloadHead head;
  head.granularity = Registry<Granularity>::create(candidate.granularity)->id();
  head.prune = code.pruned;
  head.quantize = code.quantized;
  head.ans = entropy_coded(candidate);
  head.asymmetric = !code.zero_level.empty();
  return head;
}

CodedWeights coded_weights(const PayloadHead& head, const LayerCode& code, const LayerUnits& cut) {
  std::span<const std::uint8_t> alive;
  if (stores_mask(head)) alive = code.alive;
  return collect_coded(cut, alive, code.step_code);
}

int ans_speed(const Candidate& candidate) {
  return entropy_coded(candidate) ? static_cast<int>(parameter(candidate.parameters, kAnsSpeed)) : 0;
}

EncodedLayer encode_layer(const LayerCode& code, const Shape& shape, const Candidate& candidate,
                          int threads) {
  const LayerUnits cut = cut_layer(candidate, code.shape);
  PayloadHead head = payload_head(candidate, code);
  head.binary = !head.ans && all_binary(code, cut, head);
  return PayloadWriter(head, candidate, shape, code, cut, threads).write();
}

EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence, int threads) {
  return encode_layer(transform_layer(weights, shape, candidate, evidence), shape, candidate, threads);
}

}  // namespace adagrain
