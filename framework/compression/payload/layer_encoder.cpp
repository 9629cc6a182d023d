#include "framework/compression/payload/layer_encoder.h"

#include "framework/compression/coders/metadata_stream.h"
#include "framework/compression/grouping/stored_grouping.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

void append_granularity(Bytes& out, const Candidate& candidate) {
  for (const ParameterSpec& spec : Registry<Granularity>::create(candidate.granularity)->parameters()) {
    ensure(spec.integer && spec.minimum >= 0, "granularity {}: a payload has no room for {}",
           candidate.granularity, spec.name);
    append_varint(out, static_cast<std::uint64_t>(parameter(candidate.parameters, spec)));
  }
}

void append_steps(Bytes& out, const LayerCode& code, const LayerUnits& cut, bool coded) {
  const bool single = cut.step_units.count == 1;
  append_little_endian(out,
                       single && code.step_code[0] == 0 ? std::uint16_t{0} : stored_step(code.largest_step));
  if (!single) append_metadata(out, 256, code.step_code, coded);
  if (code.zero_level.empty()) return;
  std::vector<std::uint8_t> zero_levels;
  for (std::size_t unit = 0; unit < code.step_code.size(); ++unit) {
    if (code.step_code[unit] != 0) zero_levels.push_back(code.zero_level[unit]);
  }
  append_metadata(out, 256, zero_levels, coded);
}

PayloadHead head_of(const Candidate& candidate, const LayerCode& code, bool mask) {
  PayloadHead head;
  head.granularity = Registry<Granularity>::create(candidate.granularity)->id();
  if (code.quantized)
    head.values = code.zero_level.empty() ? StoredValues::levels : StoredValues::asymmetric_levels;
  if (code.pruned) head.pruning = mask ? StoredPruning::mask : StoredPruning::within;
  return head;
}

}  // namespace

EncodedLayer encode_layer(const LayerCode& code, const Shape& shape, const Candidate& candidate,
                          int threads) {
  const CodingRequest request = coding_request(candidate);
  const LayerUnits cut = cut_layer(candidate, code.shape);
  const bool coded_metadata = !request.raw_alone(), mask = stores_mask(code, cut, request.raw_alone());
  PayloadHead head = head_of(candidate, code, mask);

  Bytes side;  // what follows the head
  append_granularity(side, candidate);
  ChosenCoding chosen;
  CodedWeights coded;
  if (code.shape.count() > 0) {
    if (code.quantized) append_steps(side, code, cut, coded_metadata);
    if (mask) append_metadata(side, 2, code.alive, coded_metadata);
    coded = coded_weights(code, cut, request.raw_alone());
  }
  if (coded.count > 0) {
    chosen = choose_coder(layer_values(shape, code, cut, coded), request, threads);
  } else {
    const NamedCoder idle = idle_coder(request);
    chosen.choice.taken = idle.name;
    chosen.id = idle.coder->id();
  }
  ensure((chosen.id == kRawCoderId) == request.raw_alone(), "coder {} for a request of {}", chosen.id,
         request.raw_alone() ? "raw alone" : "any but raw");
  head.coder = chosen.id;
  head.grouped = chosen.encoded.grouping.tables > 1;
  const Bytes grouping = head.grouped ? grouping_bytes(chosen.encoded.grouping) : Bytes();

  EncodedLayer encoded;
  encoded.payload.reserve(2 + side.size() + grouping.size() + chosen.encoded.size());
  append_head(encoded.payload, head);
  for (const Bytes* part :
       std::initializer_list<const Bytes*>{&side, &grouping, &chosen.encoded.front, &chosen.encoded.bytes})
    encoded.payload.insert(encoded.payload.end(), part->begin(), part->end());
  encoded.parts.table_bytes = grouping.size() + chosen.encoded.table_bytes;
  encoded.parts.data_bytes = chosen.encoded.size() - chosen.encoded.table_bytes;
  encoded.parts.side_bytes = encoded.payload.size() - encoded.parts.table_bytes - encoded.parts.data_bytes;
  encoded.choice = std::move(chosen.choice);
  return encoded;
}

EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence, int threads) {
  return encode_layer(transform_layer(weights, shape, candidate, evidence), shape, candidate, threads);
}

}  // namespace adagrain
