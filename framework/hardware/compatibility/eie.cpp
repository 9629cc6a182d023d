#include "framework/hardware/compatibility/eie.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kZerosOfAnEntry = 15;  // 4 bits
constexpr double kMostWeights = 4294967296.0;  // they are drawn one by one
constexpr std::uint64_t kMostElements = 4096, kDeepestQueue = 4096;

void check(const EieLayer& layer) {
  const auto positive = [](const char* what, std::uint64_t value, std::uint64_t largest) {
    require<ConfigError>(value >= 1 && value <= largest, "{} is {}; allowed: 1 to {}", what, value, largest);
  };
  const auto share = [](const char* what, double value) {
    require<ConfigError>(value >= 0 && value <= 1, "{} is {}; allowed: 0 to 1", what, value);
  };
  positive("inputs", layer.inputs, 1ull << 32);
  positive("outputs", layer.outputs, 1ull << 32);
  positive("processing elements", layer.elements, kMostElements);
  positive("queue depth", layer.queue_depth, kDeepestQueue);
  share("weight density", layer.weight_density);
  share("activation density", layer.activation_density);
  const double weights = static_cast<double>(layer.inputs) * static_cast<double>(layer.outputs);
  require<ConfigError>(weights <= kMostWeights, "{} x {} are {:.3g} weights; allowed: up to {:.3g}",
                       layer.inputs, layer.outputs, weights, kMostWeights);
}

// Draws one column and counts what each element stores of it.
class ColumnLayout {
 public:
  explicit ColumnLayout(const EieLayer& layer)
      : layer_(layer),
        random_(layer.seed, "eie weights"),
        kept_below_(static_cast<std::uint64_t>(std::ldexp(layer.weight_density, 53))),
        entries_(layer.elements),
        zeros_(layer.elements),
        ends_(layer.elements) {}

  const std::vector<std::uint64_t>& draw(EieRun& run) {
    for (auto* counts : {&entries_, &zeros_, &ends_}) std::fill(counts->begin(), counts->end(), 0);
    for (std::uint64_t output = 0, element = 0; output < layer_.outputs; ++output) {
      if ((random_.next() >> 11) < kept_below_) {
        ++entries_[element];
        zeros_[element] = ends_[element] = 0;
      } else if (zeros_[element] == kZerosOfAnEntry) {
        ++entries_[element];
        ++ends_[element];
        ++run.padding_entries;
        zeros_[element] = 0;
      } else {
        ++zeros_[element];
      }
      if (++element == layer_.elements) element = 0;
    }
    run.entries += std::accumulate(entries_.begin(), entries_.end(), std::uint64_t{0});
    run.end_entries += std::accumulate(ends_.begin(), ends_.end(), std::uint64_t{0});
    return entries_;
  }

 private:
  const EieLayer& layer_;
  RandomStream random_;
  std::uint64_t kept_below_;  // of 53 random bits
  // By element: entries, zeros since the last of them, paddings since the last weight.
  std::vector<std::uint64_t> entries_, zeros_, ends_;
};

// When each element takes and has done with the inputs broadcast to it.
class Elements {
 public:
  explicit Elements(const EieLayer& layer)
      : count_(layer.elements), depth_(layer.queue_depth), taken_(depth_ * count_), done_(count_) {}

  void broadcast(const std::vector<std::uint64_t>& entries) {
    std::uint64_t* const slot = &taken_[broadcasts_ % depth_ * count_];
    // The input that had this place in the queues must have been taken by every element.
    if (broadcasts_ >= depth_)
      last_broadcast_ = std::max(last_broadcast_, *std::max_element(slot, slot + count_));
    ++last_broadcast_;
    ++broadcasts_;
    for (std::uint64_t element = 0; element < count_; ++element) {
      slot[element] = std::max(last_broadcast_, done_[element]);
      done_[element] = slot[element] + std::max<std::uint64_t>(1, entries[element]);
    }
  }

  std::uint64_t end() const { return *std::max_element(done_.begin(), done_.end()); }

 private:
  std::uint64_t count_, depth_;
  std::uint64_t broadcasts_ = 0, last_broadcast_ = 0;
  std::vector<std::uint64_t> taken_;  // queue place x element: the cycle in which the input was taken
  std::vector<std::uint64_t> done_;
};

}  // namespace

EieRun execute_eie(const EieLayer& layer) {
  check(layer);
  EieRun run;
  run.broadcasts =
      static_cast<std::uint64_t>(std::llround(static_cast<double>(layer.inputs) * layer.activation_density));
  ColumnLayout layout(layer);
  Elements elements(layer);
  for (std::uint64_t input = 0; input < run.broadcasts; ++input) elements.broadcast(layout.draw(run));
  run.theoretical_cycles =
      static_cast<double>(run.entries - run.end_entries) / static_cast<double>(layer.elements);
  run.cycles = elements.end();
  return run;
}

}  // namespace adagrain
