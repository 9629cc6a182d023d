// A stored layer taken apart for the accelerator: what describes its units, and the streams of its weights,
// none of whose symbols is decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/grouping/table_map.h"
#include "framework/compression/payload/coded_weights.h"
#include "framework/core/tensor.h"

namespace adagrain {

// What decodes a stream.
enum class StreamKind : std::uint8_t { fixed_width, table, interleaved, adaptive };
std::string stream_kind_name(StreamKind kind);

// A part of the payload that describes units or groups.
enum class MetadataKind : std::uint8_t {
  largest_step,
  step_codes,
  zero_levels,
  mask,
  row_scales,
  column_scales,
  group_tables
};
std::string metadata_kind_name(MetadataKind kind);

struct MetadataField {
  MetadataKind kind = MetadataKind::largest_step;
  std::span<const std::uint8_t> bytes;  // without the length before it
  std::uint64_t symbols = 0;            // 0 for the largest step
  std::uint32_t alphabet = 0;           // symbols are below
  bool coded = false;                   // by static tables; else of fixed width
  // Bits that a symbol takes in the metadata memory.
  std::uint32_t width() const;
};

struct WeightStream {
  StreamKind kind = StreamKind::fixed_width;
  std::span<const std::uint8_t> bytes;
  std::uint64_t symbols = 0;
  std::uint32_t alphabet = 0;
  int plane = -1;         // of float32 numbers 0..3; -1: levels
  int table = -1;         // whose symbols these are alone; -1: of all coded weights, in their order
  bool backward = false;  // the last symbol comes first
};

struct StoredLayer {
  Shape shape;
  MatrixShape matrix;
  std::string granularity, coder;  // names in their registries
  bool quantized = false, masked = false;
  LayerUnits cut;
  LayerCode code;                       // steps, zero levels and mask alone
  CodedWeights coded;                   // which weights are
  std::vector<MetadataField> metadata;  // in the order of their bytes
  // Which table codes which weight, where there are several.
  std::uint32_t tables = 1;
  Grouping grouping = Grouping::units;
  WeightGroups groups;
  std::vector<std::uint8_t> table_of_group;
  // A level is lowest + stride * symbol.
  std::int32_t lowest = 0, stride = 1;
  std::vector<WeightStream> streams;  // in the order of their bytes
  std::uint64_t payload_bytes = 0;
  std::uint64_t metadata_bytes = 0;  // all that is not coded weights, tables included

  std::uint64_t weights() const { return static_cast<std::uint64_t>(matrix.count()); }
  // Outside the streams, which begin with tables.
  std::uint64_t side_bytes() const;
  bool backward() const { return !streams.empty() && streams.front().backward; }
};

// `payload` must outlive what is returned. Throws DataError as decode_layer does, but for damage inside the
// streams of weights.
StoredLayer read_stored_layer(std::span<const std::uint8_t> payload, const Shape& shape);

}  // namespace adagrain
