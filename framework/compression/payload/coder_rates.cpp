#include "framework/compression/payload/coder_rates.h"

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/grouping/group_histograms.h"
#include "framework/compression/grouping/table_choice.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/transforms/level_choice.h"

namespace adagrain {

namespace {

// Rounds of counting levels and choosing them by these counts: after three hardly any changes.
constexpr int kRounds = 3;

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

void CoderRates::choose_levels(LayerCode& code, const LayerContext& context, double rate_weight) const {
  const CodingRequest request = coding_request(candidate_);
  const CodedWeights coded = coded_weights(code, context.cut, request.raw_alone());
  if (coded.count == 0) return;
  const bool tables = !request.raw_alone() && request.speed < 2;
  const bool asked =
      request.coder.empty() ? request.entropy && request.speed == 0 : request.coder == "adaptive";
  const bool adaptive = asked && adaptive_takes(code.levels);
  lower_rate_of_tables(code, context.cut, coded, adaptive || !tables,
                       LevelChoice(code, context, rate_weight));
  if (!adaptive) return;
  // How large levels are as a whole, which the adaptive coder begins with, is known now.
  const std::vector<std::uint32_t> elements = coded.elements();
  choose_adaptive_levels(level_grid(shape_, elements), code.levels, LevelChoice(code, context, rate_weight));
}

}  // namespace adagrain
