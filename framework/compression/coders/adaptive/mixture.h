// A bit predicted by several contexts at once: each context keeps the probability of a one that it has seen,
// a mixer adds them in the logistic domain with weights learned on the way (logistic mixing; Mahoney, 2005).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "framework/compression/coders/adaptive/logistic.h"

namespace adagrain {

// What one context has seen of one bit. The first observations count most: the probability is their mean,
// begun with that of one and a half observations of the prior, and forgets after kMemory of them.
class BitHistory {
 public:
  BitHistory() : BitHistory(0) {}
  // Of a one, 1/65536, where nothing has been seen.
  explicit BitHistory(std::uint16_t prior) : probability_(prior) { predict(); }

  // What it adds to a prediction, stretched; computed at the last update, since the next bit waits for it.
  std::int32_t input() const { return input_; }

  void update(bool bit) {
    const int target = bit ? kOne - 1 : 0;
    probability_ = static_cast<std::uint16_t>(probability_ + ((target - probability_) * kRate[count_] >> 16));
    count_ = static_cast<std::uint16_t>(count_ + (count_ < kMemory));
    predict();
  }

 private:
  static constexpr int kMemory = 250;

  void predict() { input_ = static_cast<std::int16_t>(stretch(probability_) * kConfidence[count_] >> 8); }

  static constexpr auto kRate = [] {
    std::array<std::int32_t, kMemory + 1> rate{};  // 65536 / (count + 2.5)
    for (int count = 0; count <= kMemory; ++count)
      rate[static_cast<std::size_t>(count)] = 131072 / (2 * count + 5);
    return rate;
  }();
  // A context that has seen little says little: half at first, all from 24 observations on, in 1/256.
  static constexpr auto kConfidence = [] {
    std::array<std::int32_t, kMemory + 1> confidence{};
    for (int count = 0; count <= kMemory; ++count)
      confidence[static_cast<std::size_t>(count)] = std::min(256, 128 + 128 * count / 24);
    return confidence;
  }();

  std::uint16_t probability_;  // of a one, 1/65536
  std::uint16_t count_ = 0;    // 0..kMemory
  std::int16_t input_;         // 1/256 nats
};

// The weights with which `Inputs` predictions of one kind of bit are added, each in 2^-14.
template <std::size_t Inputs>
class Mixture {
 public:
  // `coder.code(bit, p)` codes the bit or finds it.
  template <typename Coder>
  bool code(Coder& coder, const std::array<BitHistory*, Inputs>& histories, bool bit) {
    const Predictions input = predictions(histories);
    const int p = mixed(input);
    bit = coder.code(bit, p);
    const std::int32_t error = ((bit ? kOne : 0) - p) * kLearning >> 4;
    for (std::size_t i = 0; i < Inputs; ++i) {
      weight_[i] = std::clamp(weight_[i] + ((input[i] * error + (1 << 17)) >> 18), -kLargest, kLargest);
    }
    for (BitHistory* history : histories) history->update(bit);
    return bit;
  }

  // Probability of a one, 1/65536, 1..65535, were it coded now.
  int probability(const std::array<BitHistory*, Inputs>& histories) const {
    return mixed(predictions(histories));
  }

 private:
  static constexpr std::int32_t kLearning = 10;
  static constexpr std::int32_t kLargest = 65535;  // 4: sums of 8 inputs stay within 32 bits

  using Predictions = std::array<std::int32_t, Inputs>;
  static Predictions predictions(const std::array<BitHistory*, Inputs>& histories) {
    Predictions input;
    for (std::size_t i = 0; i < Inputs; ++i) input[i] = histories[i]->input();
    return input;
  }
  int mixed(const Predictions& input) const {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < Inputs; ++i) sum += weight_[i] * input[i];
    return squash(sum >> 14);
  }

  // Together a little above 1: contexts that agree are surer than each alone.
  static constexpr std::int32_t kInitial = 19661 / static_cast<std::int32_t>(Inputs);  // 1.2 together
  std::array<std::int32_t, Inputs> weight_ = [] {
    std::array<std::int32_t, Inputs> weights{};
    weights.fill(kInitial);
    return weights;
  }();
};

}  // namespace adagrain
