#include "framework/evaluation/torch_runtime.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

TEST(BlasCore, OnlyAnUnknownProcessorIsMended) {
  EXPECT_EQ(better_blas_core("Haswell"), "");
  EXPECT_EQ(better_blas_core("Zen"), "");
  const std::string instead = better_blas_core("Prescott");
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  EXPECT_EQ(instead.empty(), !avx2) << instead;
#else
  EXPECT_EQ(instead, "");
#endif
}

TEST(Device, AutoBecomesWhatIsThere) {
  EXPECT_EQ(resolve_device("cpu"), "cpu");
  EXPECT_NE(resolve_device("auto"), "auto");
}

}  // namespace
}  // namespace adagrain
