// A payload taken apart, with no weight decoded: what describes units and groups is read, the coder's streams
// are found. decode_layer goes on from here; so does the accelerator, which fetches and decodes the parts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/coders/layer_coder.h"
#include "framework/compression/payload/layer_payload.h"

namespace adagrain {

// The bytes of each part, in the order of the payload; empty where the part is not there.
struct PayloadRanges {
  ByteRange head;          // two bytes and the granularity's parameters
  ByteRange largest_step;  // two bytes
  ByteRange step_codes;    // one for each step unit
  ByteRange zero_levels;   // one for each step unit that has a step
  ByteRange mask;          // one for each unit
  ByteRange grouping;      // scale codes, and the table of each group
  ByteRange coder;         // all that the coder wrote
};

class PayloadView {
 public:
  // Throws DataError on any payload that encode_layer cannot have written for this shape; memory is bounded
  // by the shape's size, which the caller has checked. Payload and shape must outlive the view.
  PayloadView(std::span<const std::uint8_t> payload, const Shape& shape);
  // Parts refer to each other.
  PayloadView(const PayloadView&) = delete;
  PayloadView& operator=(const PayloadView&) = delete;

  std::span<const std::uint8_t> payload() const { return payload_; }
  const Shape& shape() const { return shape_; }
  const PayloadHead& head() const { return head_; }
  const PayloadRanges& ranges() const { return ranges_; }
  const PayloadParts& parts() const { return parts_; }

  const std::string& granularity() const { return granularity_; }
  const Parameters& granularity_parameters() const { return granularity_parameters_; }
  // Shape, steps, zero levels and the mask of units that are alive; neither levels nor values. Steps:
  // step_code [step unit], 0 where all weights of the unit are zero.
  const LayerCode& code() const { return code_; }
  const LayerUnits& cut() const { return cut_; }
  const CodedWeights& coded() const { return coded_; }  // the weights that are in the streams
  std::uint32_t dead_units() const { return dead_units_; }

  // One table: no groups.
  const TableChoice& grouping() const { return grouping_; }
  const TableMap* tables() const { return tables_ ? &*tables_ : nullptr; }

  const std::string& coder_name() const { return coder_.name; }
  const LayerCoder& coder() const { return *coder_.coder; }
  const CodedStreams& streams() const { return streams_; }  // none where nothing is coded
  CodedLayout layout() const;
  // All zeros where nothing is coded.
  DecoderNeeds needs() const;

 private:
  void read_granularity(ByteReader& reader);
  void read_steps(ByteReader& reader);
  void read_mask(ByteReader& reader);
  void read_tables(ByteReader& reader);
  void read_streams(ByteReader& reader);
  std::vector<std::uint8_t> read_numbers(ByteReader& reader, std::uint32_t alphabet, std::size_t count) const;

  std::span<const std::uint8_t> payload_;
  const Shape& shape_;
  PayloadHead head_;
  PayloadRanges ranges_;
  PayloadParts parts_;
  std::string granularity_;
  Parameters granularity_parameters_;
  LayerCode code_;
  LayerUnits cut_;
  CodedWeights coded_;
  std::uint32_t dead_units_ = 0;
  TableChoice grouping_;
  std::optional<TableMap> tables_;
  NamedCoder coder_;
  CodedStreams streams_;
};

}  // namespace adagrain
