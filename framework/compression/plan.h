// One candidate for every layer, and a rule for every other tensor.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "framework/compression/candidate.h"

namespace adagrain {

// How tensors without a candidate (bias, batch norm, other buffers) are stored.
enum class SmallTensorRule {
  float32,   // bit-exact
  float16,   // IEEE half, round to nearest even; what that would spoil stays float32 (small_tensors.h)
  quantized  // [quantize] or [quantize, ans] at 8 bits with one step, when that is smaller than float16 and
             // changes no value by more than 1/256 of the range; never a variance
};

struct Plan {
  std::map<std::string, Candidate> layers;  // weight tensor's name -> candidate
  SmallTensorRule small_tensors = SmallTensorRule::float16;

  bool operator==(const Plan&) const = default;
};

// Canonical JSON, one line; equal plans give equal text.
std::string to_json(const Plan& plan);
Plan parse_plan(const std::string& json, const std::string& where);
// Throws DataError when the file cannot be read, and what parse_plan throws.
Plan read_plan(const std::filesystem::path& file);

}  // namespace adagrain
