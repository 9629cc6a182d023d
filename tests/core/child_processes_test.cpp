#include "framework/core/child_processes.h"

#include <gtest/gtest.h>

#include <csignal>
#include <map>

namespace adagrain {
namespace {

TEST(ChildProcesses, HandOnEveryLineAndExitCode) {
  std::map<std::size_t, std::string> lines;
  const auto results =
      run_children({{"sh", "-c", "echo a; echo b"}, {"sh", "-c", "printf 'x\\n'; exit 3"}, {"true"}}, 2,
                   [&](std::size_t index, const std::string& line) { lines[index] += line + "|"; });
  EXPECT_EQ(lines[0], "a|b|");
  EXPECT_EQ(lines[1], "x|");
  EXPECT_EQ(lines.count(2), 0u);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].exit_code, 0);
  EXPECT_EQ(results[1].exit_code, 3);
  EXPECT_EQ(results[2].exit_code, 0);
}

TEST(ChildProcesses, ReportTheSignalThatEndedOne) {
  const auto results = run_children({{"sh", "-c", "kill -9 $$"}}, 1, [](std::size_t, const std::string&) {});
  EXPECT_EQ(results[0].exit_code, 128 + SIGKILL);
}

TEST(ChildProcesses, RunNoMoreAtOnceThanAllowed) {
  int alive = 0, most = 0;
  const std::vector<std::string> command = {"sh", "-c", "echo start; sleep 0.05; echo end"};
  run_children({command, command, command, command}, 2, [&](std::size_t, const std::string& line) {
    alive += line == "start" ? 1 : -1;
    most = std::max(most, alive);
  });
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace adagrain
