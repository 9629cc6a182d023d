#include "framework/bench/symbol_sources.h"

#include <algorithm>
#include <functional>

#include "framework/container/safetensors.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

Distribution distribution_of(const std::function<double(int)>& weight_of) {
  Distribution shares{};
  double sum = 0;
  for (int level = -127; level <= 127; ++level)
    sum += shares[static_cast<std::uint8_t>(level)] = weight_of(level);
  for (double& share : shares) share /= sum;
  return shares;
}

// The member of a family whose entropy, which grows with its parameter, is `bits`.
Distribution of_entropy(const std::function<Distribution(double)>& family, double bits, double low,
                        double high) {
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (entropy_bits(family(middle)) < bits ? low : high) = middle;
  }
  return family(high);
}

// 90 % zeros, the others Laplace.
Distribution sparse_distribution(double decay) {
  constexpr double zeros = 0.9;
  Distribution shares = laplace_distribution(decay);
  const double others = 1 - shares[0];
  for (double& share : shares) share *= (1 - zeros) / others;
  shares[0] = zeros;
  return shares;
}

// A level a weight, as two's complement.
void append_levels(Bytes& levels, std::span<const float> weights, int bits) {
  float largest = 0;
  for (const float weight : weights) {
    require<DataError>(std::isfinite(weight), "a weight is {}; only finite ones can be quantised", weight);
    largest = std::max(largest, std::abs(weight));
  }
  const float scale = largest > 0 ? static_cast<float>((1 << (bits - 1)) - 1) / largest : 0;
  for (const float weight : weights)
    levels.push_back(static_cast<std::uint8_t>(static_cast<int>(std::lround(weight * scale))));
}

// Sums of twelve uniform numbers, near enough to normal, of the deviation that weights have.
Bytes normal_floats(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "floats");
  std::vector<float> values(count);
  for (float& value : values) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.next() >> 11) * 0x1p-53;
    value = static_cast<float>(0.02 * sum);
  }
  return float32_bytes(values);
}

// Weights that can be quantised: not empty.
std::vector<Tensor> weights_of(const std::filesystem::path& file) {
  const SafetensorsReader reader(ByteSource::open(file));
  std::vector<Tensor> weights;
  for (const SafetensorsEntry& entry : reader.entries()) {
    if (is_floating(entry.dtype) && entry.shape.size() >= 2 && element_count(entry.shape) > 0) {
      weights.push_back(reader.read_float32(entry));
    }
  }
  require<DataError>(!weights.empty(), "{}: no floating tensor of two or more dimensions", file.string());
  return weights;
}

}  // namespace

std::vector<std::span<const std::uint8_t>> SymbolSource::parts() const {
  if (tensors.empty()) return {symbols};
  std::vector<std::span<const std::uint8_t>> parts;
  std::size_t begin = 0;
  for (const Shape& shape : tensors) {
    const auto count = static_cast<std::size_t>(element_count(shape));
    parts.push_back(std::span(symbols).subspan(begin, count));
    begin += count;
  }
  return parts;
}

double SymbolSource::entropy_bytes() const {
  double bytes = 0;
  for (const auto part : parts()) bytes += shannon_bytes(part);
  return bytes;
}

Distribution laplace_distribution(double decay) {
  return distribution_of([&](int level) { return std::pow(decay, std::abs(level)); });
}

Distribution gauss_distribution(double deviation) {
  return distribution_of([&](int level) { return std::exp(-0.5 * level * level / (deviation * deviation)); });
}

double entropy_bits(const Distribution& distribution) {
  double bits = 0;
  for (const double share : distribution)
    if (share > 0) bits -= share * std::log2(share);
  return bits;
}

Bytes draw_symbols(const Distribution& distribution, std::size_t count, std::uint64_t seed) {
  Bytes symbol_of(65'536);  // [16 random bits]
  double sum = 0;
  std::size_t filled = 0;
  for (std::size_t symbol = 0; symbol < distribution.size(); ++symbol) {
    sum += distribution[symbol];
    const auto end = std::min(symbol_of.size(), static_cast<std::size_t>(std::lround(65'536 * sum)));
    for (; filled < end; ++filled) symbol_of[filled] = static_cast<std::uint8_t>(symbol);
  }
  RandomStream random(seed, "symbols");
  Bytes symbols(count);
  for (std::size_t i = 0; i < count; i += 4) {
    const std::uint64_t bits = random.next();
    for (std::size_t j = i; j < std::min(i + 4, count); ++j)
      symbols[j] = symbol_of[bits >> (16 * (j - i)) & 0xFFFF];
  }
  return symbols;
}

std::vector<SymbolSource> generated_sources(std::size_t count, std::uint64_t seed) {
  std::vector<SymbolSource> sources;
  for (const int bits : {2, 4, 6})
    sources.push_back({fmt::format("laplace {} bit", bits),
                       draw_symbols(of_entropy(laplace_distribution, bits, 0, 0.999), count, seed)});
  for (const int bits : {2, 4, 6})
    sources.push_back({fmt::format("gauss {} bit", bits),
                       draw_symbols(of_entropy(gauss_distribution, bits, 0.1, 1000), count, seed)});
  sources.push_back(
      {"sparse 1 bit", draw_symbols(of_entropy(sparse_distribution, 1, 0.01, 0.999), count, seed)});
  return sources;
}

std::vector<SymbolSource> generated_floats(std::size_t count, std::uint64_t seed) {
  const Bytes floats = normal_floats(count / 4, seed);
  Bytes upper_halves;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (i % 4 >= 2) upper_halves.push_back(floats[i]);
  }
  return {{"gauss F32", floats, {}, "F32"}, {"gauss BF16", std::move(upper_halves), {}, "BF16"}};
}

SymbolSource file_source(const std::filesystem::path& file) {
  SymbolSource source{file.filename().string(), read_file(file, std::uint64_t{1} << 30)};
  require<DataError>(!source.symbols.empty(), "{}: is empty", file.string());
  return source;
}

SymbolSource level_source(const std::filesystem::path& file, int symbol_bits) {
  require<ConfigError>(symbol_bits >= 2 && symbol_bits <= 8, "symbol bits: {}; allowed 2..8", symbol_bits);
  SymbolSource source{fmt::format("{} {} bit", file.filename().string(), symbol_bits), {}};
  for (const Tensor& tensor : weights_of(file)) {
    append_levels(source.symbols, tensor.values, symbol_bits);
    source.tensors.push_back(tensor.shape);
  }
  return source;
}

SymbolSource in_one_stream(SymbolSource levels) {
  levels.name += ", one stream";
  levels.tensors.clear();
  return levels;
}

SymbolSource float_source(const std::filesystem::path& file) {
  SymbolSource source{fmt::format("{} F32", file.filename().string()), {}, {}, "F32"};
  for (const Tensor& tensor : weights_of(file)) {
    const Bytes bytes = float32_bytes(tensor.values);
    source.symbols.insert(source.symbols.end(), bytes.begin(), bytes.end());
  }
  return source;
}

}  // namespace adagrain
