// adagrain disassemble: the programs that run a .grain file's layers on an accelerator.
#include <fmt/format.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/grain_file.h"
#include "framework/hardware/instructions/compiler.h"
#include "framework/hardware/mapping.h"
#include "framework/hardware/stored_layer.h"
#include "framework/terminal/interrupt_deadline.h"

namespace adagrain {
namespace {

struct BitsPerWeight {
  std::uint64_t weights = 0, instruction_bits = 0, metadata_bits = 0, payload_bits = 0;

  void add(const BitsPerWeight& layer) {
    weights += layer.weights;
    instruction_bits += layer.instruction_bits;
    metadata_bits += layer.metadata_bits;
    payload_bits += layer.payload_bits;
  }
  // The same program either is made on chip from the metadata, or stands in DRAM beside them.
  std::string text() const {
    const auto each = [&](std::uint64_t bits) {
      return weights == 0 ? 0.0 : static_cast<double>(bits) / static_cast<double>(weights);
    };
    return fmt::format(
        "bits per weight: metadata {:.4f}, instructions {:.4f}; in DRAM {:.4f} where programs are made on "
        "chip, "
        "{:.4f} where they are stored",
        each(metadata_bits), each(instruction_bits), each(payload_bits),
        each(payload_bits + instruction_bits));
  }
};

class DisassembleCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "compressed file (.grain)")->required();
    app.add_option("--layer", layer_, "one tensor by its name; default: all layers");
    app.add_option("--hardware", hardware_, "accelerator whose tiles are used; default: edge_npu");
    app.footer(
        "A .grain file has no sizes of images: programs are those of one output pixel, in which the tiles of "
        "weights are the same.");
  }

  void run(const GlobalOptions&) override {
    const InterruptDeadline deadline("disassembling changes nothing");
    const GrainReader reader = GrainReader::open(input_);
    const Accelerator accelerator = load_accelerator(hardware_);
    BitsPerWeight total;
    std::size_t printed = 0;
    for (const GrainEntry& entry : reader.entries()) {
      if (!layer_.empty() && entry.name != layer_) continue;
      if (entry.encoding != TensorEncoding::layer || reader.typed_head(entry)) {
        require<ConfigError>(layer_.empty(), "tensor '{}' is stored as it is; it has no program", layer_);
        continue;
      }
      total.add(print_layer(reader, entry, accelerator));
      ++printed;
    }
    require<ConfigError>(printed > 0 || layer_.empty(), "{} has no tensor '{}'", input_.string(), layer_);
    if (printed != 1) fmt::print("{} layers, {} weights; {}\n", printed, total.weights, total.text());
  }

 private:
  static BitsPerWeight print_layer(const GrainReader& reader, const GrainEntry& entry,
                                   const Accelerator& accelerator) {
    const std::vector<std::uint8_t> payload = reader.layer_payload(entry);
    const StoredLayer stored = read_stored_layer(payload, entry.shape);
    const LayerDescription layer = layer_of_shape(entry.name, entry.shape);
    const LayerMapping mapping = map_layer(accelerator, {layer, 0, stored.backward()});
    const Program program = compile_layer(stored, payload, mapping);
    const BitsPerWeight bits{stored.weights(), 32 * program_words(program), 8 * stored.metadata_bytes,
                             8 * payload.size()};
    fmt::print("{}: {}, coder {}, {} weights in {} bytes, {} tiles, {} words\n{}{}\n\n", entry.name,
               stored.granularity, stored.coder, stored.weights(), payload.size(), mapping.tiles.size(),
               program_words(program), disassemble(program), bits.text());
    return bits;
  }

  std::filesystem::path input_;
  std::string layer_, hardware_ = "edge_npu";
};

const bool registered = Registry<Command>::add(
    "disassemble", "Print the programs that run a .grain file's layers on an accelerator",
    [] { return std::make_unique<DisassembleCommand>(); });

}  // namespace
}  // namespace adagrain
