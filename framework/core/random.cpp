#include "framework/core/random.h"

#include <cmath>
#include <numbers>

namespace adagrain {

namespace {

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
  return value ^ (value >> 31);
}

// FNV-1a, so that a stream's name means the same numbers everywhere.
std::uint64_t hash(std::string_view name) {
  std::uint64_t value = 0xCBF29CE484222325ull;
  for (const char letter : name) value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001B3ull;
  return value;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) : state_(mix(seed) ^ hash(name)) {}

std::uint64_t RandomStream::next() {
  return mix(state_ += 0x9E3779B97F4A7C15ull);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  // Rejecting the top remainder keeps every value equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = next();
  while (value >= limit) value = next();
  return value % bound;
}

double RandomStream::uniform() {
  return static_cast<double>(next() >> 11) * 0x1p-53;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace adagrain
