// adagrain decompress: a .grain file back into a safetensors checkpoint.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/report.h"
#include "framework/container/safetensors.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

class DecompressCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "compressed file (.grain)")->required();
    app.add_option("output", output_, "file to write (.safetensors, float32)")->required();
    app.add_flag("--salvage", salvage_, "write the tensors that are sound, leave damaged ones out");
    app.add_flag("--force", force_, "overwrite the output");
  }

  void run(const GlobalOptions& global) override {
    require<ConfigError>(force_ || !std::filesystem::exists(output_), "{}: exists; --force overwrites it",
                         output_.string());
    const int threads = resolve_threads(global.threads);
    const GrainReader reader = GrainReader::open(input_);
    std::vector<std::string> lost;
    const Checkpoint tensors = salvage_ ? salvage_all(reader, lost, threads) : reader.decode_all(threads);
    write_safetensors(output_, tensors, metadata_of(reader));
    fmt::print("{}: {} tensors\n", output_.string(), tensors.size());
    require<DataError>(lost.empty(), "{}: damaged and left out: {}", input_.string(), fmt::join(lost, ", "));
  }

 private:
  static std::map<std::string, std::string> metadata_of(const GrainReader& reader) {
    std::map<std::string, std::string> metadata;
    if (!reader.provenance().empty()) metadata["provenance"] = reader.provenance();
    return metadata;
  }

  std::filesystem::path input_, output_;
  bool salvage_ = false;
  bool force_ = false;
};

const bool registered =
    Registry<Command>::add("decompress", "Decode a .grain file into a safetensors checkpoint",
                           [] { return std::make_unique<DecompressCommand>(); });

}  // namespace
}  // namespace adagrain
