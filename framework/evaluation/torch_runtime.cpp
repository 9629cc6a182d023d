#include "framework/evaluation/torch_runtime.h"

#include <dlfcn.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "framework/core/error.h"

namespace adagrain {

std::string better_blas_core(std::string_view core) {
  if (core != "Prescott") return {};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return {};
}

void restart_with_better_blas(char** argv) {
  constexpr const char* variable = "OPENBLAS_CORETYPE";
  using CoreName = const char* (*)();
  const auto core_name = reinterpret_cast<CoreName>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (core_name == nullptr || std::getenv(variable) != nullptr) return;
  const std::string core = better_blas_core(core_name());
  if (core.empty() || ::setenv(variable, core.c_str(), 1) != 0) return;
  ::execv("/proc/self/exe", argv);  // comes back only when it fails: slow, but nothing else
}

std::string configure_torch(int threads) {
  at::set_num_threads(threads);
  at::set_num_interop_threads(1);
  using SetThreads = void (*)(int);
  const auto set_threads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set_threads == nullptr) {
    if (at::hasMKL()) return {};  // upstream LibTorch brings its own BLAS, which the first line has told
    return "BLAS is not OpenBLAS: matrix products may be fifty times slower; install libopenblas0-pthread";
  }
  set_threads(threads);
  return {};
}

std::string torch_description() {
  return TORCH_VERSION;
}

std::string blas_description() {
  using Text = const char* (*)();
  const auto config = reinterpret_cast<Text>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  const auto core = reinterpret_cast<Text>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (config == nullptr || core == nullptr) return at::hasMKL() ? "MKL" : "unknown";
  // "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64": name and version are its first words.
  std::istringstream words(config());
  std::string name, version;
  words >> name >> version;
  return fmt::format("{} {}, kernels {}", name, version, core());
}

std::string resolve_device(const std::string& asked) {
  const bool available = torch::cuda::is_available();
  require<ConfigError>(asked != "cuda" || available,
                       "device: is 'cuda', but LibTorch sees none; allowed: auto, cpu");
  return asked == "cuda" || (asked == "auto" && available) ? "cuda" : "cpu";
}

double measure_gemm_peak() {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kSize = 1536;
  const torch::NoGradGuard no_grad;
  const torch::Tensor a = torch::full({kSize, kSize}, 0.5f), b = torch::full({kSize, kSize}, 0.25f);
  torch::Tensor c = torch::mm(a, b);
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    const Clock::time_point start = Clock::now();
    torch::mm_out(c, a, b);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2.0 * kSize * kSize * kSize / seconds);
  }
  return best;
}

}  // namespace adagrain
