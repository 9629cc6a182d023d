#include "framework/hardware/layer_timing.h"

#include <algorithm>
#include <cmath>

#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

// So that what little a layer has to decode overlaps with what brings it.
constexpr std::uint64_t kChunksOfATile = 8;

// One kind of transfer, in parts: cycles are those of all so far less those of all before.
class Transfers {
 public:
  Transfers(const MachineModel& machine, const AccessPattern& pattern)
      : machine_(machine), pattern_(pattern) {}

  std::uint64_t move(std::uint64_t bytes) {
    bytes_ += bytes;
    const std::uint64_t before = now_.cycles;
    now_ = machine_.dram.transfer(bytes_, pattern_, machine_.accelerator.clock_mhz);
    return now_.cycles - before;
  }
  std::uint64_t bytes() const { return bytes_; }
  double energy_pj() const { return now_.energy_pj * machine_.dram_scale; }

 private:
  const MachineModel& machine_;
  AccessPattern pattern_;
  std::uint64_t bytes_ = 0;
  DramTransfer now_;
};

AccessPattern stream_pattern(const MachineModel& machine, const LayerWork& work) {
  AccessPattern pattern{.streams = std::max<std::uint64_t>(1, work.streams)};
  pattern.same_bank = machine.accelerator.streams_share_bank;
  if (work.backward && pattern.streams == 1) pattern.order = AccessPattern::Order::descending;
  return pattern;
}

std::uint64_t part_of(std::uint64_t whole, std::uint64_t index, std::uint64_t count) {
  return whole * (index + 1) / count - whole * index / count;
}

class LayerTimer {
 public:
  LayerTimer(const MachineModel& machine, const LayerDescription& layer, const LayerWork& work)
      : machine_(machine),
        accelerator_(machine.accelerator),
        work_(work),
        streams_(machine, stream_pattern(machine, work)),
        metadata_(machine, {}),
        inputs_(machine, {}),
        outputs_(machine, {}) {
    cost_.layer = layer.name;
    cost_.macs = work.mapping.problem.macs();
    cost_.weight_passes = work.mapping.passes;
  }

  LayerCost run() {
    const PipelineTime time = run_pipeline(chunks());
    cost_.cycles = time.cycles;
    cost_.stage_cycles = time.busy;
    cost_.bound = time.bound == PipelineStage::compute ? "array" : stage_name(time.bound);
    cost_.metadata_bytes = metadata_.bytes();
    cost_.off_chip_bytes = streams_.bytes() + metadata_.bytes() + inputs_.bytes() + outputs_.bytes();
    count_energy();
    use_of(time);
    return std::move(cost_);
  }

 private:
  std::vector<PipelineChunk> chunks() {
    const LayerMapping& mapping = work_.mapping;
    const std::uint64_t count = work_.tiles.size(), a_pass = std::max<std::size_t>(1, mapping.tiles.size());
    std::vector<PipelineChunk> all;
    std::uint64_t waiting_bytes = 0;  // outputs of the tile before, to be written
    for (std::uint64_t i = 0; i < count; ++i) {
      const WeightTile& weights = mapping.tiles[i % a_pass];
      const std::uint64_t written = outputs_.move(waiting_bytes);
      append_weights(all, work_.tiles[i], written);
      // Inputs come last: decoders need none, the array all of them.
      PipelineChunk last{{}, true};
      const auto stage = [&](PipelineStage which) -> std::uint64_t& {
        return last.cycles[static_cast<std::size_t>(which)];
      };
      stage(PipelineStage::dram) = inputs_.move(mapping.input_bytes_of_tile(i));
      stage(PipelineStage::compute) =
          work_.density < 1 ? skipping_cycles(weights) : compute_cycles(accelerator_, mapping, weights);
      waiting_bytes = part_of(mapping.output_bytes, i, count);
      stage(PipelineStage::drain) = divide_up(8 * waiting_bytes, accelerator_.buffer_port_bits);
      if (i + 1 == count) stage(PipelineStage::drain) += outputs_.move(waiting_bytes);
      all.push_back(last);
      count_accesses(weights);
    }
    return all;
  }

  // Decoders begin on the first words of a tile, not when it is complete.
  void append_weights(std::vector<PipelineChunk>& all, const TileWork& tile, std::uint64_t written) {
    const std::uint64_t room = accelerator_.stream_buffer_bytes / 2;
    const std::uint64_t parts = std::max(kChunksOfATile, divide_up(tile.stream_bytes, room));
    for (std::uint64_t part = 0; part < parts; ++part) {
      PipelineChunk chunk{{}, false};
      const bool first = part == 0;
      chunk.cycles[static_cast<std::size_t>(PipelineStage::dram)] =
          (first ? written + metadata_.move(tile.metadata_bytes) : 0) +
          streams_.move(part_of(tile.stream_bytes, part, parts));
      chunk.cycles[static_cast<std::size_t>(PipelineStage::metadata)] = first ? tile.setup_cycles : 0;
      chunk.cycles[static_cast<std::size_t>(PipelineStage::metadata)] +=
          part_of(tile.metadata_cycles, part, parts);
      chunk.cycles[static_cast<std::size_t>(PipelineStage::decode)] =
          (first ? tile.build_cycles : 0) + part_of(tile.decode_cycles, part, parts);
      all.push_back(chunk);
    }
  }

  // Products that are executed, spread evenly: what a model of densities expects.
  std::uint64_t skipping_cycles(const WeightTile& tile) const {
    const double products =
        static_cast<double>(tile.weights() * work_.mapping.pixels_a_pass()) * work_.density;
    const double lanes = static_cast<double>(accelerator_.array_rows * accelerator_.array_columns);
    return static_cast<std::uint64_t>(std::ceil(products / lanes));
  }

  void count_accesses(const WeightTile& tile) {
    const LayerMapping& mapping = work_.mapping;
    const MatrixProblem part = mapping.problem_of(tile);
    const SystolicCount count = count_systolic(part, accelerator_.array(), accelerator_.dataflow);
    const std::uint64_t outputs = part.groups * part.output_pixels * part.output_channels;
    const bool continues = tile.begin % mapping.problem.inputs_per_output != 0;
    weight_bits_read_ += count.weight_reads * accelerator_.activation_bits;
    weight_bits_written_ += tile.weights() * accelerator_.activation_bits;
    activation_bits_read_ +=
        count.input_reads * accelerator_.activation_bits +
        (count.partial_sum_reads + (continues ? outputs : 0)) * accelerator_.partial_sum_bits;
    activation_bits_written_ += count.output_writes * accelerator_.partial_sum_bits;
  }

  void count_energy() {
    EnergyParts& energy = cost_.energy;
    energy.dram_weights = streams_.energy_pj();
    energy.dram_metadata = metadata_.energy_pj();
    energy.dram_activations = inputs_.energy_pj() + outputs_.energy_pj();
    const auto bits = [](std::uint64_t count) { return static_cast<double>(count); };
    const double stream_bits = bits(8 * (streams_.bytes() + metadata_.bytes()));
    energy.buffers =
        stream_bits *
            (machine_.buffer_write_pj(machine_.streams) + machine_.buffer_read_pj(machine_.streams)) +
        bits(weight_bits_written_) * machine_.buffer_write_pj(machine_.weights) +
        bits(weight_bits_read_) * machine_.buffer_read_pj(machine_.weights) +
        bits(activation_bits_written_ + 8 * inputs_.bytes()) *
            machine_.buffer_write_pj(machine_.activations) +
        bits(activation_bits_read_ + 8 * outputs_.bytes()) * machine_.buffer_read_pj(machine_.activations);
    energy.metadata = work_.metadata_pj;
    energy.decode = work_.decode_pj;
    energy.compute = static_cast<double>(cost_.macs) * work_.density *
                     accelerator_.energy.mac_pj(accelerator_.activation_bits);
    const double microseconds = static_cast<double>(cost_.cycles) / accelerator_.clock_mhz;
    energy.leakage = machine_.leakage_mw * microseconds * 1e3;  // mW us = 1000 pJ
    cost_.energy_pj = energy.total();
  }

  void use_of(const PipelineTime& time) {
    if (time.cycles == 0) return;
    const auto cycles = static_cast<double>(time.cycles);
    const auto busy = [&](PipelineStage stage) {
      return static_cast<double>(time.busy[static_cast<std::size_t>(stage)]) / cycles;
    };
    const double lanes = static_cast<double>(accelerator_.array_rows * accelerator_.array_columns);
    cost_.utilisation.array = static_cast<double>(cost_.macs) * work_.density / (cycles * lanes);
    cost_.utilisation.dram = busy(PipelineStage::dram);
    cost_.utilisation.metadata_port = busy(PipelineStage::metadata);
  }

  const MachineModel& machine_;
  const Accelerator& accelerator_;
  const LayerWork& work_;
  Transfers streams_, metadata_, inputs_, outputs_;
  std::uint64_t weight_bits_read_ = 0, weight_bits_written_ = 0;
  std::uint64_t activation_bits_read_ = 0, activation_bits_written_ = 0;
  LayerCost cost_;
};

}  // namespace

LayerCost cost_layer(const MachineModel& machine, const LayerDescription& layer, const LayerWork& work) {
  return LayerTimer(machine, layer, work).run();
}

}  // namespace adagrain
