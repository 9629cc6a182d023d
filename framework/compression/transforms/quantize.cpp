// Uniform quantisation: weight -> step * (level - zero_level), one step for each step unit.
//
// By `bits` b: symmetric levels -(2^(b-1) - 1) .. 2^(b-1) - 1 with step = absmax / (2^(b-1) - 1); for b = 1
// the two levels -1 and +1 with step = mean |w| (XNOR-Net, Rastegari et al., 2016); asymmetric levels 0 ..
// 2^b - 1 over [min(0, smallest), max(0, largest)] (Jacob et al., 2018). By `step`: as many levels as the
// weights need; a unit whose largest weight is smaller than the layer's gets a step smaller in proportion.
// Steps are rounded up to the container's one-byte scale before levels are chosen, so that what is decoded is
// what was decided here.
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/compression/transforms/rounding.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/core/simd_clones.h"

namespace adagrain {
namespace {

constexpr std::array<ParameterSpec, 4> kParameters = {
    ParameterSpec{"bits", 1, 8, 8, true, "width of a level, bits"},
    ParameterSpec{"step", 0, 1e30, 0, false, "absolute step, units of the weights; 0: from bits"},
    ParameterSpec{"symmetric", 0, 1, 1, true, "1: levels around zero, 0: levels over the range"},
    kRateWeight};

// More levels than this help nobody, and symbols have 16 bits.
constexpr std::int32_t kLargestLevel = 32767;

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
  std::span<const ParameterSpec> parameters() const override { return kParameters; }

  void apply(LayerCode& code, const LayerUnits& cut, const LayerEvidence&,
             const Parameters& given) const override {
    const UnitMap& units = cut.step_units;
    const auto bits = static_cast<int>(parameter(given, kParameters[0]));
    const double step = parameter(given, kParameters[1]);
    const bool symmetric = parameter(given, kParameters[2]) == 1 || step > 0;
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
    choose_levels(code, cut);
  }

 private:
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

  // The largest code whose step is not below the wanted one: levels never leave their range.
  static void store_steps(LayerCode& code, const std::vector<float>& steps) {
    code.largest_step = steps.empty() ? 1.0f : *std::max_element(steps.begin(), steps.end());
    if (!(code.largest_step > 0)) code.largest_step = 1.0f;  // all zeros: any step will do
    code.largest_step = step_as_stored(stored_step(code.largest_step));
    code.step_code.clear();
    for (const float step : steps) {
      int low = 1, high = steps.size() == 1 ? 1 : 255;  // a single step has no code of its own
      while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (step_of(code.largest_step, static_cast<std::uint8_t>(middle)) >= step) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      code.step_code.push_back(step > 0 ? static_cast<std::uint8_t>(low) : 0);
    }
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

  static void choose_levels(LayerCode& code, const LayerUnits& cut) {
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
