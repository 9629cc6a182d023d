#include "framework/core/child_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "framework/core/error.h"
#include "framework/core/interrupt.h"

extern char** environ;

namespace adagrain {

namespace {

constexpr const char* kParent = "ADAGRAIN_PARENT";  // in a child's environment

struct Child {
  std::size_t index = 0;
  pid_t pid = -1;
  int output = -1;
  std::string partial;  // the last line, until its end arrives
};

Child start(std::size_t index, const std::vector<std::string>& command) {
  std::array<int, 2> pipe_ends = {};
  const int refused = ::pipe2(pipe_ends.data(), O_CLOEXEC) == 0 ? 0 : errno;
  ensure(refused == 0, "cannot make a pipe: {}", std::strerror(refused));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Child child;
  child.index = index;
  const int failure = ::posix_spawnp(&child.pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  if (failure != 0) ::close(pipe_ends[0]);
  ensure(failure == 0, "cannot start {}: {}", command[0], std::strerror(failure));
  child.output = pipe_ends[0];
  return child;
}

// False when the child has closed its output.
bool read_lines(Child& child, const std::function<void(std::size_t, const std::string&)>& on_line) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(child.output, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  child.partial.append(buffer.data(), static_cast<std::size_t>(got));
  for (std::size_t end = child.partial.find('\n'); end != std::string::npos; end = child.partial.find('\n')) {
    on_line(child.index, child.partial.substr(0, end));
    child.partial.erase(0, end + 1);
  }
  return true;
}

int wait_for(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(child.output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

void end_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before the line above.
  const char* parent = std::getenv(kParent);
  if (parent != nullptr && std::to_string(::getppid()) != parent) ::raise(SIGKILL);
}

std::vector<ChildResult> run_children(const std::vector<std::vector<std::string>>& commands, int at_once,
                                      const std::function<void(std::size_t, const std::string&)>& on_line) {
  std::vector<ChildResult> results(commands.size());
  ::setenv(kParent, std::to_string(::getpid()).c_str(), 1);
  std::vector<Child> running;
  std::size_t next = 0;
  bool told_to_stop = false;
  while (!running.empty() || (next < commands.size() && !interrupted())) {
    while (next < commands.size() && running.size() < static_cast<std::size_t>(at_once) && !interrupted()) {
      running.push_back(start(next, commands[next]));
      ++next;
    }
    if (interrupted() && !told_to_stop) {
      for (const Child& child : running) ::kill(child.pid, SIGTERM);
      told_to_stop = true;
    }
    std::vector<pollfd> watched;
    for (const Child& child : running) watched.push_back({child.output, POLLIN, 0});
    // The time-out lets an interrupt through that arrived between the check above and here.
    if (::poll(watched.data(), watched.size(), 500) <= 0) continue;
    for (std::size_t i = watched.size(); i-- > 0;) {
      if (watched[i].revents == 0 || read_lines(running[i], on_line)) continue;
      results[running[i].index].exit_code = wait_for(running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  // What never started was interrupted too.
  for (std::size_t index = next; index < commands.size(); ++index) results[index].exit_code = 128 + SIGINT;
  return results;
}

}  // namespace adagrain
