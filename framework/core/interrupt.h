// Ctrl-C and SIGTERM set a flag that long work asks for at points where stopping loses nothing. A second
// Ctrl-C ends the process at once.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace adagrain {

void install_interrupt_handlers();
bool interrupted();
// Throws Interrupted with "interrupted; <what was kept>" when the flag is set.
void stop_if_interrupted(std::string_view kept);

// While one lives, an interrupted process that has not stopped by itself within `grace` is ended, with exit
// code 130 and the words of stop_if_interrupted on standard error. For work whose steps may take long and
// whose only results are files that are put in place as a whole (AtomicFile), or rows of a ResultsFile.
class InterruptDeadline {
 public:
  explicit InterruptDeadline(std::string kept, std::chrono::milliseconds grace = std::chrono::seconds(1));
  InterruptDeadline(const InterruptDeadline&) = delete;
  InterruptDeadline& operator=(const InterruptDeadline&) = delete;

 private:
  std::jthread watch_;
};

}  // namespace adagrain
