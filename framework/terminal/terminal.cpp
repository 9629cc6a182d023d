#include "framework/terminal/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <limits>

namespace adagrain {

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : std::numeric_limits<std::size_t>::max();
}

void print_line(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_table(const TextTable& table) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const std::string text = terminal ? table.aligned(terminal_columns(STDOUT_FILENO)) : table.tab_separated();
  std::fputs(text.c_str(), stdout);
}

}  // namespace adagrain
