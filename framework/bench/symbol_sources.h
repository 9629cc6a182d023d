// What entropy coders are measured and tested on: bytes of known distributions, bytes of files.
#pragma once

#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "framework/core/bytes.h"
#include "framework/core/tensor.h"

namespace adagrain {

struct SymbolSource {
  std::string name;
  Bytes symbols;
  std::vector<Shape> tensors = {};  // what the symbols are levels of, one after the other; none: of nothing
  std::string dtype = {};           // of floats, whose bytes the symbols are; none: symbols are numbers

  // What is coded by itself: each tensor, or all symbols.
  std::vector<std::span<const std::uint8_t>> parts() const;
  // Shannon's bound for one static table for each part.
  double entropy_bytes() const;
};

// Probabilities of the bytes as two's complement, [0] of zero; they add up to 1.
using Distribution = std::array<double, 256>;

// Two-sided geometric (discrete Laplace): each step away from zero is `decay` times as likely, 0 <= decay
// < 1.
Distribution laplace_distribution(double decay);
// Bell-shaped, of a standard deviation above zero.
Distribution gauss_distribution(double deviation);
double entropy_bits(const Distribution& distribution);

// Independent symbols; probabilities are rounded to multiples of 2^-16.
Bytes draw_symbols(const Distribution& distribution, std::size_t count, std::uint64_t seed = 1);

// Laplace and Gauss of 2, 4 and 6 bits a symbol, 90 % zeros with 1 bit a symbol.
std::vector<SymbolSource> generated_sources(std::size_t count, std::uint64_t seed);
// `count` bytes of normally distributed F32, and their upper halves, which are BF16.
std::vector<SymbolSource> generated_floats(std::size_t count, std::uint64_t seed);

// The bytes of a file.
SymbolSource file_source(const std::filesystem::path& file);
// Every floating tensor of two or more dimensions in a .safetensors, quantised to levels of so many bits
// (2..8), the largest magnitude of each tensor its largest level.
SymbolSource level_source(const std::filesystem::path& file, int symbol_bits);
// The same levels, all tensors together: one stream, one table.
SymbolSource in_one_stream(SymbolSource levels);
// The same tensors as bytes of F32.
SymbolSource float_source(const std::filesystem::path& file);

// Shannon's bound for one static table: sum over symbols s of count_s log2(total / count_s), in bytes.
template <typename Symbol>
double shannon_bytes(std::span<const Symbol> symbols) {
  std::vector<double> counts(std::size_t{1} << (8 * sizeof(Symbol)));
  for (const Symbol symbol : symbols) ++counts[symbol];
  double bits = 0;
  for (const double count : counts)
    if (count > 0) bits += count * std::log2(static_cast<double>(symbols.size()) / count);
  return bits / 8;
}

}  // namespace adagrain
