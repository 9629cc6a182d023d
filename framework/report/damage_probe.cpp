#include "framework/report/damage_probe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "framework/core/error.h"
#include "framework/core/interrupt.h"

namespace adagrain {

namespace {

// Of processor time: a busy machine is no damage.
constexpr rlim_t kPatienceSeconds = 60;
constexpr unsigned kLongestWaitSeconds = 1800;  // of the clock: a disk that never answers

[[noreturn]] void run_child(const std::function<void()>& read) {
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGXCPU, SIGALRM}) std::signal(number, SIG_DFL);
  for (const int number : {SIGTERM, SIGINT}) std::signal(number, SIG_IGN);  // the parent ends it
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  const rlimit patience = {kPatienceSeconds, kPatienceSeconds + 1};
  ::setrlimit(RLIMIT_CPU, &patience);
  ::alarm(kLongestWaitSeconds);
  try {
    read();
  } catch (const std::exception&) {
  }
  ::_exit(0);
}

}  // namespace

void probe_for_damage(const std::filesystem::path& file, const std::function<void()>& read) {
  const pid_t child = ::fork();
  // Neither is damage, which callers may take as leave to write the file anew.
  if (child < 0)
    throw std::system_error(errno, std::generic_category(), "a process that checks " + file.string());
  if (child == 0) run_child(read);
  int status = 0;
  pid_t ended = -1;
  while ((ended = ::waitpid(child, &status, 0)) < 0 && errno == EINTR)
    if (interrupted()) ::kill(child, SIGKILL);
  stop_if_interrupted("nothing was changed");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    throw std::runtime_error(fmt::format("{}: the process that checks it was killed", file.string()));
  require<DataError>(ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
                     "{}: is damaged so badly that HDF5 cannot read it", file.string());
}

}  // namespace adagrain
