// The end of a process that was interrupted and does not stop by itself.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "framework/terminal/interrupt_deadline.h"

namespace adagrain {

// While one lives, an interrupted process that has not stopped by itself within `grace` is ended, with exit
// code 130 and the words of stop_if_interrupted on standard error. For work whose steps may take long and
// whose only results are files that are put in place as a whole (AtomicFile), or rows of a ResultsLog.
class InterruptDeadline {
 public:
  explicit InterruptDeadline(std::string kept, std::chrono::milliseconds grace = std::chrono::seconds(1));
  InterruptDeadline(const InterruptDeadline&) = delete;
  InterruptDeadline& operator=(const InterruptDeadline&) = delete;

 private:
  std::jthread watch_;
};

}  // namespace adagrain
