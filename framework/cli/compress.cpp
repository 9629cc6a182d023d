// adagrain compress: a safetensors checkpoint into a .grain file, either larger than memory if need be.
#include <fmt/format.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/checkpoint_file.h"
#include "framework/container/uniform_plan.h"
#include "framework/core/files.h"
#include "framework/core/parallel.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/progress.h"

namespace adagrain {
namespace {

class CompressCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "checkpoint (.safetensors)")->required();
    app.add_option("output", output_, "file to write (.grain)")->required();
    auto* plan = app.add_option("--plan", plan_file_,
                                "plan (JSON): a candidate for each weight tensor; those it leaves out are "
                                "stored by the rule for small ones");
    app.add_option("--candidate", candidate_,
                   "one candidate for every floating tensor of two or more dimensions whose name ends in "
                   "\"weight\", for example "
                   "\"feature_map/quantize+ans bits=5 speed=1\" (speed 0: smallest, 1 and 2: decodes fast); "
                   "without it and --plan every bit is kept")
        ->check([](const std::string& text) { return text.empty() ? "is empty" : ""; })
        ->excludes(plan);
    app.add_option("--small-tensors", small_tensors_,
                   "how all other tensors of F32, BF16 and F16 are stored: float32, float16 or quantized "
                   "(default: float16, or what the plan says)");
    app.add_flag("--store-plan", options_.store_plan, "keep the plan in the file");
    app.add_option("--provenance", options_.provenance,
                   "free text to keep in the file, beside the input's metadata");
    app.add_flag("--no-metadata", no_metadata_,
                 "leave the input's metadata (__metadata__) out; they are most of a small file's frame");
    app.add_flag("--force", force_, "overwrite the output");
    app.footer(
        "A candidate is granularity/scheme and parameters: block/prune+quantize+ans bits=5 sparsity=0.6\n" +
        parameter_help() +
        "A tensor with a candidate must fit in memory, for each thread, with what encoding takes: three to "
        "five times its size as float32, six where single weights are pruned, and at speed 0 up to nine "
        "where it has no more than 4 million weights. Tensors kept bit for bit need not.");
  }

  void run(const GlobalOptions& global) override {
    refuse_existing(output_, force_);
    refuse_same_file(input_, output_);
    if (!plan_file_.empty()) refuse_same_file(plan_file_, output_);
    options_.keep_metadata = !no_metadata_;
    const SafetensorsReader input(ByteSource::open(input_));
    const std::uint64_t original = safetensors_bytes(input.entries());
    const InterruptDeadline deadline("no file was written");
    Progress progress("compressing", static_cast<std::int64_t>(original), "bytes");
    compress_file(input, make_plan(input), options_, output_,
                  {resolve_threads(global.threads),
                   [&](std::uint64_t bytes) { progress.advance(static_cast<std::int64_t>(bytes)); }});
    progress.finish();
    const std::uint64_t compressed = std::filesystem::file_size(output_);
    fmt::print("{}: {} bytes, {:.2f}x smaller than its tensors as safetensors ({} bytes)\n", output_.string(),
               compressed, static_cast<double>(original) / static_cast<double>(compressed), original);
  }

 private:
  std::optional<Plan> make_plan(const SafetensorsReader& input) const {
    if (!candidate_.empty()) {
      const Candidate candidate = parse_candidate(candidate_);
      check_candidate(candidate, "--candidate");
      return uniform_plan(input.entries(), candidate,
                          parse_small_tensor_rule(small_tensors_.empty() ? "float16" : small_tensors_));
    }
    if (plan_file_.empty()) {
      require<ConfigError>(
          small_tensors_.empty(),
          "compress: --small-tensors goes with --plan or --candidate; without them every bit is kept");
      return {};
    }
    Plan plan = read_plan(plan_file_);
    if (!small_tensors_.empty()) plan.small_tensors = parse_small_tensor_rule(small_tensors_);
    note_left_out(input, plan);
    return plan;
  }

  // A plan of another network with some names in common would store most weights uncoded.
  static void note_left_out(const SafetensorsReader& input, const Plan& plan) {
    std::size_t left_out = 0;
    for (const SafetensorsEntry& entry : input.entries())
      left_out += is_layer_weight(entry) && dtype_bits(entry.dtype) <= 32 && !plan.layers.contains(entry.name)
                      ? 1
                      : 0;
    if (left_out > 0)
      fmt::print(
          stderr,
          "adagrain: note: {} weight tensors are not in the plan and stored by the rule for small ones\n",
          left_out);
  }

  std::filesystem::path input_, output_, plan_file_;
  std::string candidate_, small_tensors_;
  GrainOptions options_;
  bool no_metadata_ = false, force_ = false;
};

const bool registered =
    Registry<Command>::add("compress", "Compress a safetensors checkpoint into a .grain file",
                           [] { return std::make_unique<CompressCommand>(); });

}  // namespace
}  // namespace adagrain
