#include "framework/core/interrupt.h"

#include <csignal>

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

}  // namespace adagrain
