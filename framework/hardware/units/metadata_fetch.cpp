#include "framework/hardware/units/metadata_fetch.h"

#include "framework/compression/transforms/transform.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::size_t kWordsHeld = 2;

std::size_t words_of(std::span<const std::uint8_t> items, std::size_t items_a_word) {
  return (items.size() + items_a_word - 1) / items_a_word;
}

}  // namespace

MetadataFetch::MetadataFetch(const MetadataArrays& arrays, InputRate port)
    : metadata_(arrays),
      arrays_{Array{64, words_of(arrays.alive, 64), !arrays.alive.empty()},
              Array{8, words_of(arrays.step_code, 8), !arrays.step_code.empty()},
              Array{8, words_of(arrays.zero_level, 8), !arrays.zero_level.empty()}},
      port_(port) {
  ensure(arrays.alive.empty() || arrays.alive.size() == arrays.units, "metadata fetch: {} masks of {} units",
         arrays.alive.size(), arrays.units);
  ensure(arrays.step_code.empty() || arrays.step_code.size() == arrays.units,
         "metadata fetch: {} step codes of {} units", arrays.step_code.size(), arrays.units);
}

UnitMetadata MetadataFetch::next(std::uint64_t ready) {
  ensure(unit_ < metadata_.units, "metadata fetch: there is no unit {}", unit_);
  const std::uint8_t code = metadata_.step_code.empty() ? 1 : metadata_.step_code[unit_];
  const bool takes_zero = arrays_[kZeros].present && code != 0;
  ensure(!takes_zero || arrays_[kZeros].used < metadata_.zero_level.size(),
         "metadata fetch: unit {} has no zero level", unit_);
  for (bool leaves = false; !leaves;) {
    const bool known = there(kAlive) && there(kSteps) && (!takes_zero || there(kZeros));
    leaves = known && cycle_ >= ready;
    starved_ += !known;
    work_on_port();
    ++cycle_;
  }
  UnitMetadata unit;
  unit.alive = (metadata_.alive.empty() || metadata_.alive[unit_] != 0) && code != 0;
  unit.step = code == 0 ? 0.0f : step_of(metadata_.largest_step, code);
  if (takes_zero) unit.zero_level = metadata_.zero_level[arrays_[kZeros].used];
  use(kAlive);
  use(kSteps);
  if (takes_zero) use(kZeros);
  ++unit_;
  return unit;
}

void MetadataFetch::work_on_port() {
  // An array without a word comes first, among equals the one before.
  int asked = -1;
  std::size_t fewest = kWordsHeld;
  for (int kind = kAlive; kind <= kZeros; ++kind) {
    const Array& array = arrays_[static_cast<std::size_t>(kind)];
    const std::size_t there = array.words + (coming_ == kind ? 1 : 0);
    if (array.unasked == 0 || there >= fewest) continue;
    asked = kind;
    fewest = there;
  }
  if (coming_ >= 0) ++arrays_[static_cast<std::size_t>(coming_)].words;
  coming_ = -1;
  if (asked < 0 || !port_.offers(cycle_)) return;
  port_.take(cycle_);
  --arrays_[static_cast<std::size_t>(asked)].unasked;
  coming_ = asked;
}

// What leaves in a cycle makes room from the next one on.
void MetadataFetch::use(Kind kind) {
  Array& array = arrays_[kind];
  if (!array.present) return;
  ++array.used;
  if (++array.place < array.items_a_word) return;
  array.place = 0;
  --array.words;
}

}  // namespace adagrain
