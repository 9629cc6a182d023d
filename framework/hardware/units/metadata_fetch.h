// What describes the units of a layer, out of the metadata memory: rtl/metadata_fetch.v cycle by cycle.
//
// The memory holds alive bits (64 a word), step codes (8 a word) and the zero levels of units whose step code
// is not 0 (8 a word). Its one port answers a cycle after it was asked; the unit holds two words of each
// array and asks ahead. A unit of granularity each cycle; the first one leaves in cycle 2, 3 or 4 at full
// rate: a cycle for each array, one for the answer.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "framework/hardware/units/input_port.h"

namespace adagrain {

// Of one layer; each array may be empty: all units alive, step code 1, zero level 0.
struct MetadataArrays {
  std::uint32_t units = 0;
  float largest_step = 0;                    // a normal number of 8 significant bits, as containers store it
  std::span<const std::uint8_t> alive;       // [unit], 0 or 1
  std::span<const std::uint8_t> step_code;   // [unit], see step_of
  std::span<const std::uint8_t> zero_level;  // [unit whose step code is not 0]
};

struct UnitMetadata {
  bool alive = true;  // it has weights that are coded
  float step = 0;     // 0 where the step code is
  std::uint8_t zero_level = 0;
};

class MetadataFetch {
 public:
  // The arrays must outlive the unit. `port`: words of the metadata memory that it may have.
  MetadataFetch(const MetadataArrays& arrays, InputRate port);

  // The next unit, once it is there and whoever takes it is ready, from cycle `ready` on. `cycles` then tells
  // in which cycle it left, counted from 1.
  UnitMetadata next(std::uint64_t ready = 0);

  UnitCycles cycles() const { return {cycle_, starved_, port_.words(), port_.cycles()}; }

 private:
  enum Kind { kAlive, kSteps, kZeros };
  struct Array {
    std::size_t items_a_word;
    std::size_t unasked;  // words
    bool present;
    std::size_t words = 0;  // held
    std::size_t place = 0;  // of the next item in the first of them
    std::size_t used = 0;   // items
  };
  bool there(Kind kind) const { return !arrays_[kind].present || arrays_[kind].words > 0; }
  // Asks for a word, and takes the one that was asked for in the cycle before.
  void work_on_port();
  void use(Kind kind);

  MetadataArrays metadata_;
  std::array<Array, 3> arrays_;
  int coming_ = -1;  // whose word was asked for in the cycle before
  std::uint32_t unit_ = 0;
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort port_;
};

}  // namespace adagrain
