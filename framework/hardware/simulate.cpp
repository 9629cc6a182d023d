#include "framework/hardware/simulate.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/instructions/compiler.h"
#include "framework/hardware/layer_tensors.h"
#include "framework/hardware/layer_timing.h"
#include "framework/hardware/memory/dram.h"

namespace adagrain {

namespace {

constexpr std::array<StreamKind, 4> kKinds = {StreamKind::fixed_width, StreamKind::table,
                                              StreamKind::interleaved, StreamKind::adaptive};
constexpr double kEntryBits = 32;      // of a table of slots
constexpr double kHistoryBits = 48;    // of the adaptive coder
constexpr double kDecisionInputs = 6;  // histories that a decision reads and writes back

std::string decoder_name(StreamKind kind) {
  switch (kind) {
    case StreamKind::fixed_width:
      return "unpacker";
    case StreamKind::table:
      return "static lane";
    case StreamKind::interleaved:
      return "interleaved row";
    case StreamKind::adaptive:
      return "adaptive decoder";
  }
  throw InternalError("unknown kind of stream");
}

std::uint64_t build_cycles(const Accelerator& accelerator, const TableBuild& build) {
  return divide_up(build.entries, accelerator.table_writes) + build.divisions * accelerator.division_cycles;
}

class LayerSimulation {
 public:
  LayerSimulation(const MachineModel& machine, const LayerDescription& layer, const LayerRun& run,
                  std::uint64_t cycles_before)
      : machine_(machine),
        accelerator_(machine.accelerator),
        layer_(layer),
        run_(run),
        counts_(run.executed.counts),
        cycles_before_(cycles_before) {}

  LayerCost cost() const {
    LayerWork work;
    work.mapping = run_.mapping;
    work.streams = run_.executed.streams;
    work.backward = run_.stored.backward();
    work.tiles = tiles();
    work.decode_pj = decode_energy();
    work.metadata_pj = metadata_energy();
    LayerCost cost = cost_layer(machine_, layer_, work);
    if (cost.bound == stage_name(PipelineStage::decode)) cost.bound = slowest_unit();
    cost.metadata_bytes = run_.stored.metadata_bytes;
    cost.instruction_words = program_words(run_.program);
    for (const std::uint64_t symbols : counts_.symbols) cost.decoded_symbols += symbols;
    for (const std::uint64_t cycles : counts_.starved_cycles) cost.starved_cycles += cycles;
    cost.binary_decisions = counts_.decisions;
    cost.table_entries = counts_.tables.entries + counts_.metadata_tables.entries;
    cost.utilisation.decoders = decoders_busy(cost.cycles);
    return cost;
  }

 private:
  std::vector<TileWork> tiles() const {
    std::vector<TileWork> all;
    for (const ExecutedTile& tile : run_.executed.tiles) {
      TileWork work;
      work.stream_bytes = tile.stream_bytes;
      work.metadata_cycles = std::max(divide_up(tile.issue_words, accelerator_.issue_words),
                                      divide_up(tile.metadata_bits, accelerator_.metadata_port_bits));
      work.decode_cycles = tile.decode_cycles();
      all.push_back(work);
    }
    if (all.empty()) return all;
    // Before the first tile metadata are loaded and decoded and tables built; in the other bank while the
    // layer before still runs, so that only what takes longer than it is waited for.
    TileWork& first = all.front();
    first.metadata_bytes = run_.stored.side_bytes();
    first.setup_cycles = divide_up(counts_.metadata_bits, accelerator_.metadata_port_bits) +
                         counts_.metadata_lane_cycles + build_cycles(accelerator_, counts_.metadata_tables);
    const std::uint64_t build = build_cycles(accelerator_, counts_.tables) +
                                divide_up(counts_.tables.priors, accelerator_.prior_writes);
    first.build_cycles = accelerator_.table_banks > 1 ? build - std::min(build, cycles_before_) : build;
    spread_fetches(all);
    return all;
  }

  // Metadata that are read more often than they were written come from DRAM again where the memory does not
  // hold all of them.
  void spread_fetches(std::vector<TileWork>& all) const {
    if (counts_.metadata_bits <= 8 * accelerator_.metadata_bytes) return;
    const std::uint64_t read = counts_.metadata_bits_read;
    const std::uint64_t again = read > counts_.metadata_bits ? divide_up(read - counts_.metadata_bits, 8) : 0;
    for (std::uint64_t i = 0, count = all.size(); i < count; ++i)
      all[i].metadata_bytes += again * (i + 1) / count - again * i / count;
  }

  double decode_energy() const {
    const UnitGates& gates = machine_.gates;
    double gate_cycles = 0;
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
      gate_cycles +=
          static_cast<double>(counts_.busy_cycles[kind]) * static_cast<double>(gates.decoder[kind]);
    const auto lane = static_cast<double>(gates.decoder[static_cast<std::size_t>(StreamKind::table)]);
    gate_cycles += static_cast<double>(counts_.metadata_lane_cycles) * lane;
    const auto coded = static_cast<double>(run_.stored.coded.count * run_.mapping.passes);
    gate_cycles += coded * static_cast<double>(gates.dequantizer);
    const std::uint64_t scatters = divide_up(accelerator_.dequantised, std::uint64_t{8});
    for (const ExecutedTile& tile : run_.executed.tiles)
      gate_cycles += static_cast<double>(tile.scatter_cycles * scatters * gates.mask_scatter);
    const double symbols = static_cast<double>(counts_.symbols[static_cast<std::size_t>(StreamKind::table)]);
    const bool in_registers = counts_.tables.bytes == 0;
    if (in_registers) gate_cycles += symbols * static_cast<double>(gates.comparator_table);
    const double reads = (in_registers ? 0 : symbols) + static_cast<double>(counts_.metadata_symbols);
    const auto writes = static_cast<double>(counts_.tables.entries + counts_.metadata_tables.entries);
    const auto histories = static_cast<double>(counts_.decisions) * kDecisionInputs * kHistoryBits;
    const auto priors = static_cast<double>(counts_.tables.priors) * kHistoryBits;
    return gate_cycles * accelerator_.energy.gate_pj + reads * kEntryBits * machine_.tables.read_pj_per_bit +
           writes * kEntryBits * machine_.tables.write_pj_per_bit +
           histories * machine_.histories.read_pj_per_bit +
           (histories + priors) * machine_.histories.write_pj_per_bit;
  }

  double metadata_energy() const {
    const double read = static_cast<double>(counts_.metadata_bits_read + 32 * counts_.instruction_words);
    const double written = static_cast<double>(counts_.metadata_bits + 32 * program_words(run_.program));
    return read * machine_.metadata.read_pj_per_bit + written * machine_.metadata.write_pj_per_bit;
  }

  // Of all between the stream buffer and the weight buffer.
  std::string slowest_unit() const {
    std::array<std::uint64_t, 4> decoders{};
    std::uint64_t dequantise = 0, scatter = 0;
    for (const ExecutedTile& tile : run_.executed.tiles) {
      for (std::size_t kind = 0; kind < decoders.size(); ++kind) decoders[kind] += tile.decoder_cycles[kind];
      dequantise += tile.dequantise_cycles;
      scatter += tile.scatter_cycles;
    }
    const auto slowest = std::max_element(decoders.begin(), decoders.end());
    if (scatter > std::max(*slowest, dequantise)) return "mask scatter";
    if (dequantise > *slowest) return "dequantiser";
    return decoder_name(kKinds[static_cast<std::size_t>(slowest - decoders.begin())]);
  }

  double decoders_busy(std::uint64_t cycles) const {
    std::uint64_t units = 0, busy = 0;
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      if (counts_.symbols[kind] > 0) units += machine_.units(kKinds[kind]);
      busy += counts_.busy_cycles[kind];
    }
    if (units * cycles == 0) return 0;
    return static_cast<double>(busy) / static_cast<double>(units * cycles);
  }

  const MachineModel& machine_;
  const Accelerator& accelerator_;
  const LayerDescription& layer_;
  const LayerRun& run_;
  const ExecutionCounts& counts_;
  std::uint64_t cycles_before_;  // of the layer that runs before
};

}  // namespace

LayerRun run_layer(const Accelerator& accelerator, const LayerDescription& layer,
                   std::span<const std::uint8_t> payload) {
  LayerRun run{read_stored_layer(payload, layer.weight_shape), {}, {}, {}};
  const std::uint64_t weights = run.stored.weights();
  const double bytes = weights == 0 ? 0 : static_cast<double>(payload.size()) / static_cast<double>(weights);
  const std::uint64_t bursts = 2 * Dram::load(accelerator.dram).burst_bytes();
  require<ConfigError>(
      run.stored.streams.size() * bursts <= accelerator.stream_buffer_bytes,
      "hardware '{}', layer '{}': {} streams take two bursts each, {} B; the stream buffer has {} B",
      accelerator.name, layer.name, run.stored.streams.size(), run.stored.streams.size() * bursts,
      accelerator.stream_buffer_bytes);
  run.mapping = map_layer(accelerator, {layer, bytes, run.stored.backward()});
  run.program = compile_layer(run.stored, payload, run.mapping);
  run.executed = execute(run.program, payload, layer.weight_shape, accelerator);
  return run;
}

HardwareCost simulate(const Accelerator& accelerator, const GrainReader& container,
                      const std::vector<LayerDescription>& layers) {
  const MachineModel machine(accelerator);
  HardwareCost total{accelerator.name, {}};
  for (const auto& [layer, entry] : layer_tensors(container, layers)) {
    if (entry->encoding != TensorEncoding::layer) {
      total.layers.push_back(
          cost_layer(machine, *layer, plain_work(accelerator, *layer, entry->payload_bytes)));
      continue;
    }
    const std::vector<std::uint8_t> payload = container.layer_payload(*entry);
    const LayerRun run = run_layer(accelerator, *layer, payload);
    const std::uint64_t before = total.layers.empty() ? 0 : total.layers.back().cycles;
    total.layers.push_back(LayerSimulation(machine, *layer, run, before).cost());
  }
  return total;
}

}  // namespace adagrain
