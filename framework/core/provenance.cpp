#include "framework/core/provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "framework/core/commit.h"

namespace adagrain {

namespace {

constexpr std::string_view kCompiler =
#if defined(__clang__)
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

struct Libraries {
  std::string libtorch, blas;
};

Libraries& libraries() {
  static Libraries named;
  return named;
}

std::vector<std::string> process_arguments() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./=:,+%@").find(c) != std::string_view::npos;
}

}  // namespace

Provenance provenance() {
  return {ADAGRAIN_VERSION,
          std::string(source_commit().name),
          source_commit().modified,
          std::string(kCompiler),
          libraries().libtorch,
          libraries().blas,
          quote_command(process_arguments()),
          machine_description()};
}

void name_libraries(std::string libtorch, std::string blas) {
  libraries() = {std::move(libtorch), std::move(blas)};
}

std::string version_description() {
  return fmt::format("adagrain {}, {}", ADAGRAIN_VERSION, kCompiler);
}

std::string machine_description() {
  std::ifstream processors("/proc/cpuinfo");
  std::string model = "unknown CPU";
  for (std::string line; std::getline(processors, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    model = line.substr(colon + 2);
    break;
  }
  return fmt::format("{}, {} threads", model, std::thread::hardware_concurrency());
}

std::string quote_command(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace adagrain
