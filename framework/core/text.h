// UTF-8 text as a terminal shows it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adagrain {

// Columns that the text takes, each character taken for one.
std::size_t display_width(std::string_view text);

// As much of its beginning as `columns` hold.
std::string_view leading_columns(std::string_view text, std::size_t columns);

// `text` with question marks for what drives a terminal, line feeds apart: it may come from a file.
std::string without_controls(std::string_view text);

// Whether it is well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace adagrain
