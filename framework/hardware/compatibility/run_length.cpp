#include "framework/hardware/compatibility/run_length.h"

#include <algorithm>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr int kRunBits = 5, kLevelBits = 16, kPairs = 3;
constexpr int kPairBits = kRunBits + kLevelBits;
constexpr std::uint64_t kLongestRun = (1 << kRunBits) - 1;
constexpr std::uint64_t kLevelMask = (1 << kLevelBits) - 1;

// Of the pair's lowest bit; the flag is below all pairs.
constexpr int shift_of(int pair) {
  return 1 + (kPairs - 1 - pair) * kPairBits;
}

class WordWriter {
 public:
  void add(std::uint64_t run, std::uint64_t level) {
    if (pair_ == 0) words_.push_back(0);
    words_.back() |= (run << kLevelBits | level) << shift_of(pair_);
    pair_ = (pair_ + 1) % kPairs;
  }
  std::vector<std::uint64_t> finish() {
    if (!words_.empty()) words_.back() |= 1;
    return std::move(words_);
  }

 private:
  std::vector<std::uint64_t> words_;
  int pair_ = 0;
};

}  // namespace

std::vector<std::uint64_t> run_length_encode(std::span<const std::uint16_t> values) {
  WordWriter writer;
  std::uint64_t run = 0;
  for (const std::uint16_t value : values) {
    if (value == 0 && run < kLongestRun) {
      ++run;
      continue;
    }
    writer.add(run, value);
    run = 0;
  }
  if (run > 0) writer.add(run - 1, 0);
  return writer.finish();
}

std::vector<std::uint16_t> run_length_decode(std::span<const std::uint64_t> words, std::size_t count) {
  std::vector<std::uint16_t> values;
  values.reserve(std::min(count, words.size() * kPairs * (kLongestRun + 1)));
  for (std::size_t word = 0; word < words.size(); ++word) {
    require<DataError>((words[word] & 1) == (word + 1 == words.size()),
                       "word {} of {}: the flag of the last word is {}", word, words.size(), words[word] & 1);
    for (int pair = 0; pair < kPairs; ++pair) {
      const std::uint64_t bits = words[word] >> shift_of(pair);
      const std::uint64_t level = bits & kLevelMask, run = bits >> kLevelBits & kLongestRun;
      // The last word is filled with pairs of nothing.
      if (values.size() == count && run == 0 && level == 0 && word + 1 == words.size()) continue;
      require<DataError>(run + 1 <= count - values.size(), "word {} of {}: more than {} values", word,
                         words.size(), count);
      values.insert(values.end(), run, 0);
      values.push_back(static_cast<std::uint16_t>(level));
    }
  }
  require<DataError>(values.size() == count, "{} words hold {} values; {} are expected", words.size(),
                     values.size(), count);
  return values;
}

}  // namespace adagrain
