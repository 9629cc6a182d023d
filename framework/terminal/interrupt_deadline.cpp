#include "framework/terminal/interrupt_deadline.h"

#include <fmt/format.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "framework/core/interrupt.h"

namespace adagrain {

InterruptDeadline::InterruptDeadline(std::string kept, std::chrono::milliseconds grace)
    : watch_([kept = std::move(kept), grace](const std::stop_token& over) {
        std::mutex lock;
        std::condition_variable_any wake;
        const auto over_within = [&](std::chrono::milliseconds time) {
          std::unique_lock guard(lock);
          return wake.wait_for(guard, over, time, [] { return false; }) || over.stop_requested();
        };
        // A handler of signals cannot wake a thread: the flag is looked at now and then.
        while (!interrupted()) {
          if (over_within(std::chrono::milliseconds(50))) return;
        }
        if (over_within(grace)) return;
        fmt::print(stderr, "adagrain: interrupted; {}\n", kept);
        std::fflush(stderr);
        std::_Exit(130);
      }) {}

}  // namespace adagrain
