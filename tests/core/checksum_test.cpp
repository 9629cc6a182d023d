#include "framework/core/checksum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace adagrain {
namespace {

// The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
TEST(Crc32, MatchesThePublishedCheckValue) {
  const std::string text = "123456789";
  EXPECT_EQ(crc32(std::vector<std::uint8_t>(text.begin(), text.end())), 0xCBF43926u);
  EXPECT_EQ(crc32({}), 0u);
}

}  // namespace
}  // namespace adagrain
