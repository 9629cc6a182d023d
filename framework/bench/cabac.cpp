#include "framework/bench/cabac.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace adagrain {
namespace {

struct Rates {
  int fast, slow;  // an estimate moves by 2^-rate of its error
};
constexpr std::array<Rates, 4> kRates = {Rates{4, 7}, Rates{4, 8}, Rates{5, 7}, Rates{5, 8}};

// Probability of a one in 1/65536: the mean of two estimates of different memory.
class BinaryContext {
 public:
  std::uint32_t probability() const { return std::clamp((fast_ + slow_) / 2, 32u, 65504u); }
  void update(bool bit, Rates rates) {
    move(fast_, bit, rates.fast);
    move(slow_, bit, rates.slow);
  }

 private:
  static void move(std::uint32_t& estimate, bool bit, int rate) {
    if (bit) {
      estimate += (65536 - estimate) >> rate;
    } else {
      estimate -= estimate >> rate;
    }
  }
  std::uint32_t fast_ = 32768, slow_ = 32768;
};

// The interval [low, high] of 32 bits; bytes that both ends agree on are settled.
class Interval {
 public:
  // Where ones end: in proportion to their probability.
  std::uint32_t split(std::uint32_t probability) const {
    return low + static_cast<std::uint32_t>((std::uint64_t{high} - low) * probability >> 16);
  }
  void narrow(bool bit, std::uint32_t split) { bit ? high = split : low = split + 1; }
  bool settled() const { return (low ^ high) >> 24 == 0; }
  void shift() {
    low <<= 8;
    high = high << 8 | 255;
  }

  std::uint32_t low = 0, high = ~std::uint32_t{0};
};

class Encoder {
 public:
  bool code(bool bit, std::uint32_t probability) {
    for (interval_.narrow(bit, interval_.split(probability)); interval_.settled(); interval_.shift()) {
      bytes_.push_back(static_cast<std::uint8_t>(interval_.high >> 24));
    }
    return bit;
  }

  // The decoder reads zeros behind the last byte.
  Bytes finish() {
    bytes_.push_back(static_cast<std::uint8_t>((interval_.low >> 24) + 1));
    return std::move(bytes_);
  }

 private:
  Interval interval_;
  Bytes bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    for (int i = 0; i < 4; ++i) read();
  }

  bool code(bool /*unknown*/, std::uint32_t probability) {
    const std::uint32_t split = interval_.split(probability);
    const bool bit = value_ <= split;
    for (interval_.narrow(bit, split); interval_.settled(); interval_.shift()) read();
    return bit;
  }

 private:
  void read() { value_ = value_ << 8 | (at_ < bytes_.size() ? bytes_[at_++] : 0u); }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::uint32_t value_ = 0;
  Interval interval_;
};

// Goes through the levels and asks `Coder` for each bit: the encoder knows it, the decoder finds it.
template <typename Coder>
class LevelCoder {
 public:
  LevelCoder(Coder& coder, Rates rates) : coder_(coder), rates_(rates) {}

  std::int32_t code(std::int32_t level) {
    BinaryContext& significance = significance_[previous_ == 0 ? 0 : previous_ < 0 ? 1 : 2];
    previous_ = 0;
    if (!bit(level != 0, significance)) return 0;
    const bool negative = bit(level < 0, sign_);
    auto& above = above_[negative ? 1 : 0];
    const std::int32_t magnitude = std::abs(level);
    std::int32_t known = 1;
    while (known < kUnary && bit(magnitude > known, above[static_cast<std::size_t>(known)])) ++known;
    if (known == kUnary) known += remainder(magnitude - kUnary);
    previous_ = negative ? -known : known;
    return previous_;
  }

 private:
  static constexpr std::int32_t kUnary = 11;  // magnitudes told one by one
  static constexpr std::size_t kPrefix = 8;   // a remainder below 2^8

  bool bit(bool value, BinaryContext& context) {
    value = coder_.code(value, context.probability());
    context.update(value, rates_);
    return value;
  }

  // Exponential Golomb code: a prefix that adapts, the bits below as they are.
  std::int32_t remainder(std::int32_t value) {
    std::int32_t base = 0;
    std::size_t order = 0;
    while (order < kPrefix && bit(value >= base + (1 << order), prefix_[order])) base += 1 << order++;
    std::int32_t low = 0;
    for (std::size_t place = order; place-- > 0;) {
      low = 2 * low + coder_.code((value - base) >> place & 1, 32768);
    }
    return base + low;
  }

  Coder& coder_;
  Rates rates_;
  std::int32_t previous_ = 0;
  std::array<BinaryContext, 3> significance_;  // by the level before: zero, negative, positive
  BinaryContext sign_;
  std::array<std::array<BinaryContext, kUnary>, 2> above_;  // [negative][magnitude]
  std::array<BinaryContext, kPrefix> prefix_;
};

Bytes encode_with(std::span<const std::uint8_t> levels, std::size_t rates) {
  Encoder coder;
  LevelCoder<Encoder> model(coder, kRates[rates]);
  for (const std::uint8_t level : levels) model.code(static_cast<std::int8_t>(level));
  Bytes bytes = coder.finish();
  bytes.insert(bytes.begin(), static_cast<std::uint8_t>(rates));
  return bytes;
}

}  // namespace

Bytes encode_cabac(std::span<const std::uint8_t> levels) {
  Bytes best = encode_with(levels, 0);
  for (std::size_t rates = 1; rates < kRates.size(); ++rates) {
    Bytes bytes = encode_with(levels, rates);
    if (bytes.size() < best.size()) best = std::move(bytes);
  }
  return best;
}

void decode_cabac(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> levels) {
  require<DataError>(!bytes.empty() && bytes[0] < kRates.size(),
                     "cabac: the stream begins with no known rates");
  Decoder coder(bytes.subspan(1));
  LevelCoder<Decoder> model(coder, kRates[bytes[0]]);
  for (std::uint8_t& level : levels) level = static_cast<std::uint8_t>(model.code(0));
}

}  // namespace adagrain
