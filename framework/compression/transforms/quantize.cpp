// Uniform quantisation: weight -> step * (level - zero_level), one step for each step unit.
//
// By `bits` b: symmetric levels -(2^(b-1) - 1) .. 2^(b-1) - 1 with step = absmax / (2^(b-1) - 1); for b = 1
// the two levels -1 and +1 with step = mean |w| (XNOR-Net, Rastegari et al., 2016); asymmetric levels 0 ..
// 2^b - 1 over [min(0, smallest), max(0, largest)] (Jacob et al., 2018). By `step`: as many levels as the
// weights need; a unit whose largest weight is smaller than the layer's gets a step smaller in proportion.
// Steps are rounded up to the container's one-byte scale before levels are chosen, so that what is decoded is
// what was decided here. Each level is the nearest, or with a rate weight the best trade of error and rate
// (level_choice.h).
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/compression/transforms/rounding.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/core/simd_clones.h"

namespace adagrain {
namespace {

constexpr ParameterSpec kBits = {"bits", 1, 8, 8, true, "width of a level, bits"};
constexpr ParameterSpec kStep = {"step", 0,     1e30,
                                 0,      false, "absolute step, units of the weights; 0: from bits"};
constexpr ParameterSpec kSymmetric = {"symmetric", 0,    1,
                                      1,           true, "1: levels around zero, 0: levels over the range"};
constexpr ParameterSpec kRateWeight = {
    "rate_weight", 0, 100, 0, false, "rate-distortion rounding, squared steps per bit; 0: nearest"};
constexpr std::array<ParameterSpec, 4> kParameters = {kBits, kStep, kSymmetric, kRateWeight};

// More levels than this help nobody, and symbols have 16 bits.
constexpr std::int32_t kLargestLevel = 32767;

constexpr double kQuarterOctave = 1.189207115002721;  // 2^(1/4)

// The finest and the coarsest steps worth pricing, in rms of the layer. Plain rounding leaves next to nothing
// beyond; where levels are refined the few that are left still carry what the others lost.
constexpr double kFinestStep = 1.0 / 16, kCoarsestStep = 3, kCoarsestRefinedStep = 8;

// Absolute steps are the same numbers for every layer of every network, so that plans with one step exist.
std::vector<double> step_grid(const GridValues& values, double coarsest) {
  std::vector<double> steps;
  if (values.steps_per_octave == 0 || !(values.weight_rms > 0)) return steps;
  const auto number = [&](double step) {
    return static_cast<int>(std::lround(values.steps_per_octave * std::log2(step)));
  };
  const int last = number(values.weight_rms * coarsest);
  for (int k = number(values.weight_rms * kFinestStep); k <= last; ++k) {
    steps.push_back(std::exp2(static_cast<double>(k) / values.steps_per_octave));
  }
  return steps;
}

struct UnitRange {
  float smallest = 0, largest = 0;  // zero always included
  float absmax() const { return std::max(-smallest, largest); }
};

ADAGRAIN_CLONES void widen(std::span<const float> values, UnitRange& range) {
  float smallest = range.smallest, largest = range.largest;
  for (const float value : values) {
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  range = {smallest, largest};
}

std::vector<UnitRange> ranges(std::span<const float> values, const UnitMap& units) {
  std::vector<UnitRange> all(units.count);
  for_each_unit_run(units, 0, values.size(), [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
    widen(values.subspan(begin, end - begin), all[unit]);
  });
  return all;
}

// [unit]
std::vector<double> mean_magnitudes(std::span<const float> values, const UnitMap& units) {
  std::vector<double> mean(units.count);
  std::vector<std::uint32_t> count(units.count);
  for_each_unit_run(units, 0, values.size(), [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
    for (const float value : values.subspan(begin, end - begin)) mean[unit] += std::fabs(value);
    count[unit] += static_cast<std::uint32_t>(end - begin);
  });
  for (std::size_t unit = 0; unit < mean.size(); ++unit) mean[unit] /= count[unit];
  return mean;
}

ADAGRAIN_CLONES void round_values(std::span<const float> values, const Rounding::Scale& scale,
                                  std::int32_t* levels) {
  const Rounding::Scale own = scale;
  for (std::size_t i = 0; i < values.size(); ++i) levels[i] = own.level(values[i]);
}

class Quantize : public Transform {
 public:
  Stage stage() const override { return Stage::level_choice; }
  Trace trace() const override { return Trace::levels; }
  std::span<const ParameterSpec> parameters() const override { return kParameters; }

  void check(const Candidate& candidate, const std::string& where) const override {
    const Parameters& given = candidate.parameters;
    const bool by_step = parameter(given, kStep) > 0;
    require<ConfigError>(!by_step || (!given.contains(kBits.name) && parameter(given, kSymmetric) == 1),
                         "{}: step makes as many levels as weights need, on both sides of zero; bits and "
                         "symmetric=0 do not go with it",
                         where);
    require<ConfigError>(
        !given.contains(kRateWeight.name) || !refines_levels(candidate),
        "{}: rate_weight is of rounding alone; in scheme '{}' a later step chooses all levels anew", where,
        scheme_text(candidate));
  }

  std::vector<Parameters> grid(const Candidate& chain, const GridValues& values) const override {
    std::vector<Parameters> all = with_each({Parameters{}}, kBits.name, values.of(kBits.name));
    // Pruning already says which weights go to zero: neither steps nor zero levels add to it.
    if (prunes(chain)) return all;
    std::vector<Parameters> more;
    if (!entropy_coded(chain)) {
      for (const double symmetric : values.of(kSymmetric.name)) {
        if (symmetric != kSymmetric.fallback) more = with_each(all, kSymmetric.name, {symmetric});
      }
    } else if (Registry<Granularity>::create(chain.granularity)->decides_each_weight()) {
      // Behind a coder one absolute step is near optimal and finer scales only cost bytes.
      more = absolute_grid(chain, values);
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::vector<Neighbour> neighbours(const Parameters& given, Direction direction) const override {
    const bool finer = direction == Direction::finer;
    if (const double step = parameter(given, kStep); step > 0) {
      const double next = finer ? step / kQuarterOctave : step * kQuarterOctave;
      if (!(next > 0 && next <= kStep.maximum)) return {};
      return {{with(given, kStep.name, next)}};
    }
    const double bits = parameter(given, kBits) + (finer ? 1 : -1);
    if (bits < kBits.minimum || bits > kBits.maximum) return {};
    return {{with(given, kBits.name, bits)}};
  }

  // A rate weight is chosen for one step that all weights share, each rounded for itself.
  void adapt(Parameters& given, const Granularity& granularity) const override {
    if (granularity.decides_each_weight()) return;
    if (const auto found = given.find(kRateWeight.name); found != given.end()) given.erase(found);
  }

  void apply(LayerCode& code, const LayerContext& context, const Parameters& given) const override {
    const UnitMap& units = context.cut.step_units;
    const auto bits = static_cast<int>(parameter(given, kBits));
    const double step = parameter(given, kStep);
    const bool symmetric = parameter(given, kSymmetric) == 1 || step > 0;
    const std::vector<UnitRange> unit_ranges = ranges(code.values, units);
    code.quantized = true;
    store_steps(code, step > 0                 ? absolute_steps(unit_ranges, step)
                      : symmetric && bits == 1 ? binary_steps(code.values, units)
                                               : steps_of_bits(unit_ranges, bits, symmetric));
    if (!symmetric) store_zero_levels(code, unit_ranges, (1 << bits) - 1);
    code.binary = step == 0 && symmetric && bits == 1;
    code.highest_level = step > 0    ? kLargestLevel
                         : symmetric ? std::max(1, (1 << (bits - 1)) - 1)
                                     : (1 << bits) - 1;
    code.lowest_level = symmetric ? -code.highest_level : 0;
    nearest_levels(code, context.cut);
    const double rate_weight = parameter(given, kRateWeight);
    if (rate_weight > 0 && symmetric && !code.binary) context.rates.choose_levels(code, context, rate_weight);
  }

 private:
  static std::vector<Parameters> absolute_grid(const Candidate& chain, const GridValues& values) {
    const bool refined = refines_levels(chain);
    const std::vector<double> steps = step_grid(values, refined ? kCoarsestRefinedStep : kCoarsestStep);
    std::vector<Parameters> all = with_each({Parameters{}}, kStep.name, steps);
    if (refined) return all;  // rounding is not its last word
    const std::vector<Parameters> weighted = with_each(all, kRateWeight.name, values.of(kRateWeight.name));
    all.insert(all.end(), weighted.begin(), weighted.end());
    return all;
  }

  static std::vector<float> absolute_steps(const std::vector<UnitRange>& unit_ranges, double step) {
    float layer_absmax = 0;
    for (const UnitRange& range : unit_ranges) layer_absmax = std::max(layer_absmax, range.absmax());
    // A step so fine that levels would overflow is coarsened to the finest there is.
    const double coarse = std::max(step, static_cast<double>(layer_absmax) / kLargestLevel);
    std::vector<float> steps;
    for (const UnitRange& range : unit_ranges) {
      const bool zero = range.absmax() == 0;
      steps.push_back(
          zero ? 0.0f : static_cast<float>(coarse * (range.absmax() / static_cast<double>(layer_absmax))));
    }
    return steps;
  }

  static std::vector<float> steps_of_bits(const std::vector<UnitRange>& unit_ranges, int bits,
                                          bool symmetric) {
    std::vector<float> steps;
    for (const UnitRange& range : unit_ranges) {
      if (!symmetric) {
        steps.push_back((range.largest - range.smallest) / static_cast<float>((1 << bits) - 1));
      } else {
        steps.push_back(range.absmax() / static_cast<float>((1 << (bits - 1)) - 1));
      }
    }
    return steps;
  }

  static std::vector<float> binary_steps(std::span<const float> values, const UnitMap& units) {
    const std::vector<double> means = mean_magnitudes(values, units);
    return {means.begin(), means.end()};
  }

  static void store_zero_levels(LayerCode& code, const std::vector<UnitRange>& unit_ranges, int last_level) {
    for (std::size_t unit = 0; unit < unit_ranges.size(); ++unit) {
      const std::uint8_t step_code = code.step_code[unit];
      const float step = step_code == 0 ? 1.0f : step_of(code.largest_step, step_code);
      const double level = std::nearbyint(-static_cast<double>(unit_ranges[unit].smallest) / step);
      code.zero_level.push_back(
          static_cast<std::uint8_t>(std::clamp(level, 0.0, static_cast<double>(last_level))));
    }
  }

  static void nearest_levels(LayerCode& code, const LayerUnits& cut) {
    const Rounding rounding(code, cut);
    code.levels.resize(code.values.size());
    for_each_unit_run(cut.step_units, 0, code.values.size(),
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        if (code.binary) {
                          for (; begin < end; ++begin)
                            code.levels[begin] = rounding.level(begin, code.values[begin]);
                        } else {  // what is pruned is 0 already
                          round_values(std::span(code.values).subspan(begin, end - begin),
                                       rounding.scale_of(unit), &code.levels[begin]);
                        }
                      });
  }
};

const bool registered = Registry<Transform>::add("quantize", "uniform levels, one step a unit",
                                                 [] { return std::make_unique<Quantize>(); });

}  // namespace
}  // namespace adagrain
