// Chunks of a stream, each coded alone: coarse symbols by lanes, planes, and the list of escapes.
#pragma once

#include <memory>
#include <span>

#include "framework/compression/coders/lanes/kernels.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/coders/lanes/lane_step.h"

namespace adagrain {

// A list of escapes is a chunk itself, whose own list stands as it is.
enum class Lists { coded, plain };

// Where an encoder leaves planes and code, to be used again for the next chunk: the system takes as long to
// make pages as chunks take to be coded.
class ChunkMemory {
 public:
  // What was there is lost.
  std::uint8_t* at_least(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

// The parts of a coded chunk, in the order of its bytes. Planes and code are in the memory it was given.
struct EncodedChunk {
  Bytes front;  // head, base, table, lengths
  std::span<const std::uint8_t> planes;
  Bytes list;
  std::span<const std::uint8_t> code;
  Bytes states;
  std::span<const std::uint8_t> stored;  // symbols as they are, after a front that says so

  std::size_t size() const;
  void append_to(Bytes& out) const;
};

EncodedChunk encode_chunk(std::span<const std::uint8_t> symbols, LanePrecision precision,
                          const Kernels& kernels, Lists lists, ChunkMemory& memory);
// Takes what stands before the planes of a chunk of so many symbols. Throws DataError.
LaneChunkFront read_chunk_front(ByteReader& reader, LanePrecision precision, std::size_t symbols);
// Throws DataError when `bytes` is anything else than one whole chunk of so many symbols.
void decode_chunk(std::span<const std::uint8_t> bytes, LanePrecision precision,
                  std::span<std::uint8_t> symbols, const Kernels& kernels, Lists lists);

// What fast and precise chunks do differently beyond the arithmetic of a lane.
struct FastChunk : FastLane {
  static constexpr std::uint32_t highest_frequency = 255;
  // Symbols that are counted at least, and the least share of all: counting takes longer than coding. 2^15
  // tell a table to 0.1 %.
  static constexpr std::size_t sample = std::size_t{1} << 15, sample_every = 16;
  // A code for what the sample does not know costs 0.006 bits a symbol, encoding twice when it is wanted
  // time.
  static constexpr bool spare_escape = true;
  // What is rarer than a frequency can say is well kept in a list (CoarseFitOptions).
  static constexpr std::uint64_t escape_price = 1;
  // Of code, at least: few lanes do not hide the latency of a look-up, and speed is what fast chunks are for.
  static constexpr std::uint64_t bytes_a_lane = 256, bytes_a_lane_of_many = 256;
  // With so many lanes a prefix would take 0.2 to 0.4 % off the bytes and add 10 to 15 % to the time, for its
  // lane is alone; with fewer, tables and the like take more time than it does.
  static constexpr std::size_t lanes_without_prefix = 64;
  static constexpr auto encode_rows = &Kernels::encode_fast;
  static constexpr auto decode_rows = &Kernels::decode_fast;
};
struct PreciseChunk : PreciseLane {
  static constexpr std::uint32_t highest_frequency = 4096;
  static constexpr std::size_t sample = std::size_t{1} << 18, sample_every = 4;
  static constexpr bool spare_escape = false;
  static constexpr std::uint64_t escape_price = 16;
  static constexpr std::uint64_t bytes_a_lane = 768, bytes_a_lane_of_many = 1536;
  static constexpr std::size_t lanes_without_prefix = 2 * kMostLanes;
  static constexpr auto encode_rows = &Kernels::encode_precise;
  static constexpr auto decode_rows = &Kernels::decode_precise;
};

constexpr std::size_t kVectorSlack = 64;  // what a vector store may write beyond its data
constexpr std::uint8_t kStoredChunk = 0x80, kChunkHasEscapes = 0x40;  // in the head

}  // namespace adagrain
