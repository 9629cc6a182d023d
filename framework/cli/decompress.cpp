// adagrain decompress: a .grain file back into a safetensors checkpoint.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/checkpoint_file.h"
#include "framework/core/files.h"
#include "framework/core/parallel.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/progress.h"

namespace adagrain {
namespace {

class DecompressCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "compressed file (.grain)")->required();
    app.add_option("output", output_, "file to write (.safetensors)")->required();
    app.add_flag("--salvage", salvage_, "write the tensors that are sound, leave damaged ones out");
    app.add_flag("--force", force_, "overwrite the output");
  }

  void run(const GlobalOptions& global) override {
    refuse_existing(output_, force_);
    refuse_same_file(input_, output_);
    const GrainReader reader = GrainReader::open(input_);
    const InterruptDeadline deadline("no file was written");
    Progress progress("decompressing", static_cast<std::int64_t>(decoded_bytes(reader)), "bytes");
    const std::vector<std::string> lost = decompress_file(
        reader, salvage_, output_, {resolve_threads(global.threads), [&](std::uint64_t bytes) {
                                      progress.advance(static_cast<std::int64_t>(bytes));
                                    }});
    progress.finish();
    fmt::print("{}: {} tensors\n", output_.string(), reader.entries().size() - lost.size());
    require<DataError>(lost.empty(), "{}: damaged and left out: {}", input_.string(), fmt::join(lost, ", "));
  }

 private:
  std::filesystem::path input_, output_;
  bool salvage_ = false;
  bool force_ = false;
};

const bool registered =
    Registry<Command>::add("decompress", "Decode a .grain file into a safetensors checkpoint",
                           [] { return std::make_unique<DecompressCommand>(); });

}  // namespace
}  // namespace adagrain
