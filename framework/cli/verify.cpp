// adagrain verify: every checksum and a full decode of .grain files.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "framework/cli/command.h"
#include "framework/container/inspection.h"
#include "framework/core/parallel.h"
#include "framework/terminal/interrupt_deadline.h"

namespace adagrain {
namespace {

class VerifyCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", inputs_, "compressed files (.grain)")->required();
  }

  void run(const GlobalOptions& global) override {
    const InterruptDeadline deadline("the files not named above were not checked");
    std::size_t unsound = 0;
    for (const std::filesystem::path& input : inputs_) {
      const std::string verdict = verdict_on(input, resolve_threads(global.threads));
      fmt::print("{}", verdict.empty() ? fmt::format("{}: sound\n", input.string()) : verdict);
      unsound += verdict.empty() ? 0 : 1;
    }
    std::fflush(stdout);  // the verdicts before the sum of them
    require<DataError>(unsound == 0, "verify: {} of {} files not sound", unsound, inputs_.size());
  }

 private:
  // Empty when sound. A file that cannot even be opened must not hide what is wrong with the next.
  static std::string verdict_on(const std::filesystem::path& input, int threads) {
    try {
      return describe_damage(inspect_grain(GrainReader::open(input), input.string(), {.threads = threads}));
    } catch (const DataError& error) {
      return fmt::format("{}\n", error.what());
    }
  }

  std::vector<std::filesystem::path> inputs_;
};

const bool registered =
    Registry<Command>::add("verify", "Check every checksum of .grain files and decode them fully",
                           [] { return std::make_unique<VerifyCommand>(); });

}  // namespace
}  // namespace adagrain
