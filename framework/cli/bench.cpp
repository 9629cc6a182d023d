// adagrain bench ans: entropy coders side by side, ours and those of other libraries.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <filesystem>
#include <vector>

#include "framework/bench/coder_bench.h"
#include "framework/cli/command.h"
#include "framework/core/interrupt.h"
#include "framework/terminal/terminal.h"

namespace adagrain {
namespace {

class BenchCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("what", what_, "ans: entropy coders on bytes, whole passes with counting and tables")
        ->required()
        ->check(CLI::IsMember({"ans"}));
    app.add_option("--input", input_,
                   "measure on this file's bytes, or on the weights of a .safetensors, tensor by tensor: "
                   "quantised, in one stream too, and as floats; without it on generated sources");
    app.add_option("--symbol-bits", symbol_bits_,
                   "bits of a quantised weight, 2..8; default: once 8, once 5, and the floats");
    app.add_option("--symbols", symbols_, "symbols of a generated source; default 16 MiB")
        ->check(CLI::Range(1, 1 << 30));
    app.add_option("--repeats", repeats_, "the median of so many passes counts; default 7")
        ->check(CLI::Range(1, 1000));
    app.add_option("--seed", seed_, "of generated sources; default 1");
    app.add_flag("--json", json_,
                 "an object a line: source, coder, isa, threads, encode_mbps, decode_mbps (10^6 symbols a "
                 "second), bytes, entropy_bytes (Shannon's bound)");
    app.footer("--threads is 1 here unless given; coders that take no threads always run on one.");
  }

  void run(const GlobalOptions& global) override {
    reuse_memory();
    std::vector<CoderResult> results;
    for (const SymbolSource& source : sources()) {
      for (const ByteCoder& coder : measured_coders(source, global.threads == 0 ? 1 : global.threads)) {
        stop_if_interrupted("nothing is kept");
        results.push_back(measure_coder(coder, source, repeats_));
        if (json_) fmt::print("{}\n", to_json(results.back()));
      }
    }
    if (!json_) print_table(to_table(results));
    if (const auto absent = absent_peers(); !absent.empty())
      fmt::print(stderr, "adagrain: without the coders of {}: ./adagrain setup {} adds them\n",
                 fmt::join(absent, ", "), fmt::join(absent, " "));
  }

 private:
  // Streams of up to 32 MiB reuse the memory of those before, as in a process that codes many: the first
  // touch of a new page takes as long as coding it.
  static void reuse_memory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
  }

  std::vector<SymbolSource> sources() const {
    const bool weights = input_.extension() == ".safetensors";
    require<ConfigError>(weights || symbol_bits_ == 0 || symbol_bits_ == 8,
                         "--symbol-bits: is {}; the symbols of anything but a .safetensors are bytes, 8",
                         symbol_bits_);
    if (input_.empty()) {
      std::vector<SymbolSource> sources = generated_sources(static_cast<std::size_t>(symbols_), seed_);
      for (SymbolSource& floats : generated_floats(static_cast<std::size_t>(symbols_), seed_)) {
        sources.push_back(std::move(floats));
      }
      return sources;
    }
    if (!weights) return {file_source(input_)};
    std::vector<SymbolSource> sources;
    for (const int bits : symbol_bits_ != 0 ? std::vector{symbol_bits_} : std::vector{8, 5}) {
      sources.push_back(level_source(input_, bits));
      sources.push_back(in_one_stream(sources.back()));
    }
    if (symbol_bits_ == 0) sources.push_back(float_source(input_));
    return sources;
  }

  std::string what_;
  std::filesystem::path input_;
  int symbol_bits_ = 0, symbols_ = 1 << 24, repeats_ = 7;
  std::uint64_t seed_ = 1;
  bool json_ = false;
};

const bool registered = Registry<Command>::add("bench", "Measure entropy coders: speed, bytes beyond Shannon",
                                               [] { return std::make_unique<BenchCommand>(); });

}  // namespace
}  // namespace adagrain
