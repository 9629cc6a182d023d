
#include "framework/terminal/progress.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

TEST(FormatDuration, ReadsNaturally) {
  EXPECT_EQ(format_duration(0), "0 s");
  EXPECT_EQ(format_duration(42.4), "42 s");
  EXPECT_EQ(format_duration(190), "3 min 10 s");
  EXPECT_EQ(format_duration(7500), "2 h 05 min");
}

TEST(FormatDuration, RoundsIntoTheNextUnit) {
  EXPECT_EQ(format_duration(59.6), "1 min 00 s");
  EXPECT_EQ(format_duration(3599.7), "1 h 00 min");
}

TEST(Progress, IsSilentWhenStderrIsNoTerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("training", 10, "images");
    progress.advance(5, "loss 0.3");
    progress.advance(5);
    progress.finish();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace adagrain
