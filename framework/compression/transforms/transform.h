// The steps of a chain before its coder. A transform rewrites a LayerCode on the encoder's side;
// `reconstruct` turns any LayerCode back into weights, so a new transform needs no decoder of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/compression/granularities/granularity.h"
#include "framework/compression/input_factor.h"
#include "framework/compression/parameters.h"

namespace adagrain {

// How a layer is cut, by its granularity.
struct LayerUnits {
  UnitMap units;       // pruned, kept and clustered together
  UnitMap step_units;  // quantised with one step; equal to `units` or a single one
};

// A layer between its weights and its bytes.
struct LayerCode {
  MatrixShape shape;
  std::vector<float> values;        // [element]; zero where pruned; what is stored; none once quantised
  bool pruned = false;              // some transform has filled `alive`
  std::vector<std::uint8_t> alive;  // [unit]; empty while nothing was pruned; a dead unit is all zeros
  std::span<const float> original;  // [element], before any transform; the caller's, gone afterwards

  // Filled where levels are chosen: weight = step[step unit] * (level - zero_level[step unit]).
  bool quantized = false;
  std::vector<std::int32_t> levels;  // [element], lowest_level..highest_level
  std::int32_t lowest_level = 0, highest_level = 0;
  bool binary = false;                   // every weight that is not pruned is level -1 or 1
  float largest_step = 0;                // > 0; that of step code 1
  std::vector<std::uint8_t> step_code;   // [step unit]; 0: all zeros, else see step_of
  std::vector<std::uint8_t> zero_level;  // [step unit]; empty when symmetric (all 0)
};

// Steps fall in eighths of an octave: code k in 1..255 -> largest * 2^(-(k - 1) / 8), one byte each (the
// shared-exponent idea of microscaling formats, OCP MX 1.0, with three more bits of resolution).
float step_of(float largest_step, std::uint8_t code);

// The largest step itself takes two bytes: the upper half of a float32 (bfloat16), the least that is not
// below it.
std::uint16_t stored_step(float step);
float step_as_stored(std::uint16_t bits);

// Fills largest_step and step_code with the smallest steps that can be stored and are not below those wanted
// [step unit], 0 for a unit of zeros: levels never leave their range.
void store_steps(LayerCode& code, std::span<const float> steps);

// The weights that decoding this code gives, row-major.
std::vector<float> reconstruct(const LayerCode& code, const LayerUnits& cut);

// What a transform may know beyond the weights. Any of it may be missing.
struct LayerEvidence {
  std::span<const float>
      importance;  // [element], >= 0: diagonal of the empirical Fisher, mean squared gradient
  const InputFactor* input_factor = nullptr;  // how the layer's inputs move together
};

// Where a transform stands in a chain. A chain has its transforms in this order, at most one of each stage.
enum class Stage {
  pruning,          // which units become zero
  level_choice,     // weights to levels
  level_refinement  // levels chosen anew, steps as they are
};

// What a transform leaves in a LayerCode for the decoder to read.
enum class Trace {
  none,   // values or levels that were there before
  zeros,  // units that are not alive, told by a mask or by levels that mean zero
  levels  // levels and steps
};

// What a transform cannot work without.
struct Needs {
  bool moments = false;     // LayerEvidence::input_factor: it lets errors make up for each other
  bool importance = false;  // LayerEvidence::importance
  bool levels = false;      // of an earlier transform
};

class RateModel;

// What a transform may know beyond the layer itself.
struct LayerContext {
  const LayerUnits& cut;
  const LayerEvidence& evidence;
  const RateModel& rates;  // of the coder at the end of the chain
};

// What levels take in the coder at the end of a chain.
class RateModel {
 public:
  virtual ~RateModel() = default;
  // Chooses the levels of a symmetric code anew, each by LevelChoice (level_choice.h) at the rates that
  // levels have at its place.
  virtual void choose_levels(LayerCode& code, const LayerContext& context, double rate_weight) const = 0;
};

// finer: less error; coarser: fewer bytes.
enum class Direction { finer, coarser };

// A move of a search: other parameters for a transform, or the chain without it.
struct Neighbour {
  Parameters parameters;  // of the whole chain
  bool dropped = false;   // the transform leaves the chain, and its parameters with it
};

// A transform says everything of itself: candidates, searches and policies know no transform by name.
class Transform {
 public:
  static constexpr const char* kind = "transform";
  virtual ~Transform() = default;

  virtual Stage stage() const = 0;
  virtual Trace trace() const = 0;
  virtual bool lossy() const { return true; }  // false: every bit pattern survives
  virtual Needs needs(const Parameters& /*parameters*/) const { return {}; }
  virtual std::span<const ParameterSpec> parameters() const { return {}; }
  // Rules beyond the bounds of single parameters. Throws ConfigError that `where` opens.
  virtual void check(const Candidate& /*candidate*/, const std::string& /*where*/) const {}

  // The settings of its parameters that a candidate space enumerates for a chain without parameters, at least
  // one: its defaults.
  virtual std::vector<Parameters> grid(const Candidate& /*chain*/, const GridValues& /*values*/) const {
    return {Parameters{}};
  }
  // One step finer or coarser, from any parameters that are allowed to others that are.
  virtual std::vector<Neighbour> neighbours(const Parameters& /*parameters*/, Direction) const { return {}; }
  // Drops from parameters what has no meaning at a granularity that a search moves to.
  virtual void adapt(Parameters& /*parameters*/, const Granularity& /*granularity*/) const {}
  // Parameters on the way: what a training compresses by when `done` (0..1) of its introduction has passed.
  virtual Parameters eased(Parameters parameters, double /*done*/) const { return parameters; }

  // The needs are met, and lossy transforms see finite weights of moderate size (layer_codec.h).
  virtual void apply(LayerCode& code, const LayerContext& context, const Parameters& parameters) const = 0;
};

}  // namespace adagrain
