#include "framework/core/terminal.h"

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

TEST(Terminal, CharactersCountNotBytes) {
  EXPECT_EQ(display_width("0.5 ± 0.1"), 9u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(Terminal, ABeginningNeverEndsWithinACharacter) {
  EXPECT_EQ(leading_columns("größer", 3), "grö");
  EXPECT_EQ(leading_columns("größer", 6), "größer");
  EXPECT_EQ(leading_columns("größer", 60), "größer");
  EXPECT_EQ(leading_columns("größer", 0), "");
}

TEST(Terminal, ControlCharactersAreNotPassedOn) {
  EXPECT_EQ(without_controls("two\nlines of größer"), "two\nlines of größer");
  EXPECT_EQ(without_controls("\x1B[2J\x7F\r"), "?[2J??");
  EXPECT_EQ(without_controls("\xC2\x9B"
                             "2J, \xC2\xB0"),
            "?2J, \xC2\xB0");
}

}  // namespace
}  // namespace adagrain
