#include "framework/compression/coders/static_tables.h"

namespace adagrain {

StaticTables read_static_tables(std::span<const std::uint8_t> stream, const StreamShape& shape) {
  BitReader reader(stream);
  StaticTables read;
  for (std::uint32_t i = 0; i < shape.tables; ++i) {
    const bool used = shape.tables == 1 || reader.read(1) == 1;
    read.tables.push_back(used ? std::optional(read_table(reader, shape.alphabet)) : std::nullopt);
  }
  read.bytes = reader.finish();
  return read;
}

}  // namespace adagrain
