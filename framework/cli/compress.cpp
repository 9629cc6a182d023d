// adagrain compress: a safetensors checkpoint into a .grain file.
#include <fmt/format.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/grain_file.h"
#include "framework/container/safetensors.h"
#include "framework/container/uniform_plan.h"
#include "framework/core/files.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

class CompressCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "checkpoint (.safetensors)")->required();
    app.add_option("output", output_, "file to write (.grain)")->required();
    auto* plan = app.add_option("--plan", plan_file_, "plan (JSON): a candidate for each weight tensor");
    app.add_option("--candidate", candidate_,
                   "one candidate for every tensor of two or more dimensions, for example "
                   "\"feature_map/quantize+ans bits=5\"")
        ->excludes(plan);
    app.add_option(
        "--small-tensors", small_tensors_,
        "how all other tensors are stored: float32, float16 or quantized (default: float16, or what the "
        "plan says)");
    app.add_flag("--store-plan", options_.store_plan, "keep the plan in the file");
    app.add_option("--provenance", options_.provenance, "free text to keep in the file");
    app.add_flag("--force", force_, "overwrite the output");
  }

  void run(const GlobalOptions& global) override {
    require<ConfigError>(!plan_file_.empty() || !candidate_.empty(),
                         "compress: neither --plan nor --candidate given; one of them is needed");
    require<ConfigError>(force_ || !std::filesystem::exists(output_), "{}: exists; --force overwrites it",
                         output_.string());
    const Checkpoint checkpoint = read_safetensors(input_).tensors;
    const auto bytes =
        encode_grain(checkpoint, make_plan(checkpoint), {}, options_, resolve_threads(global.threads));
    write_file_atomically(output_, bytes);
    const std::uint64_t original = safetensors_bytes(checkpoint);
    fmt::print("{}: {} bytes, {:.2f}x smaller than float32 ({} bytes)\n", output_.string(), bytes.size(),
               static_cast<double>(original) / static_cast<double>(bytes.size()), original);
  }

 private:
  Plan make_plan(const Checkpoint& checkpoint) const {
    if (!candidate_.empty()) {
      const Candidate candidate = parse_candidate(candidate_);
      check_candidate(candidate, "--candidate");
      return uniform_plan(checkpoint, candidate,
                          parse_small_tensor_rule(small_tensors_.empty() ? "float16" : small_tensors_));
    }
    const auto text = read_file(plan_file_);
    Plan plan = parse_plan(std::string(text.begin(), text.end()), plan_file_.string());
    if (!small_tensors_.empty()) plan.small_tensors = parse_small_tensor_rule(small_tensors_);
    return plan;
  }

  std::filesystem::path input_, output_, plan_file_;
  std::string candidate_, small_tensors_;
  GrainOptions options_;
  bool force_ = false;
};

const bool registered =
    Registry<Command>::add("compress", "Compress a safetensors checkpoint into a .grain file",
                           [] { return std::make_unique<CompressCommand>(); });

}  // namespace
}  // namespace adagrain
