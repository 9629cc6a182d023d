#include "framework/compression/transforms/transform.h"

#include <algorithm>
#include <array>
#include <bit>

#include "framework/compression/payload/dequantize.h"

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

void store_steps(LayerCode& code, std::span<const float> steps) {
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

std::vector<float> reconstruct(const LayerCode& code, const LayerUnits& cut) {
  if (!code.quantized) return code.values;
  return dequantize(code, cut, collect_coded(cut, code.alive, code.step_code),
                    LevelSymbols<std::int32_t>{code.levels, true})
      .weights;
}

}  // namespace adagrain
