#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

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
  PayloadWriter(const PayloadHead& head, const Candidate& candidate, const LayerCode& code,
                const LayerUnits& cut)
      : head_(head),
        code_(code),
        cut_(cut),
        coder_(Registry<EntropyCoder>::create(head.ans ? "ans" : "raw")) {
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
      collect_coded();
      if (head_.quantize) {
        write_levels();
      } else {
        write_planes();
      }
    }
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
    if (!symbols.empty()) append(coder_->encode({alphabet, 1}, symbols, {}).bytes);
  }

  void write_data(const EncodedStream& stream) {
    append(stream.bytes);
    encoded_.parts.table_bytes += stream.table_bytes;
    encoded_.parts.data_bytes += stream.bytes.size() - stream.table_bytes;
  }

  bool alive(std::size_t element) const {
    if (head_.quantize && code_.step_code[cut_.step_units.unit_of[element]] == 0) return false;
    return !stores_mask(head_) || code_.alive[cut_.units.unit_of[element]] != 0;
  }

  void write_steps() {
    append_little_endian(encoded_.payload, std::bit_cast<std::uint32_t>(code_.largest_step));
    if (cut_.step_units.count > 1) {
      write_metadata(256, {code_.step_code.begin(), code_.step_code.end()});
    } else {
      encoded_.payload.push_back(code_.step_code[0]);
    }
    if (!head_.asymmetric) return;
    std::vector<std::uint16_t> zero_levels;
    for (std::size_t unit = 0; unit < code_.step_code.size(); ++unit) {
      if (code_.step_code[unit] != 0) zero_levels.push_back(code_.zero_level[unit]);
    }
    write_metadata(256, zero_levels);
  }

  void collect_coded() {
    for (std::size_t i = 0; i < cut_.units.unit_of.size(); ++i) {
      if (alive(i)) coded_.element.push_back(static_cast<std::uint32_t>(i));
    }
  }

  void write_levels() {
    if (coded_.element.empty()) return;
    std::int32_t lowest = head_.binary ? -1 : code_.levels[coded_.element[0]], highest = lowest;
    for (const std::uint32_t element : coded_.element) {
      lowest = std::min(lowest, code_.levels[element]);
      highest = std::max(highest, code_.levels[element]);
    }
    std::uint32_t alphabet = 2;
    if (!head_.binary) {
      alphabet = static_cast<std::uint32_t>(highest - lowest) + 1;
      append_varint(encoded_.payload, zigzag(lowest));
      append_varint(encoded_.payload, alphabet - 1);
    }
    if (alphabet == 1) return;
    std::vector<std::uint16_t> symbols;
    for (const std::uint32_t element : coded_.element) {
      const std::int32_t offset = code_.levels[element] - lowest;
      symbols.push_back(static_cast<std::uint16_t>(head_.binary ? offset / 2 : offset));
    }
    write_grouped(alphabet, symbols, true);
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
    const auto raw = Registry<EntropyCoder>::create("raw");
    for (int plane = kPlanes - 1; plane >= 0; --plane) {
      const EncodedStream stream = coder_->encode({256, 1}, planes[plane], {});
      if (stream.bytes.size() >= planes[plane].size()) {
        write_data(raw->encode({256, 1}, planes[plane], {}));
        continue;
      }
      encoded_.payload[flags_at] |= static_cast<std::uint8_t>(1 << plane);
      if (plane == kPlanes - 1) {
        write_grouped(256, planes[plane], false);
      } else {
        write_data(stream);
      }
    }
  }

  // The symbols of the coded weights, by the table choice that takes fewest bytes.
  void write_grouped(std::uint32_t alphabet, const std::vector<std::uint16_t>& symbols, bool levels) {
    if (!head_.ans) return write_data(coder_->encode({alphabet, 1}, symbols, {}));
    EncodedStream best = coder_->encode({alphabet, 1}, symbols, {});
    std::vector<std::uint8_t> best_choice;  // the bytes before the stream: number of tables, their assignment
    best_choice.push_back(1);
    const bool contexts = levels && head_.granularity == kElementId && !head_.binary;
    if (contexts) {
      const EncodedStream stream = coder_->encode({alphabet, kContexts}, symbols, [&](std::size_t i) {
        return neighbour_context(code_.levels, code_.shape, coded_.element[i]);
      });
      if (stream.bytes.size() < best.bytes.size()) {
        best = stream;
        best_choice = {static_cast<std::uint8_t>(kContexts)};
      }
    }
    if (head_.granularity >= kBlockId) cluster(alphabet, symbols, best, best_choice);
    append(best_choice);
    write_data(best);
  }

  void cluster(std::uint32_t alphabet, const std::vector<std::uint16_t>& symbols, EncodedStream& best,
               std::vector<std::uint8_t>& best_choice) const {
    std::vector<std::uint32_t> unit_of;
    for (const std::uint32_t element : coded_.element) unit_of.push_back(cut_.units.unit_of[element]);
    // A table and its assignments cost a dozen bytes: with fewer symbols than these there is nothing to gain.
    for (std::uint32_t tables = 2; tables <= kLargestTables && symbols.size() > 256 * tables; tables *= 2) {
      const std::vector<std::uint8_t> table =
          cluster_units(symbols, unit_of, cut_.units.count, alphabet, tables);
      const EncodedStream stream =
          coder_->encode({alphabet, tables}, symbols, [&](std::size_t i) { return table[unit_of[i]]; });
      std::vector<std::uint8_t> choice = {static_cast<std::uint8_t>(tables)};
      const std::vector<std::uint8_t> assignment =
          coder_->encode({tables, 1}, std::vector<std::uint16_t>(table.begin(), table.end()), {}).bytes;
      choice.insert(choice.end(), assignment.begin(), assignment.end());
      if (choice.size() + stream.bytes.size() >= best_choice.size() + best.bytes.size()) return;
      best = stream;
      best_choice = choice;
    }
  }

  const PayloadHead head_;
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
  if (!code.quantized || !code.zero_level.empty()) return false;
  for (std::size_t i = 0; i < code.levels.size(); ++i) {
    const bool dead =
        code.step_code[cut.step_units.unit_of[i]] == 0 || (mask && code.alive[cut.units.unit_of[i]] == 0);
    if (!dead && std::abs(code.levels[i]) != 1) return false;
  }
  return true;
}

// Sums, squares and rounded-up steps of values up to here stay far from infinity.
constexpr float kLargestMagnitude = 0x1p+120F;

void check_lossy_input(std::span<const float> weights, const LayerEvidence& evidence) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    require<DataError>(std::fabs(weights[i]) <= kLargestMagnitude,
                       "element {} is {}; where a scheme is lossy, magnitudes up to {} are allowed", i,
                       weights[i], kLargestMagnitude);
  }
  ensure(evidence.importance.empty() || evidence.importance.size() == weights.size(),
         "importance of {} weights for {}", evidence.importance.size(), weights.size());
  for (std::size_t i = 0; i < evidence.importance.size(); ++i) {
    const float importance = evidence.importance[i];
    require<DataError>(importance >= 0 && importance <= kLargestMagnitude,
                       "importance of element {} is {}; allowed 0..{}", i, importance, kLargestMagnitude);
  }
}

}  // namespace

LayerUnits cut_layer(const Candidate& candidate, MatrixShape shape) {
  const auto granularity = Registry<Granularity>::create(candidate.granularity);
  return {granularity->units(shape, candidate.parameters),
          granularity->step_units(shape, candidate.parameters)};
}

LayerCode transform_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence) {
  check_candidate(candidate, "candidate");
  const MatrixShape matrix = matrix_shape(shape);
  ensure(static_cast<std::int64_t>(weights.size()) == matrix.count(), "{} weights of a shape of {}",
         weights.size(), matrix.count());
  LayerCode code;
  code.shape = matrix;
  code.values.assign(weights.begin(), weights.end());
  if (candidate.has("prune") || candidate.has("quantize")) check_lossy_input(weights, evidence);
  const LayerUnits cut = cut_layer(candidate, matrix);
  for (const std::string& part : candidate.scheme) {
    if (!Registry<Transform>::contains(part)) continue;
    Registry<Transform>::create(part)->apply(code, cut, evidence, candidate.parameters);
  }
  return code;
}

EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence) {
  const LayerCode code = transform_layer(weights, shape, candidate, evidence);
  const LayerUnits cut = cut_layer(candidate, code.shape);
  PayloadHead head = head_of(candidate, code);
  head.binary = code.shape.count() > 0 && all_binary(code, cut, stores_mask(head));
  return PayloadWriter(head, candidate, code, cut).write();
}

}  // namespace adagrain
