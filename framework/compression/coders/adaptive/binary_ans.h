// Uniform asymmetric binary system (uABS; Duda, 2009): rANS for bits whose probability changes with each.
// With p the probability of a one,
//   decode:  bit = ceil((x + 1) p) - ceil(x p);  x -> ceil(x p) for a one, x - ceil(x p) for a zero
//   encode:  x -> floor(x / p) for a one, ceil((x + 1) / (1 - p)) - 1 for a zero
// The state is renormalised by bytes within [2^24, 2^32). It starts at 16 and not at 2^24, so that a stream
// of a few bits takes a byte or two rather than a whole state; each byte missing takes the decoder's last
// state to a 256th of that, so one that ends at 16 has read what was written.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "framework/core/bytes.h"

namespace adagrain {

constexpr std::uint64_t kInitialState = 16;
constexpr std::uint64_t kLowestState = 1u << 24;  // while there are bytes

// Keeps the decisions in their order and codes them last to first.
class BinaryAnsEncoder {
 public:
  // 0 < p < 65536: probability of a one in 1/65536. Returns the bit.
  bool code(bool bit, int p) {
    bits_.push_back(bit);
    shares_.push_back(static_cast<std::uint16_t>(bit ? p : 65536 - p));
    return bit;
  }

  // In the order the decoder reads them; the first is not 0.
  Bytes finish() const {
    Bytes bytes;
    std::uint64_t state = kInitialState;
    for (std::size_t i = bits_.size(); i-- > 0;) {
      const bool bit = bits_[i];
      const std::uint64_t share = shares_[i];
      for (; state >= share << 16; state >>= 8) bytes.push_back(static_cast<std::uint8_t>(state));
      state = bit ? (state << 16) / share : (((state + 1) << 16) + share - 1) / share - 1;
    }
    for (; state > 0; state >>= 8) bytes.push_back(static_cast<std::uint8_t>(state));
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
  }

 private:
  // Some ten for each level: not in vectors of numbers, which would be there twice whenever they grow.
  std::vector<bool> bits_;
  std::deque<std::uint16_t> shares_;  // probability of the bit, in 1/65536
};

// Takes all of `bytes`. Anything may be decoded from anything; `finish` tells.
class BinaryAnsDecoder {
 public:
  explicit BinaryAnsDecoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    require<DataError>(bytes.empty() || bytes[0] != 0, "adaptive: the stream begins with a 0 byte");
    refill();
  }

  bool code(bool /*unknown*/, int p) {
    const auto share = static_cast<std::uint64_t>(p);
    const std::uint64_t ones = (state_ * share + 65535) >> 16;
    const bool bit = ((state_ + 1) * share + 65535) >> 16 != ones;
    state_ = bit ? ones : state_ - ones;
    refill();
    return bit;
  }

  // Throws DataError unless the stream was exactly what an encoder wrote.
  void finish() const {
    require<DataError>(
        state_ == kInitialState && at_ == bytes_.size(),
        "adaptive: the stream ends in state {} with {} bytes left; expected: state {}, none left", state_,
        bytes_.size() - at_, kInitialState);
  }

 private:
  void refill() {
    while (state_ < kLowestState && at_ < bytes_.size()) state_ = state_ << 8 | bytes_[at_++];
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::uint64_t state_ = 0;
};

}  // namespace adagrain
