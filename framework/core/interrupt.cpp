#include "framework/core/interrupt.h"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>

#include "framework/core/error.h"

namespace adagrain {

namespace {

volatile std::sig_atomic_t requested = 0;

void handle(int signal) {
  // A second Ctrl-C means it: restore the default action and deliver it. (A terminal's Ctrl-C reaches a child
  // together with its parent's SIGTERM, which asks for nothing more.)
  if (requested != 0 && signal == SIGINT) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  requested = 1;
}

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action = {};
  action.sa_handler = handle;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return requested != 0;
}

void stop_if_interrupted(std::string_view kept) {
  if (interrupted()) throw Interrupted(fmt::format("interrupted; {}", kept));
}

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
