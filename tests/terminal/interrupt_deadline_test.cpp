#include "framework/terminal/interrupt_deadline.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "framework/core/interrupt.h"

namespace adagrain {
namespace {

using namespace std::chrono_literals;

// Processes of their own: the flag stays set for good.
TEST(InterruptDeadline, EndsAProcessThatGoesOnAfterAnInterrupt) {
  const auto long_work = [] {
    install_interrupt_handlers();
    const InterruptDeadline deadline("nothing was written", 20ms);
    std::raise(SIGINT);
    std::this_thread::sleep_for(60s);
  };
  EXPECT_EXIT(long_work(), testing::ExitedWithCode(130), "adagrain: interrupted; nothing was written");
}

TEST(InterruptDeadline, LeavesAloneWhoStopsInTimeOrIsNotInterrupted) {
  const auto stops = [] {
    install_interrupt_handlers();
    { const InterruptDeadline over("nothing was written", 20ms); }
    {
      const InterruptDeadline deadline("nothing was written", 30s);
      std::raise(SIGINT);
      EXPECT_THROW(stop_if_interrupted("all"), std::exception);
    }
    std::_Exit(testing::Test::HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(stops(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace adagrain
