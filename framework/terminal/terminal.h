// Output for people and for whoever reads a pipe. The library leaves printing to this folder and to `cli`.
#pragma once

#include <cstddef>
#include <string>

#include "framework/core/text_table.h"
#include "framework/terminal/terminal.h"

namespace adagrain {

// Columns of the terminal behind a file descriptor; the largest number where there is none or it does not
// say.
std::size_t terminal_columns(int descriptor);

// On standard output and out at once: where that is a pipe, somebody waits for it.
void print_line(const std::string& line);

// On standard output: aligned on a terminal, tab-separated otherwise.
void print_table(const TextTable& table);

}  // namespace adagrain
