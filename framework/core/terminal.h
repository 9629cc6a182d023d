// What a terminal can show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adagrain {

// Columns of the terminal behind a file descriptor; the largest number where there is none or it does not
// say.
std::size_t terminal_columns(int descriptor);

// Columns that UTF-8 text takes, each character taken for one.
std::size_t display_width(std::string_view text);

// As much of its beginning as `columns` hold.
std::string_view leading_columns(std::string_view text, std::size_t columns);

// `text` with question marks for what drives a terminal, line feeds apart: it may come from a file.
std::string without_controls(std::string_view text);

// On standard output and out at once: where that is a pipe, somebody waits for it.
void print_line(const std::string& line);

}  // namespace adagrain
