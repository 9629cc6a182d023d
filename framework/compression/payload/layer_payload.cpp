#include "framework/compression/payload/layer_payload.h"

#include "framework/compression/coders/coding_parameters.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

void append_head(Bytes& out, const PayloadHead& head) {
  ensure(head.granularity <= kLargestGranularityId && head.coder <= kLargestCoderId,
         "granularity {} and coder {} have no room in a payload", head.granularity, head.coder);
  out.push_back(static_cast<std::uint8_t>(head.granularity | static_cast<int>(head.values) << 4 |
                                          static_cast<int>(head.pruning) << 6));
  out.push_back(static_cast<std::uint8_t>(head.coder | static_cast<int>(head.grouped) << 6));
}

PayloadHead read_head(ByteReader& reader) {
  const auto fields = reader.number<std::uint8_t>(), coding = reader.number<std::uint8_t>();
  const unsigned values = fields >> 4 & 3u, pruning = fields >> 6;
  require<DataError>(values <= 2 && pruning <= 2 && coding < 128,
                     "layer payload: head {:#04x} {:#04x} is unknown", fields, coding);
  return {static_cast<std::uint8_t>(fields & 15), static_cast<StoredValues>(values),
          static_cast<StoredPruning>(pruning), static_cast<std::uint8_t>(coding & 63), (coding & 64) != 0};
}

LayerUnits cut_layer(const std::string& granularity, const Parameters& parameters, MatrixShape shape) {
  require<DataError>(shape.count() <= kLargestLayer, "layer of {} weights; at most {} are allowed",
                     shape.count(), kLargestLayer);
  const auto made = Registry<Granularity>::create(granularity);
  return {made->units(shape, parameters), made->step_units(shape, parameters)};
}

LayerUnits cut_layer(const Candidate& candidate, MatrixShape shape) {
  return cut_layer(candidate.granularity, candidate.parameters, shape);
}

CodingRequest coding_request(const Candidate& candidate) {
  CodingRequest request;
  request.entropy = entropy_coded(candidate);
  if (!request.entropy) return request;
  request.speed = static_cast<int>(parameter(candidate.parameters, kAnsSpeed));
  const double coder = parameter(candidate.parameters, kCoder);
  if (coder > 0) request.coder = value_text(kCoder, coder);
  return request;
}

bool stores_mask(const LayerCode& code, const LayerUnits& cut, bool raw_alone) {
  if (code.alive.empty()) return false;
  const bool steps_say_it = cut.step_units.count == cut.units.count;
  return !code.quantized || (raw_alone && !steps_say_it);
}

CodedWeights coded_weights(const LayerCode& code, const LayerUnits& cut, bool raw_alone) {
  std::span<const std::uint8_t> alive;
  if (stores_mask(code, cut, raw_alone)) alive = code.alive;
  return collect_coded(cut, alive, code.step_code);
}

}  // namespace adagrain
