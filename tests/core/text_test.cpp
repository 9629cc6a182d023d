#include "framework/core/text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

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

bool json_takes(const std::string& text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

// All pairs of bytes, followed by those that lie at the edges of what is allowed.
TEST(Text, Utf8IsWhatAJsonLibraryTakesForIt) {
  EXPECT_TRUE(is_utf8(""));
  const std::string edges("\x00\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xDF\xE0\xE1\xED\xEF\xF0\xF1\xF4\xF5\xFF",
                          20);
  for (int first = 0; first < 256; ++first) {
    std::string text(1, static_cast<char>(first));
    ASSERT_EQ(is_utf8(text), json_takes(text)) << first;
    for (int second = 0; second < 256; ++second) {
      text = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(text), json_takes(text)) << first << ' ' << second;
      for (const char third : edges) {
        text = {static_cast<char>(first), static_cast<char>(second), third};
        ASSERT_EQ(is_utf8(text), json_takes(text)) << first << ' ' << second << ' ' << int{third};
        text += '\xBF';
        ASSERT_EQ(is_utf8(text), json_takes(text)) << first << ' ' << second << ' ' << int{third} << " BF";
      }
    }
  }
}

}  // namespace
}  // namespace adagrain
