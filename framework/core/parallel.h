// Threads of our own, for the torch-free parts.
#pragma once

#include <cstddef>
#include <functional>

namespace adagrain {

// `requested` when positive, else SLURM_CPUS_PER_TASK, else OMP_NUM_THREADS, else the affinity mask's size.
int resolve_threads(int requested);

// Calls body(i) for every i in [0, count), work handed out one index at a time to `threads` threads. The
// first exception is rethrown after all threads have stopped. The result must not depend on the order.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& body);

}  // namespace adagrain
