#include "framework/core/text.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

TEST(Text, CharactersCountNotBytes) {
  EXPECT_EQ(display_width("0.5 ± 0.1"), 9u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(Text, ABeginningNeverEndsWithinACharacter) {
  EXPECT_EQ(leading_columns("größer", 3), "grö");
  EXPECT_EQ(leading_columns("größer", 6), "größer");
  EXPECT_EQ(leading_columns("größer", 60), "größer");
  EXPECT_EQ(leading_columns("größer", 0), "");
}

TEST(Text, ControlCharactersAreNotPassedOn) {
  EXPECT_EQ(without_controls("two\nlines of größer"), "two\nlines of größer");
  EXPECT_EQ(without_controls("\x1B[2J\x7F\r"), "?[2J??");
  EXPECT_EQ(without_controls("\xC2\x9B"
                             "2J, \xC2\xB0"),
            "?2J, \xC2\xB0");
}

}  // namespace
}  // namespace adagrain
