#include "framework/compression/payload/rate_distortion.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/grouping/group_histograms.h"
#include "framework/compression/grouping/table_choice.h"
#include "framework/compression/integer_log.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/transforms/rounding.h"

namespace adagrain {

namespace {

constexpr int kRounds = 3;

double mean_importance(const LayerEvidence& evidence) {
  double sum = 0;
  for (const float importance : evidence.importance) sum += importance;
  return sum / static_cast<double>(std::max<std::size_t>(1, evidence.importance.size()));
}

// The trade between error and rate, for any price of levels, within the range that the code's levels have.
class LevelChoice {
 public:
  LevelChoice(const LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence, double rate_weight)
      : values_(code.values),
        step_units_(cut.step_units),
        importance_(evidence.importance),
        mean_importance_(mean_importance(evidence)),
        rate_weight_(rate_weight) {
    const auto [low, high] = std::minmax_element(code.levels.begin(), code.levels.end());
    lowest_ = std::min(*low, 0);
    highest_ = std::max(*high, 0);
    for (const std::uint8_t step_code : code.step_code) {
      inverse_.push_back(step_code == 0 ? 0.0 : 1.0 / step_of(code.largest_step, step_code));
    }
  }

  // All levels chosen lie between these.
  std::int32_t lowest() const { return lowest_; }
  std::int32_t highest() const { return highest_; }

  // `price(level)`: bits in 2^-kLogFraction.
  template <typename Price>
  std::int32_t operator()(std::size_t element, const Price& price) const {
    const double exact = values_[element] * inverse_[step_units_.of(element)];
    const auto nearest =
        static_cast<std::int32_t>(nearest_integer(std::clamp<double>(exact, lowest_, highest_)));
    if (nearest == 0) return 0;
    const double weight = mean_importance_ > 0 ? (1.0 + importance_[element] / mean_importance_) / 2 : 1.0;
    double best = INFINITY;
    std::int32_t choice = 0;
    const auto consider = [&](std::int32_t level) {
      const double error = (exact - level) * (exact - level) * weight;
      if (error >= best) return;  // no need to ask what it takes
      const double cost = error + rate_weight_ * price(level) / (1 << kLogFraction);
      if (cost >= best) return;
      best = cost;
      choice = level;
    };
    consider(nearest);
    if (std::abs(nearest) > 1) consider(nearest > 0 ? nearest - 1 : nearest + 1);
    consider(0);
    return choice;
  }

 private:
  std::span<const float> values_;
  const UnitMap& step_units_;
  std::span<const float> importance_;
  double mean_importance_;
  double rate_weight_;
  std::int32_t lowest_, highest_;
  std::vector<double> inverse_;  // [step unit]; 0 without a step
};

// Tables are chosen as the encoder does, where it has any.
void lower_rate_of_tables(LayerCode& code, const LayerUnits& cut, const CodedWeights& coded, bool one_table,
                          const LevelChoice& choose) {
  const auto alphabet = static_cast<std::uint32_t>(choose.highest() - choose.lowest()) + 1;
  const std::vector<std::uint32_t> elements = coded.elements();
  std::vector<std::uint16_t> symbols(elements.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < symbols.size(); ++i)
      symbols[i] = static_cast<std::uint16_t>(code.levels[elements[i]] - choose.lowest());
    TableChoice choice;
    if (!one_table) choice = choose_tables(coded, cut, code.shape, alphabet, symbols, -choose.lowest());
    std::vector<std::uint8_t> table_of(symbols.size());
    if (choice.tables > 1) {
      table_of = TableMap(coded, code.shape, choice.groups, choice.of_group, choice.tables).tables();
    }
    SymbolCounts counts(choice.tables, std::vector<std::uint32_t>(alphabet));
    for (std::size_t i = 0; i < symbols.size(); ++i) ++counts[table_of[i]][symbols[i]];
    std::vector<std::vector<std::uint32_t>> prices;
    for (const std::vector<std::uint32_t>& table : counts) prices.push_back(symbol_prices(table));
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::vector<std::uint32_t>& price = prices[table_of[i]];
      code.levels[elements[i]] = choose(elements[i], [&](std::int32_t level) {
        return price[static_cast<std::size_t>(level - choose.lowest())];
      });
    }
  }
}

}  // namespace

void lower_rate(LayerCode& code, const Shape& shape, const LayerUnits& cut, const Candidate& candidate,
                const LayerEvidence& evidence, double rate_weight) {
  const CodingRequest request = coding_request(candidate);
  const CodedWeights coded = coded_weights(code, cut, request.raw_alone());
  if (coded.count == 0) return;
  const bool tables = !request.raw_alone() && request.speed < 2;
  const bool asked =
      request.coder.empty() ? request.entropy && request.speed == 0 : request.coder == "adaptive";
  const bool adaptive = asked && adaptive_takes(code.levels);
  lower_rate_of_tables(code, cut, coded, adaptive || !tables, LevelChoice(code, cut, evidence, rate_weight));
  if (!adaptive) return;
  // How large levels are as a whole, which the adaptive coder begins with, is known now.
  const std::vector<std::uint32_t> elements = coded.elements();
  choose_adaptive_levels(level_grid(shape, elements), code.levels,
                         LevelChoice(code, cut, evidence, rate_weight));
}

}  // namespace adagrain
