// LibTorch's threads and devices. Torch-free, so that the command line need not parse LibTorch.
#pragma once

#include <string>

namespace adagrain {

// LibTorch starts with half of the cores and OpenBLAS with a pool of its own: both are told. Call once,
// first. Returns a warning worth showing (a reference BLAS is fifty times slower), empty when all is well.
std::string configure_torch(int threads);

// "auto", "cpu" or "cuda" -> "cpu" or "cuda". Throws ConfigError when cuda is asked for and absent.
std::string resolve_device(const std::string& asked);

// Single-precision matrix product, measured now: what a network's speed is compared with. Operations per
// second.
double measure_gemm_peak();

}  // namespace adagrain
