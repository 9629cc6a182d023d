// adagrain hardware pe: one zero-skipping processing element executes the masks of a pointwise layer.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/cli/hardware_command.h"
#include "framework/hardware/compatibility/sparse_element.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kLargestSize = 1 << 20;

class ElementCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--iacts", inputs_, "mask of the inputs: a character 0 or 1 a value, channels fastest")
        ->required();
    app.add_option("--weights", weights_, "mask of the weights, channels fastest")->required();
    const auto size = [&](const char* name, std::uint64_t& value, const char* what) {
      app.add_option(name, value, what)->required()->check(CLI::Range(std::uint64_t{1}, kLargestSize));
    };
    size("--channels", channels_, "input channels");
    size("--filters", filters_, "output channels");
    size("--height", height_, "of the output");
    size("--width", width_, "of the output");
    app.add_flag("--json", json_, "an object instead of a number");
  }

  void run() override {
    const auto inputs = read_mask(inputs_);
    const auto weights = read_mask(weights_);
    require<ConfigError>(inputs.size() == channels_ * height_ * width_,
                         "{} holds {} values; {} channels of {} x {} are {}", inputs_.string(), inputs.size(),
                         channels_, height_, width_, channels_ * height_ * width_);
    require<ConfigError>(weights.size() == channels_ * filters_,
                         "{} holds {} values; {} filters of {} channels are {}", weights_.string(),
                         weights.size(), filters_, channels_, channels_ * filters_);
    const std::uint64_t cycles = sparse_element_cycles(inputs, weights, channels_);
    if (json_) {
      fmt::print("{}\n", nlohmann::ordered_json{{"cycles", cycles}}.dump());
    } else {
      fmt::print("{}\n", cycles);
    }
  }

 private:
  std::filesystem::path inputs_, weights_;
  std::uint64_t channels_ = 0, filters_ = 0, height_ = 0, width_ = 0;
  bool json_ = false;
};

const bool registered = Registry<HardwareSubcommand>::add(
    "pe", "Cycles of one zero-skipping element of Eyeriss v2 on given masks",
    [] { return std::make_unique<ElementCommand>(); });

}  // namespace
}  // namespace adagrain
