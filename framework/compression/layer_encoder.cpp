#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/layer_codec.h"
#include "framework/compression/layer_payload.h"
#include "framework/compression/table_choice.h"
#include "framework/core/bytes.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

// Appends one stream after another and keeps the account of where bytes go.
class PayloadWriter {
 public:
  PayloadWriter(const PayloadHead& head, const Candidate& candidate, const Shape& shape,
                const LayerCode& code, const LayerUnits& cut)
      : head_(head),
        speed_(head.ans ? static_cast<int>(parameter(candidate.parameters, kAnsSpeed)) : 0),
        shape_(shape),
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
      if (stores_mask(head_)) write_metadata(2, {code_.alive.begin(), code_.alive.end()});
      coded_ = collect_coded(
          cut_,
          stores_mask(head_) ? std::span<const std::uint8_t>(code_.alive) : std::span<const std::uint8_t>(),
          code_.step_code);
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

  void append(const std::vector<std::uint8_t>& bytes) {
    encoded_.payload.insert(encoded_.payload.end(), bytes.begin(), bytes.end());
  }

  // A stream that describes units; all of it counts as metadata.
  void write_metadata(std::uint32_t alphabet, const std::vector<std::uint16_t>& symbols) {
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
    if (!single) write_metadata(256, {code_.step_code.begin(), code_.step_code.end()});
    if (!head_.asymmetric) return;
    std::vector<std::uint16_t> zero_levels;
    for (std::size_t unit = 0; unit < code_.step_code.size(); ++unit) {
      if (code_.step_code[unit] != 0) zero_levels.push_back(code_.zero_level[unit]);
    }
    write_metadata(256, zero_levels);
  }

  // By static tables or the adaptive coder, whichever takes fewer bytes; by lanes where speed is asked for.
  void write_levels() {
    if (coded_.element.empty()) return;
    std::vector<std::int32_t> levels(code_.levels.size());  // around zero
    for (const std::uint32_t element : coded_.element) {
      levels[element] = code_.levels[element];
      if (head_.asymmetric) levels[element] -= code_.zero_level[cut_.step_units.of(element)];
    }
    const Mark before = mark();
    write_static_levels(levels);
    if (!head_.ans || speed_ > 0 || !adaptive_takes(levels)) return;
    const Bytes stream = encode_adaptive(level_grid(shape_, coded_), levels);
    if (before.size + stream.size() >= encoded_.payload.size()) return;
    back_to(before);
    head_.adaptive = true;
    append(stream);
    encoded_.parts.data_bytes += stream.size();
  }

  // `levels` [element], around zero
  void write_static_levels(std::span<const std::int32_t> levels) {
    std::int32_t lowest = head_.binary ? -1 : code_.levels[coded_.element[0]], highest = lowest;
    for (const std::uint32_t element : coded_.element) {
      lowest = std::min(lowest, code_.levels[element]);
      highest = std::max(highest, code_.levels[element]);
    }
    std::uint32_t alphabet = 2;
    if (!head_.binary) {
      alphabet = static_cast<std::uint32_t>(highest - lowest) + 1;
      append_varint(encoded_.payload, zigzag(lowest));
      if (!head_.ans) append_varint(encoded_.payload, alphabet - 1);  // a frequency table says it by itself
    }
    std::vector<std::uint16_t> symbols;
    for (const std::uint32_t element : coded_.element) {
      const std::int32_t offset = code_.levels[element] - lowest;
      symbols.push_back(static_cast<std::uint16_t>(head_.binary ? offset / 2 : offset));
    }
    head_.lanes = speed_ > 0 && symbols.size() >= kFewSymbols && alphabet <= 256;
    write_grouped(alphabet, symbols, choose_tables(alphabet, symbols, levels), false);
  }

  static std::uint64_t zigzag(std::int32_t value) {
    return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
  }

  void write_planes() {
    if (coded_.element.empty()) return;
    std::array<std::vector<std::uint16_t>, kPlanes> planes;
    for (const std::uint32_t element : coded_.element) {
      const std::uint32_t bits = sign_last(std::bit_cast<std::uint32_t>(code_.values[element]));
      for (int plane = 0; plane < kPlanes; ++plane) planes[plane].push_back(bits >> (8 * plane) & 0xFF);
    }
    if (!head_.ans) {
      for (const auto& plane : planes) write_data(coder_->encode({256, 1}, plane, {}));
      return;
    }
    // One byte says which planes were worth coding; a plane that is not stays as it is and never grows.
    const std::size_t flags_at = encoded_.payload.size();
    encoded_.payload.push_back(0);
    head_.lanes = speed_ > 0 && planes[0].size() >= kFewSymbols;
    for (int plane = kPlanes - 1; plane >= 0; --plane) {
      const std::vector<std::uint16_t>& symbols = planes[plane];
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
  bool write_plane(const std::vector<std::uint16_t>& symbols, bool exponents) {
    SymbolCounts counts(1, std::vector<std::uint32_t>(256));
    for (const std::uint16_t symbol : symbols) ++counts[0][symbol];
    if (coder_->price(counts) >= symbols.size()) return false;
    if (exponents) {
      write_grouped(256, symbols, choose_tables(256, symbols, {}), true);
    } else if (head_.lanes) {
      write_lanes(symbols, {});
    } else {
      write_delimited(coder_->encode({256, 1}, symbols, {}));
    }
    return true;
  }

  // Groups of coded weights, and the table of each.
  struct TableChoice {
    std::uint32_t tables = 1;
    std::vector<std::uint8_t> of_group;
    Grouping grouping;
    ScaleCodes scales;  // that the grouping is made of; empty where it is the granularity's units

    std::uint8_t table(std::size_t symbol) const { return of_group[grouping.group[symbol]]; }
  };

  // `delimited`: more follows.
  void write_grouped(std::uint32_t alphabet, const std::vector<std::uint16_t>& symbols,
                     const TableChoice& choice, bool delimited) {
    head_.grouped = choice.tables > 1;
    const std::size_t before = encoded_.payload.size();
    if (head_.grouped || head_.lanes) {
      encoded_.payload.push_back(grouping_byte(choice.tables, choice.scales));
    }
    for (const auto* codes : {&choice.scales.row, &choice.scales.column}) {
      if (!codes->empty()) write_metadata(kScaleCodes, {codes->begin(), codes->end()});
    }
    if (head_.grouped) write_metadata(choice.tables, {choice.of_group.begin(), choice.of_group.end()});
    encoded_.parts.table_bytes += encoded_.payload.size() - before;
    if (head_.lanes) return write_lanes(symbols, choice);
    TableSelector table_of;
    if (head_.grouped) table_of = [&](std::size_t i) { return choice.table(i); };
    const EncodedStream stream = coder_->encode({alphabet, choice.tables}, symbols, table_of);
    delimited ? write_delimited(stream) : write_data(stream);
  }

  // A stream for the symbols of each table: lanes know one table at a time.
  void write_lanes(const std::vector<std::uint16_t>& symbols, const TableChoice& choice) {
    std::vector<Bytes> streams(choice.tables);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      streams[choice.tables > 1 ? choice.table(i) : 0].push_back(static_cast<std::uint8_t>(symbols[i]));
    }
    for (const Bytes& stream : streams) {
      const Bytes coded = encode_lanes(stream, speed_ < 2 ? LaneProfile::precise : LaneProfile::fast);
      append_varint(encoded_.payload, coded.size());
      append(coded);
      encoded_.parts.data_bytes += coded.size();
    }
  }

  // The choice that takes fewest bytes. `levels` [element] around zero; none: symbols are no levels.
  TableChoice choose_tables(std::uint32_t alphabet, const std::vector<std::uint16_t>& symbols,
                            std::span<const std::int32_t> levels) const {
    TableChoice best;
    if (!head_.ans || speed_ == 2) return best;
    SymbolCounts counts(1, std::vector<std::uint32_t>(alphabet));
    for (const std::uint16_t symbol : symbols) ++counts[0][symbol];
    std::uint64_t least = coder_->price(counts);
    if (head_.granularity >= kBlockId) {
      improve(best, least, alphabet, symbols, {}, group_by_units(coded_, cut_.units));
    } else if (!levels.empty()) {
      const ScaleCodes both = scale_codes(levels, coded_, code_.shape);
      for (const ScaleCodes& codes : {ScaleCodes{both.row, {}}, ScaleCodes{{}, both.column}, both}) {
        improve(best, least, alphabet, symbols, codes, group_by_scales(coded_, codes, code_.shape));
      }
    }
    return best;
  }

  void improve(TableChoice& best, std::uint64_t& least, std::uint32_t alphabet,
               const std::vector<std::uint16_t>& symbols, const ScaleCodes& scales, Grouping grouping) const {
    const GroupHistograms groups = group_histograms(symbols, grouping, alphabet);
    const std::uint64_t scale_bytes =
        metadata_price(scales.row, kScaleCodes) + metadata_price(scales.column, kScaleCodes);
    bool better = false;
    for (const std::uint32_t tables : {2u, 3u, 4u, 6u, kLargestTables}) {
      // A table costs a few bytes: with fewer symbols than these there is nothing to gain.
      if (tables > grouping.groups || symbols.size() < 64 * tables) break;
      std::vector<std::uint8_t> of_group = cluster_groups(groups, tables);
      const std::uint64_t bytes = 1 + scale_bytes + metadata_price(of_group, tables) +
                                  coder_->price(pooled(groups, of_group, tables));
      if (bytes >= least) continue;
      better = true;
      least = bytes;
      best.tables = tables;
      best.of_group = std::move(of_group);
    }
    if (!better) return;
    best.grouping = std::move(grouping);
    best.scales = scales;
  }

  std::uint64_t metadata_price(const std::vector<std::uint8_t>& symbols, std::uint32_t alphabet) const {
    if (symbols.empty()) return 0;
    SymbolCounts counts(1, std::vector<std::uint32_t>(alphabet));
    for (const std::uint8_t symbol : symbols) ++counts[0][symbol];
    const bool ans = codes_metadata(head_, alphabet, symbols.size());
    return coder_of(ans)->price(counts) + (ans ? kLengthBytes : 0);
  }

  PayloadHead head_;
  int speed_;  // kAnsSpeed
  const Shape& shape_;
  const LayerCode& code_;
  const LayerUnits& cut_;
  std::unique_ptr<EntropyCoder> coder_;
  CodedWeights coded_;
  EncodedLayer encoded_;
};

PayloadHead head_of(const Candidate& candidate, const LayerCode& code) {
  PayloadHead head;
  head.granularity = Registry<Granularity>::create(candidate.granularity)->id();
  head.prune = candidate.has("prune");
  head.quantize = candidate.has("quantize");
  head.ans = candidate.has("ans");
  head.asymmetric = !code.zero_level.empty();
  return head;
}

// Two levels need one bit only where no weight that is coded is zero.
bool all_binary(const LayerCode& code, const LayerUnits& cut, bool mask) {
  if (!code.quantized || !code.zero_level.empty() || code.shape.count() == 0) return false;
  for (std::size_t i = 0; i < code.levels.size(); ++i) {
    const bool dead = code.step_code[cut.step_units.of(i)] == 0 || (mask && code.alive[cut.units.of(i)] == 0);
    if (!dead && std::abs(code.levels[i]) != 1) return false;
  }
  return true;
}

}  // namespace

EncodedLayer encode_layer(const LayerCode& code, const Shape& shape, const Candidate& candidate) {
  const LayerUnits cut = cut_layer(candidate, code.shape);
  PayloadHead head = head_of(candidate, code);
  head.binary = !head.ans && all_binary(code, cut, stores_mask(head));
  return PayloadWriter(head, candidate, shape, code, cut).write();
}

EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence) {
  return encode_layer(transform_layer(weights, shape, candidate, evidence), shape, candidate);
}

}  // namespace adagrain
