#include "framework/terminal/terminal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

namespace adagrain {
namespace {

TEST(Terminal, APipeIsAsWideAsItGets) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(terminal_columns(ends[1]), std::numeric_limits<std::size_t>::max());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace adagrain
