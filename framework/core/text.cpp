#include "framework/core/text.h"

#include <algorithm>

namespace adagrain {

namespace {

bool begins_character(char byte) {
  return (byte & 0xC0) != 0x80;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view leading_columns(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && shown++ == columns) break;
  }
  return text.substr(0, end);
}

std::string without_controls(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080..U+009F are C2 80..C2 9F in UTF-8.
    const bool upper = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (upper) ++i;
    shown += upper || (byte < 0x20 && byte != '\n') || byte == 0x7F ? '?' : text[i];
  }
  return shown;
}

}  // namespace adagrain
