// Executes a layer's program over the bytes of its payload. What comes out is the tensor that decode_layer
// gives, bit for bit, and counts of what every unit did on the way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/core/tensor.h"
#include "framework/hardware/accelerator.h"
#include "framework/hardware/instructions/instruction.h"
#include "framework/hardware/stream_decoders.h"

namespace adagrain {

// A tile as it ran.
struct ExecutedTile {
  std::uint64_t rows = 0, weights = 0, pixels = 0;  // operands of MAC
  std::uint64_t coded = 0;                          // weights
  std::uint64_t stream_bytes = 0;                   // that decoders took in for it
  // Cycles of the slowest unit of each kind; the streams of a kind are dealt to its units.
  std::array<std::uint64_t, 4> decoder_cycles{};  // [StreamKind]
  std::uint64_t dequantise_cycles = 0, scatter_cycles = 0;
  std::uint64_t metadata_bits = 0;  // of the metadata memory: steps, zero levels, mask, tables of groups
  std::uint64_t issue_words = 0;

  // Of all that lies between the stream buffer and the weight buffer, which work side by side.
  std::uint64_t decode_cycles() const;
};

// Sums over all tiles and what comes before them, each fetched as often as weights are.
struct ExecutionCounts {
  std::array<std::uint64_t, 4> symbols{};         // [StreamKind] of weights
  std::array<std::uint64_t, 4> busy_cycles{};     // [StreamKind] of all units of the kind together
  std::array<std::uint64_t, 4> starved_cycles{};  // [StreamKind] of these
  std::uint64_t stream_words = 0;                 // of 64 bits, out of the stream buffer
  std::uint64_t decisions = 0;                    // binary ones, of the adaptive coder
  TableBuild tables;                              // of weights
  std::uint64_t metadata_bytes = 0;               // loaded, as they are stored
  std::uint64_t metadata_bits = 0;                // written to the metadata memory
  std::uint64_t metadata_bits_read = 0;
  std::uint64_t metadata_symbols = 0;  // decoded on their way by a static lane
  std::uint64_t metadata_lane_cycles = 0;
  TableBuild metadata_tables;
  std::uint64_t instruction_words = 0;  // issued
  std::uint64_t activation_bytes_in = 0, activation_bytes_out = 0;
};

struct ExecutedLayer {
  std::vector<float> weights;       // row-major
  std::vector<ExecutedTile> tiles;  // in the order of execution, those of every pass
  std::uint64_t streams = 0;        // of weights
  std::uint64_t nonzero = 0;        // weights
  ExecutionCounts counts;
};

// `shape` is the tensor's; the adaptive coder's contexts follow its kernels. Throws DataError on a program
// that does not fit the payload, and on damage as decode_layer does; ConfigError where tables do not fit the
// accelerator's table memory.
ExecutedLayer execute(const Program& program, std::span<const std::uint8_t> payload, const Shape& shape,
                      const Accelerator& accelerator);

}  // namespace adagrain
