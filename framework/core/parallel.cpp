#include "framework/core/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace adagrain {

int resolve_threads(int requested) {
  if (requested > 0) return requested;
  for (const char* variable : {"SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS"}) {
    const char* text = std::getenv(variable);
    const int count = text != nullptr ? std::atoi(text) : 0;
    if (count > 0) return count;
  }
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) return std::max(1, CPU_COUNT(&mask));
  return std::max(1u, std::thread::hardware_concurrency());
}

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& body) {
  const std::size_t workers = std::min<std::size_t>(count, static_cast<std::size_t>(std::max(1, threads)));
  if (workers <= 1) {
    for (std::size_t index = 0; index < count; ++index) body(index);
    return;
  }
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto work = [&] {
    for (std::size_t index = next++; index < count; index = next++) {
      try {
        body(index);
      } catch (...) {
        const std::lock_guard guard(failure_lock);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> pool;
  pool.reserve(workers - 1);
  try {
    for (std::size_t worker = 1; worker < workers; ++worker) pool.emplace_back(work);
  } catch (const std::system_error&) {
    // No more threads are to be had: those there are do the work.
  }
  work();
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace adagrain
