#include "framework/report/damage_probe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>

#include "framework/core/error.h"

namespace adagrain {

namespace {

// Of processor time: a busy machine is no damage.
constexpr rlim_t patience_seconds = 60;

[[noreturn]] void run_child(const std::function<void()>& read) {
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGXCPU, SIGTERM, SIGINT})
    std::signal(number, SIG_DFL);
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  const rlimit patience = {patience_seconds, patience_seconds};
  ::setrlimit(RLIMIT_CPU, &patience);
  try {
    read();
  } catch (const std::exception&) {
  }
  ::_exit(0);
}

}  // namespace

void probe_for_damage(const std::filesystem::path& file, const std::function<void()>& read) {
  const pid_t child = ::fork();
  require<DataError>(child >= 0, "{}: cannot start a process to check it", file.string());
  if (child == 0) run_child(read);
  int status = 0;
  pid_t ended = -1;
  do ended = ::waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  require<DataError>(ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
                     "{}: is damaged so badly that HDF5 cannot read it", file.string());
}

}  // namespace adagrain
