#include "framework/search/moves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace adagrain {
namespace {

Candidate make(const std::string& text) {
  return parse_candidate(text);
}

TEST(Moves, ClimbsFromFinerGranularityToLossless) {
  const auto moves = moves_up(make("layer/quantize+ans bits=4"));
  ASSERT_EQ(moves.size(), 3u);
  EXPECT_EQ(moves[0], make("feature_map/quantize+ans bits=4"));
  EXPECT_EQ(moves[1], make("layer/quantize+ans bits=5"));
  EXPECT_EQ(moves[2], make("layer/ans"));
}

TEST(Moves, GivesPrunedLayersMoreSurvivorsBeforeLossless) {
  const auto moves = moves_up(make("element/prune+ans sparsity=0.8"));
  ASSERT_EQ(moves.size(), 2u);
  EXPECT_NEAR(moves[0].parameters.at("sparsity"), 0.75, 1e-12);
  EXPECT_EQ(moves[1], make("layer/ans"));
}

TEST(Moves, DropsPruningThatIsNoLongerWorthIt) {
  const auto moves = moves_up(make("element/prune+quantize+ans bits=8 sparsity=0.1"));
  EXPECT_NE(std::find(moves.begin(), moves.end(), make("element/quantize+ans bits=8")), moves.end());
}

TEST(Moves, EndsAtLossless) {
  EXPECT_TRUE(moves_up(make("layer/ans")).empty());
}

TEST(Moves, DescendsToCoarserAndFewerBits) {
  const auto moves = moves_down(make("block/quantize+ans bits=3 block_columns=32"));
  ASSERT_EQ(moves.size(), 2u);
  EXPECT_EQ(moves[0], make("feature_map/quantize+ans bits=3"));
  EXPECT_EQ(moves[1], make("block/quantize+ans bits=2 block_columns=32"));
}

// Four moves halve a step or double it.
TEST(Moves, AreAQuarterOctaveABitAndAQuarterOfTheSurvivors) {
  const auto offers = [](const std::vector<Candidate>& moves, const char* name, double value) {
    return std::any_of(moves.begin(), moves.end(), [&](const Candidate& move) {
      const auto found = move.parameters.find(name);
      return found != move.parameters.end() && std::abs(found->second - value) < 1e-12;
    });
  };
  const Candidate stepped = make("element/quantize+ans step=0.01");
  EXPECT_TRUE(offers(moves_up(stepped), "step", 0.01 / std::exp2(0.25)));
  EXPECT_TRUE(offers(moves_down(stepped), "step", 0.01 * std::exp2(0.25)));
  // What is not said is 8 bits, and half of the weights.
  const Candidate plain = make("layer/quantize+ans"), pruned = make("element/prune+ans");
  EXPECT_TRUE(offers(moves_down(plain), "bits", 7));
  EXPECT_FALSE(offers(moves_up(plain), "bits", 9));
  EXPECT_TRUE(offers(moves_up(pruned), "sparsity", 1 - 0.5 * 1.25));
  EXPECT_TRUE(offers(moves_down(pruned), "sparsity", 1 - 0.5 / 1.25));
}

// The weight of the rate was chosen for the element's one step.
TEST(Moves, ARateWeightStaysWithItsGranularity) {
  int elsewhere = 0;
  for (const char* text : {"element/quantize+ans step=0.01 rate_weight=0.1",
                           "element/prune+quantize+ans bits=4 sparsity=0.5 rate_weight=0.1"}) {
    for (const auto& moves : {moves_up(make(text)), moves_down(make(text))}) {
      for (const Candidate& move : moves) {
        if (!move.has("quantize")) continue;
        EXPECT_EQ(move.parameters.contains("rate_weight"), move.granularity == "element") << to_string(move);
        elsewhere += move.granularity != "element";
      }
    }
  }
  EXPECT_GE(elsewhere, 2);
}

// A finer granularity removes an error of 1 and saves bytes ("free"), another bit removes `gain` for a byte
// ("paid").
TEST(Moves, AMoveThatIsFreeIsWorthAsMuchAsOneOfASingleByte) {
  const auto better = [](double gain) {
    Plan plan;
    plan.layers["free"] = plan.layers["paid"] = make("layer/quantize+ans bits=4");
    const auto move =
        best_move_up(plan, [&](const std::string& layer, const Candidate& candidate) -> LayerPrice {
          if (candidate == make("layer/quantize+ans bits=4")) return {1000, 10};
          if (layer == "free" && candidate.granularity == "feature_map") return {900, 9};
          if (layer == "paid" && candidate == make("layer/quantize+ans bits=5")) return {1001, 10 - gain};
          return {1'000'000, 10};
        });
    return move ? move->layer : "none";
  };
  EXPECT_EQ(better(0.9), "free");
  EXPECT_EQ(better(1.1), "paid");
}

TEST(Moves, OffersOnlyValidCandidates) {
  std::vector<Candidate> frontier = {make("block/prune+quantize+ans bits=2 sparsity=0.9 block_columns=16"),
                                     make("element/quantize+ans step=0.01 rate_weight=0.1"),
                                     make("feature_map/quantize bits=8 symmetric=0")};
  for (int round = 0; round < 4; ++round) {
    std::vector<Candidate> next;
    for (const Candidate& candidate : frontier) {
      for (const auto& moves : {moves_up(candidate), moves_down(candidate)}) {
        for (const Candidate& move : moves) {
          EXPECT_NO_THROW(check_candidate(move, "move")) << to_string(move);
          next.push_back(move);
        }
      }
    }
    frontier = next;
  }
}

// Bits cost a hundred bytes each; layer "tender" loses four times as much to each missing bit as "tough".
LayerPrice price_by_bits(const std::string& layer, const Candidate& candidate) {
  if (!candidate.has("quantize")) return {3200, 0};
  const double bits = candidate.parameters.at("bits");
  const double error = (layer == "tender" ? 4.0 : 1.0) * std::exp2(-2 * bits);
  return {static_cast<std::uint64_t>(100 * bits) + (candidate.granularity == "layer" ? 0 : 500), error};
}

TEST(Moves, MovesUpTheLayerThatHurtsMostPerByte) {
  Plan plan;
  plan.layers["tender"] = plan.layers["tough"] = make("layer/quantize+ans bits=4");
  const auto move = best_move_up(plan, price_by_bits);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->layer, "tender");
  EXPECT_EQ(move->after, make("layer/quantize+ans bits=5"));
}

TEST(Moves, MovesDownTheLayerThatHurtsLeastPerByte) {
  Plan plan;
  plan.layers["tender"] = plan.layers["tough"] = make("layer/quantize+ans bits=4");
  const auto move = best_move_down(plan, price_by_bits, {});
  ASSERT_TRUE(move);
  EXPECT_EQ(move->layer, "tough");
  EXPECT_EQ(best_move_down(plan, price_by_bits, {"tough"})->layer, "tender");
  EXPECT_FALSE(best_move_down(plan, price_by_bits, {"tough", "tender"}));
}

}  // namespace
}  // namespace adagrain
