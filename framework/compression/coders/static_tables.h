// What stands before the code of an `ans` stream: its frequency tables.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/frequency_table.h"

namespace adagrain {

struct StaticTables {
  std::vector<std::optional<FrequencyTable>> tables;  // [table]; none: no symbol uses it
  std::size_t bytes = 0;                              // that describe them; the code follows
};

// Of a stream that holds symbols. Throws DataError on a description that the coder cannot have written.
StaticTables read_static_tables(std::span<const std::uint8_t> stream, const StreamShape& shape);

}  // namespace adagrain
