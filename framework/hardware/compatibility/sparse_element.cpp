#include "framework/hardware/compatibility/sparse_element.h"

#include "framework/core/error.h"
#include "framework/core/files.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kMostMaskBytes = std::uint64_t{1} << 30;

std::vector<std::uint64_t> nonzeros_by_channel(std::span<const std::uint8_t> mask, std::uint64_t channels) {
  std::vector<std::uint64_t> counts(channels);
  for (std::size_t i = 0; i < mask.size(); ++i) counts[i % channels] += mask[i];
  return counts;
}

}  // namespace

std::vector<std::uint8_t> read_mask(const std::filesystem::path& file) {
  std::vector<std::uint8_t> mask = read_file(file, kMostMaskBytes);
  std::size_t values = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const std::uint8_t character = mask[i];
    if (character == ' ' || character == '\n' || character == '\r' || character == '\t') continue;
    require<DataError>(character == '0' || character == '1',
                       "{}: byte {} has the value {}; allowed are the characters 0, 1 and white space",
                       file.string(), i, character);
    mask[values++] = character - '0';
  }
  mask.resize(values);
  return mask;
}

std::uint64_t sparse_element_cycles(std::span<const std::uint8_t> inputs,
                                    std::span<const std::uint8_t> weights, std::uint64_t channels) {
  require<ConfigError>(channels > 0 && inputs.size() % channels == 0 && weights.size() % channels == 0,
                       "{} inputs and {} weights do not divide into {} channels", inputs.size(),
                       weights.size(), channels);
  const auto input_counts = nonzeros_by_channel(inputs, channels);
  const auto weight_counts = nonzeros_by_channel(weights, channels);
  std::uint64_t cycles = 0;
  for (std::uint64_t channel = 0; channel < channels; ++channel) {
    cycles += input_counts[channel] * weight_counts[channel];
  }
  return cycles;
}

}  // namespace adagrain
