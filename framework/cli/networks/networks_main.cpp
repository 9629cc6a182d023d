// `adagrain-networks`: the commands that need LibTorch, started by `adagrain`.
#include <fmt/format.h>

#include <cstdio>

#include "framework/cli/program.h"
#include "framework/cli/version.h"
#include "framework/core/parallel.h"
#include "framework/evaluation/torch_runtime.h"

int main(int argc, char** argv) {
  using namespace adagrain;
  restart_with_better_blas(argv);
  name_libraries(torch_description(), blas_description());
  return run_program(argc, argv,
                     {.version = [] { return version_text(provenance()); },
                      .prepare =
                          [](const GlobalOptions& global) {
                            const std::string warning = configure_torch(resolve_threads(global.threads));
                            if (!warning.empty()) fmt::print(stderr, "adagrain: warning: {}\n", warning);
                          }});
}
