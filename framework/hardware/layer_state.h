// What the accelerator keeps of a layer while its program runs: the contents of the metadata memory and what
// follows from them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "framework/hardware/stored_layer.h"

namespace adagrain {

class LayerState {
 public:
  explicit LayerState(const Shape& shape) : tensor_(matrix_shape(shape)) {}

  // LAYER. Throws DataError where the matrix is not the tensor's.
  void begin(bool quantized, bool own_steps, bool zeros, bool mask, std::uint64_t rows,
             std::uint64_t columns);
  // GRP.
  void group(std::uint32_t use, std::uint32_t tables, std::uint32_t scales, std::uint32_t high,
             std::uint32_t wide);

  // LDM: the largest step, 2 bytes.
  void largest_step(std::span<const std::uint8_t> bytes);
  // What a field of so many bytes holds. Throws DataError where it may not come now.
  MetadataField field(MetadataKind kind, std::span<const std::uint8_t> bytes, bool coded);
  void fill(const MetadataField& field, std::span<const std::int32_t> symbols);

  MatrixShape matrix() const { return code_.shape; }
  const CodedWeights& coded();
  // Of a stream of one table; of all weights where `table` is negative.
  std::uint64_t symbols_of(int table);

  // Of elements begin .. end - 1:
  std::size_t coded_between(std::size_t begin, std::size_t end);
  std::vector<std::uint8_t> tables_between(std::size_t begin, std::size_t end);  // [coded]; empty: one table
  std::uint64_t metadata_bits(std::size_t begin, std::size_t end);               // read for them

  // Calls each(begin, end) for the runs of coded elements.
  template <typename Each>
  void for_each_coded(std::size_t begin, std::size_t end, const Each& each) {
    const auto& ranges = coded().ranges;
    for (auto range = first_range(begin); range != ranges.end() && range->begin < end; ++range)
      each(std::max<std::size_t>(range->begin, begin), std::min<std::size_t>(range->end, end));
  }
  // Calls each(count, step, zero level) for runs of coded weights that share a step, in order.
  template <typename Each>
  void for_each_step(std::size_t begin, std::size_t end, const Each& each) {
    for_each_coded(begin, end, [&](std::size_t first, std::size_t last) {
      for_each_unit_run(cut_.step_units, first, last,
                        [&](std::size_t from, std::size_t to, std::uint32_t unit) {
                          const std::int32_t zero = code_.zero_level.empty() ? 0 : code_.zero_level[unit];
                          each(to - from, steps_[unit], zero);
                        });
    });
  }

 private:
  std::vector<ElementRange>::const_iterator first_range(std::size_t begin);
  const TableMap& table_map();
  std::size_t coded_before(std::size_t element);

  MatrixShape tensor_;
  LayerUnits cut_;
  LayerCode code_;
  bool own_steps_ = false, zeros_ = false, mask_ = false;
  std::uint32_t tables_ = 1, scales_ = 0;
  std::optional<UnitMap> group_units_;
  ScaleCodes scale_codes_;
  WeightGroups groups_;
  std::vector<std::uint8_t> table_of_group_;
  std::vector<float> steps_;  // [step unit]
  // Once they are asked for.
  std::optional<CodedWeights> coded_;
  std::vector<std::size_t> range_ends_;  // coded weights up to the end of each range
  std::optional<TableMap> map_;
  std::vector<std::uint8_t> table_of_;  // [coded weight]
};

}  // namespace adagrain
