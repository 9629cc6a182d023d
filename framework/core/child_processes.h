// Runs commands side by side, at most so many at a time, and hands on what they print.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace adagrain {

struct ChildResult {
  int exit_code = 0;  // 128 + signal number when a signal ended it
};

// For a child that nobody but its parent reads: it is killed when the parent is, however that ends. Call
// first.
void end_with_parent();

// Each command is a program and its arguments. A child's stderr is ours; each line of its stdout goes to
// `on_line(index of the command, line)`, called on the caller's thread. After an interrupt no further child
// starts, the running ones are sent SIGTERM and waited for. Throws InternalError when a process cannot be
// made.
std::vector<ChildResult> run_children(const std::vector<std::vector<std::string>>& commands, int at_once,
                                      const std::function<void(std::size_t, const std::string&)>& on_line);

}  // namespace adagrain
