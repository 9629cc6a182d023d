#include "framework/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace adagrain {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int threads : {-1, 1, 2, 7}) {
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(visits.size(), threads, [&](std::size_t index) { ++visits[index]; });
    for (const auto& count : visits) ASSERT_EQ(count, 1) << threads << " threads";
  }
}

TEST(ParallelFor, NothingToDoCallsNothing) {
  parallel_for(0, 4, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, AnExceptionReachesTheCallerAfterAllThreadsStopped) {
  for (const int threads : {1, 4}) {
    std::atomic<int> running = 0;
    try {
      parallel_for(1000, threads, [&](std::size_t index) {
        ++running;
        if (index == 10) {
          --running;
          throw std::runtime_error("ten");
        }
        --running;
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "ten");
      EXPECT_EQ(running, 0);
    }
  }
}

TEST(ParallelFor, WorkEndsSoonAfterAFailure) {
  std::atomic<std::size_t> done = 0;
  EXPECT_THROW(parallel_for(1000000, 2,
                            [&](std::size_t) {
                              ++done;
                              throw std::runtime_error("at once");
                            }),
               std::runtime_error);
  EXPECT_LE(done, 2u);
}

TEST(ParallelFor, TheFirstFailureIsTheOneThatIsThrown) {
  std::atomic<bool> both_run = false, failed = false;
  try {
    parallel_for(2, 2, [&](std::size_t index) {
      if (index == 0) {
        while (!both_run) std::this_thread::yield();
        failed = true;
        throw std::runtime_error("first");
      }
      both_run = true;
      while (!failed) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      throw std::runtime_error("second");
    });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
}

class Threads : public testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    ::unsetenv("SLURM_CPUS_PER_TASK");
    ::unsetenv("OMP_NUM_THREADS");
  }
};

TEST_F(Threads, TheRequestComesFirstThenSlurmThenOpenMpThenTheMachine) {
  EXPECT_GE(resolve_threads(0), 1);
  ::setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(resolve_threads(0), 3);
  ::setenv("SLURM_CPUS_PER_TASK", "5", 1);
  EXPECT_EQ(resolve_threads(0), 5);
  EXPECT_EQ(resolve_threads(2), 2);
}

TEST_F(Threads, NonsenseInTheEnvironmentIsPassedOver) {
  ::setenv("SLURM_CPUS_PER_TASK", "many", 1);
  ::setenv("OMP_NUM_THREADS", "4", 1);
  EXPECT_EQ(resolve_threads(0), 4);
  ::setenv("OMP_NUM_THREADS", "-2", 1);
  EXPECT_GE(resolve_threads(0), 1);
}

}  // namespace
}  // namespace adagrain
