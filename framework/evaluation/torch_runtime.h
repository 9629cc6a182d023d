// LibTorch's threads and devices. Torch-free, so that the command line need not parse LibTorch.
#pragma once

#include <string>
#include <string_view>

namespace adagrain {

// OpenBLAS (0.3.21) takes a processor younger than itself for a Prescott of 2004, whose matrix products run
// at a third of the speed. The kernels that suit this processor better than those of `core`, as
// OPENBLAS_CORETYPE names them; empty when OpenBLAS knew the processor.
std::string better_blas_core(std::string_view core);

// OpenBLAS chooses when it is loaded, so the program starts itself again where it chose badly. Call first in
// main; returns when there is nothing to mend, also where OPENBLAS_CORETYPE says what is wanted.
void restart_with_better_blas(char** argv);

// LibTorch starts with half of the cores and OpenBLAS with a pool of its own: both are told. Call once,
// first. Returns a warning worth showing (a reference BLAS is fifty times slower), empty when all is well.
std::string configure_torch(int threads);

// For the provenance of results: "1.13.0", as LibTorch's headers have it, and "OpenBLAS 0.3.21, kernels
// Haswell", "MKL" or "unknown".
std::string torch_description();
std::string blas_description();

// "auto", "cpu" or "cuda" -> "cpu" or "cuda". Throws ConfigError when cuda is asked for and absent.
std::string resolve_device(const std::string& asked);

// Single-precision matrix product, measured now: what a network's speed is compared with. Operations per
// second.
double measure_gemm_peak();

}  // namespace adagrain
