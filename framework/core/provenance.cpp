#include "framework/core/provenance.h"

#include <fmt/format.h>

#include <fstream>
#include <thread>

namespace adagrain {

std::string version_description() {
  return fmt::format("adagrain {}, gcc {}", ADAGRAIN_VERSION, __VERSION__);
}

std::string machine_description() {
  std::ifstream processors("/proc/cpuinfo");
  std::string model = "unknown processor";
  for (std::string line; std::getline(processors, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    model = line.substr(colon + 2);
    break;
  }
  return fmt::format("{}, {} threads", model, std::thread::hardware_concurrency());
}

}  // namespace adagrain
