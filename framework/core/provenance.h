// Where a result comes from: written beside every number that is kept.
#pragma once

#include <string>
#include <vector>

namespace adagrain {

struct Provenance {
  std::string version;         // "0.1.0"
  std::string commit;          // of the sources, twelve digits; "unknown" where git could not tell
  bool modified = false;       // the sources differed from that commit when they were compiled
  std::string compiler;        // "gcc 12.2.0"
  std::string libtorch, blas;  // "1.13.1", "OpenBLAS 0.3.21, kernels Haswell"; empty where not loaded
  std::string command;         // of this process, quoted for a shell
  std::string machine;         // "AMD EPYC, 2 threads"
};

// Of this process.
Provenance provenance();

// Told once by the part that loads them, before any provenance is asked for; core knows neither.
void name_libraries(std::string libtorch, std::string blas);

// "adagrain 0.1.0, gcc 12.2.0"
std::string version_description();

// "AMD EPYC, 2 threads"
std::string machine_description();

// The words as one line that a POSIX shell takes apart again.
std::string quote_command(const std::vector<std::string>& words);

}  // namespace adagrain
