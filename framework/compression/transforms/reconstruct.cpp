#include <algorithm>
#include <array>
#include <bit>

#include "framework/compression/transforms/transform.h"

namespace adagrain {

float step_of(float largest_step, std::uint8_t code) {
  // 2^(-i / 8), rounded to float once and for all: the same on every machine.
  constexpr std::array<float, 8> kEighths = {0x1p+0F,        0x1.d5818ep-1F, 0x1.ae89fap-1F, 0x1.8ace54p-1F,
                                             0x1.6a09e6p-1F, 0x1.4bfdaep-1F, 0x1.306fep-1F,  0x1.172b84p-1F};
  const int steps_down = code - 1;
  // Both factors are exact powers or constants: two correctly rounded products.
  const float octave = std::bit_cast<float>(static_cast<std::uint32_t>(127 - steps_down / 8) << 23);
  return largest_step * kEighths[static_cast<std::size_t>(steps_down % 8)] * octave;
}

std::uint16_t stored_step(float step) {
  return static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(step) + 0xFFFF) >> 16);
}

float step_as_stored(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::vector<float> reconstruct(const LayerCode& code, const LayerUnits& cut) {
  if (!code.quantized) return code.values;
  std::vector<float> step(code.step_code.size());
  for (std::size_t unit = 0; unit < step.size(); ++unit) {
    step[unit] = code.step_code[unit] == 0 ? 0.0f : step_of(code.largest_step, code.step_code[unit]);
  }
  std::vector<float> weights(code.levels.size());
  if (step.size() == 1 && code.alive.empty() && code.zero_level.empty()) {  // nothing to look up
    std::transform(code.levels.begin(), code.levels.end(), weights.begin(),
                   [&](std::int32_t level) { return step[0] * static_cast<float>(level); });
    return weights;
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool dead = !code.alive.empty() && code.alive[cut.units.of(i)] == 0;
    const std::uint32_t unit = cut.step_units.of(i);
    const std::int32_t zero = code.zero_level.empty() ? 0 : code.zero_level[unit];
    if (!dead) weights[i] = step[unit] * static_cast<float>(code.levels[i] - zero);
  }
  return weights;
}

}  // namespace adagrain
