#include "framework/hardware/units/dequantizer.h"

#include <algorithm>

#include "framework/core/error.h"

namespace adagrain {
namespace {

std::int32_t level_of(const LevelScale& scale, std::uint16_t symbol) {
  return scale.offset + (scale.binary ? 2 : 1) * std::int32_t{symbol};
}

}  // namespace

void Dequantizer::take(std::size_t symbols, std::uint64_t latency) {
  latency_ = latency;
  for (std::size_t i = 0; i < symbols; ++cycle_) {
    if (!port_.offers(cycle_)) continue;
    port_.take(cycle_);
    ++i;
  }
}

void Dequantizer::to_float(const LevelScale& scale, std::span<const std::uint16_t> symbols,
                           std::span<float> values) {
  ensure(symbols.size() == values.size(), "dequantizer: {} symbols to {} values", symbols.size(),
         values.size());
  for (std::size_t i = 0; i < symbols.size(); ++i)
    values[i] = scale.step * static_cast<float>(level_of(scale, symbols[i]));
  take(symbols.size(), kFloatLatency);
}

std::uint64_t Dequantizer::to_int8(const LevelScale& scale, std::span<const std::uint16_t> symbols,
                                   std::span<std::int8_t> values) {
  ensure(symbols.size() == values.size(), "dequantizer: {} symbols to {} values", symbols.size(),
         values.size());
  std::uint64_t clamped = 0;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const std::int32_t level = level_of(scale, symbols[i]);
    values[i] = static_cast<std::int8_t>(std::clamp(level, -128, 127));
    clamped += values[i] != level;
  }
  take(symbols.size(), kInt8Latency);
  return clamped;
}

UnitCycles Dequantizer::cycles() const {
  return {cycle_ + latency_, cycle_ - port_.words(), port_.words(), port_.cycles()};
}

}  // namespace adagrain
