// The exact size and bytes of every cell, in git: a changed number is explained in the commit or is a bug.
// ADAGRAIN_UPDATE_GOLDEN=1 rewrites the file.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

TEST(LayerGolden, EveryCellHasTheSameBytesAsEver) {
  const Shape shape = {24, 7, 3, 3};
  const std::vector<float> weights = sample_weights(shape);
  std::string table = "candidate,bytes,metadata,tables,data,crc32\n";
  for (const Candidate& candidate : every_cell()) {
    const EncodedLayer encoded = encode_layer(weights, shape, candidate, EqualImportance(weights.size()));
    table += fmt::format("{},{},{},{},{},{:08x}\n", to_string(candidate), encoded.payload.size(),
                         encoded.parts.side_bytes, encoded.parts.table_bytes, encoded.parts.data_bytes,
                         crc32(encoded.payload));
  }
  const auto file = std::filesystem::path(ADAGRAIN_TESTS_ROOT) / "golden" / "layer_payloads.csv";
  if (std::getenv("ADAGRAIN_UPDATE_GOLDEN") != nullptr) write_file_atomically(file, table);
  const std::vector<std::uint8_t> expected = read_file(file);
  EXPECT_EQ(table, std::string(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace adagrain
