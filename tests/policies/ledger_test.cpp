#include "policies/training/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "framework/core/files.h"
#include "framework/report/results_file.h"
#include "policies/promising.h"
#include "policies/training/measured_network.h"
#include "tests/policies/synthetic_network.h"
#include "tests/temporary_folder.h"

namespace adagrain {

namespace {

constexpr std::size_t kSamples = 32;  // more than the anchors of a layer, which are always picked

class LedgerTest : public testing::Test {
 protected:
  std::size_t measure(const LedgerNetwork& named, const SyntheticNetwork& network, int stop_after = 1 << 30) {
    Ledger ledger(path_);
    int calls = 0;
    const std::size_t measured = ledger.measure(
        named, network.candidates, {kSamples, 1},
        [&](std::size_t layer, const Candidate& candidate) {
          if (++calls > stop_after) throw std::runtime_error("killed");
          const auto& row = network.candidates[layer];
          for (std::size_t i = 0; i < row.size(); ++i) {
            if (row[i].candidate == candidate) return Measurement{network.true_divergence(layer, i), 0.25};
          }
          throw std::logic_error("not in the table");
        },
        [] {});
    ledger.finish();
    return measured;
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "ledger.h5";
  const SyntheticNetwork network_ = mixed_network();
  const LedgerNetwork named_{"mixed:1234", "mixed", network_.profile};
};

TEST_F(LedgerTest, WhatWasMeasuredIsReadBack) {
  EXPECT_EQ(measure(named_, network_), kSamples * network_.candidates.size());
  const PolicyDataset dataset = read_ledgers({path_});
  ASSERT_EQ(dataset.networks.size(), 1u);
  EXPECT_EQ(dataset.networks[0].id, "mixed:1234");
  EXPECT_EQ(dataset.networks[0].group, "mixed");
  ASSERT_EQ(dataset.networks[0].profile.layers.size(), network_.profile.layers.size());
  for (std::size_t layer = 0; layer < network_.profile.layers.size(); ++layer) {
    const LayerProfile& saved = dataset.networks[0].profile.layers[layer];
    const LayerProfile& original = network_.profile.layers[layer];
    EXPECT_EQ(saved.layer.weight_name, original.layer.weight_name);
    EXPECT_EQ(saved.layer.weight_shape, original.layer.weight_shape);
    EXPECT_EQ(saved.layer.operation, original.layer.operation);
    EXPECT_EQ(saved.weights.entropy_bits, original.weights.entropy_bits);
    EXPECT_EQ(saved.weights.kurtosis, original.weights.kurtosis);
    EXPECT_EQ(saved.fisher_mean, original.fisher_mean);
    EXPECT_EQ(saved.parameter_share, original.parameter_share);
  }
  for (const Sample& sample : dataset.samples) {
    const auto& row = network_.candidates[sample.layer];
    const auto found = std::find_if(
        row.begin(), row.end(), [&](const auto& one) { return one.candidate == sample.priced.candidate; });
    ASSERT_NE(found, row.end());
    EXPECT_EQ(sample.priced.bytes, found->bytes);
    EXPECT_EQ(sample.priced.fisher_error, found->fisher_error);
    EXPECT_EQ(sample.priced.row_error, found->row_error);
    EXPECT_EQ(sample.priced.projection, found->projection);
    const auto index = static_cast<std::size_t>(found - row.begin());
    EXPECT_DOUBLE_EQ(sample.divergence, network_.true_divergence(sample.layer, index));
  }
}

TEST_F(LedgerTest, CandidatesOfTheSameWeightsAreMeasuredOnceAndEnteredEach) {
  measure(named_, network_);
  const PolicyDataset dataset = read_ledgers({path_});
  EXPECT_GT(dataset.samples.size(), kSamples * network_.candidates.size());
  std::map<std::pair<std::size_t, Candidate>, double> entered;
  for (const Sample& sample : dataset.samples) {
    EXPECT_TRUE(entered.emplace(std::pair(sample.layer, sample.priced.candidate), sample.divergence).second)
        << "entered twice";
  }
  for (std::size_t layer = 0; layer < network_.candidates.size(); ++layer) {
    const auto& row = network_.candidates[layer];
    const std::vector<std::uint32_t> group = same_weights(row);
    std::map<std::uint32_t, double> of_group;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (const auto found = entered.find({layer, row[i].candidate}); found != entered.end())
        of_group[group[i]] = found->second;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto twin = of_group.find(group[i]);
      if (twin == of_group.end()) continue;
      const auto found = entered.find({layer, row[i].candidate});
      ASSERT_NE(found, entered.end()) << to_string(row[i].candidate);
      EXPECT_EQ(found->second, twin->second);
    }
  }
}

TEST_F(LedgerTest, LosslessCandidatesAreEnteredAsHarmlessWithoutAMeasurement) {
  measure(named_, network_);
  std::set<std::pair<std::size_t, Candidate>> harmless;
  for (const Sample& sample : read_ledgers({path_}).samples)
    if (sample.divergence == 0) harmless.emplace(sample.layer, sample.priced.candidate);
  for (std::size_t layer = 0; layer < network_.candidates.size(); ++layer) {
    for (const PricedCandidate& one : network_.candidates[layer]) {
      if (one.squared_error == 0) {
        EXPECT_TRUE(harmless.contains({layer, one.candidate})) << to_string(one.candidate);
      }
    }
  }
  EXPECT_FALSE(harmless.empty());
}

TEST_F(LedgerTest, KilledRunGoesOnWithoutRepeatingWork) {
  EXPECT_THROW(measure(named_, network_, 20), std::runtime_error);
  EXPECT_EQ(measure(named_, network_), kSamples * network_.candidates.size() - 20);
  EXPECT_EQ(measure(named_, network_), 0u);
}

// However often it is stopped and wherever, the ledger is the same in the end, row by row.
TEST_F(LedgerTest, AKilledRunEndsWithTheSameRows) {
  measure(named_, network_);
  const Results unbroken = read_results(path_);
  std::filesystem::remove(path_);
  for (int sitting = 0; sitting < 40; ++sitting) {
    try {
      measure(named_, network_, 5);
    } catch (const std::runtime_error&) {
    }
    const std::filesystem::path journal = journal_of(path_);
    if (std::filesystem::exists(journal))  // the last row was being written
      std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 3);
  }
  measure(named_, network_);
  const Results killed = read_results(path_);
  for (const auto& [path, table] : unbroken.tables) EXPECT_EQ(killed.table(path).rows, table.rows) << path;
}

TEST_F(LedgerTest, WhatIsReadDoesNotDependOnWhatWasMeasuredBefore) {
  SyntheticNetwork fewer = network_;
  for (auto& row : fewer.candidates)
    std::erase_if(row, [](const auto& one) { return one.candidate.granularity == "block"; });
  const auto picked = [this] {
    std::set<std::pair<std::size_t, Candidate>> all;
    for (const Sample& sample : read_ledgers({path_}).samples)
      all.emplace(sample.layer, sample.priced.candidate);
    return all;
  };
  const std::size_t alone = measure(named_, fewer);
  const auto of_fewer = picked();
  std::filesystem::remove(path_);
  measure(named_, network_);
  const auto of_all = picked();
  EXPECT_LT(measure(named_, fewer), alone) << "known measurements serve again";
  EXPECT_EQ(picked(), of_fewer);
  EXPECT_EQ(measure(named_, network_), 0u);
  EXPECT_EQ(picked(), of_all);
}

TEST_F(LedgerTest, SeveralLedgersReadAsOne) {
  measure(named_, network_);
  const std::filesystem::path second = folder_ / "second.h5";
  std::filesystem::copy_file(path_, second);
  const SyntheticNetwork other = make_synthetic_network({{300, 0.1, 1, 1}}, 2);
  measure({"other:1", "other", other.profile}, other);
  const PolicyDataset both = read_ledgers({path_, second});
  EXPECT_EQ(both.networks.size(), 2u);
  EXPECT_EQ(both.samples.size(), read_ledgers({path_}).samples.size());
}

TEST_F(LedgerTest, AnotherHdf5FileIsRefused) {
  Results other;
  other.tables["/runs"].columns = {{"a", Column::Type::integer, "", 0}};
  write_results(path_, other);
  const auto bytes = read_file(path_);
  EXPECT_THROW(Ledger{path_}, DataError);
  EXPECT_EQ(read_file(path_), bytes);
  EXPECT_FALSE(std::filesystem::exists(journal_of(path_)));
}

// Eight steps a quarter octave apart, whose levels a rate weight chose: four of them are whole half octaves.
TEST(SampleLayer, OfRateWeightedStepsEveryOtherIsEnough) {
  std::vector<PricedCandidate> row;
  for (int quarter = 0; quarter < 8; ++quarter) {
    row.push_back(priced("element", {"quantize", "ans"},
                         {{"step", std::exp2(-quarter / 4.0)}, {"rate_weight", 0.1}},
                         100 + static_cast<std::uint64_t>(quarter), 0.1 / (1 + quarter)));
    row.back().fisher_error = row.back().squared_error;
  }
  EXPECT_EQ(sample_layer(row, 4, 1, "layer"), (std::vector<std::uint32_t>{0, 2, 4, 6}));
}

TEST(SampleLayer, PicksStepsBitsAndPrunedBlocksFirst) {
  const SyntheticNetwork network = mixed_network();
  for (const auto& row : network.candidates) {
    const std::vector<std::uint32_t> picked = sample_layer(row, 64, 1, "layer");
    EXPECT_LE(picked.size(), 64u);
    const std::vector<std::uint32_t> group = same_weights(row);
    std::set<std::uint32_t> groups;
    for (const std::uint32_t index : picked) {
      EXPECT_TRUE(groups.insert(group[index]).second) << "the same weights twice";
      EXPECT_GT(row[index].squared_error, 0);
    }
    for (const std::string granularity : {"element", "block", "feature_map"}) {
      for (const int bits : {2, 3, 4, 6}) {
        const Candidate wanted{granularity, {"quantize", "ans"}, {{"bits", bits}}};
        const auto found =
            std::find_if(row.begin(), row.end(), [&](const auto& one) { return one.candidate == wanted; });
        EXPECT_TRUE(groups.contains(group[static_cast<std::size_t>(found - row.begin())]))
            << to_string(wanted);
      }
    }
  }
  EXPECT_EQ(sample_layer(network.candidates[0], 64, 1, "a"), sample_layer(network.candidates[0], 64, 1, "a"));
  EXPECT_NE(sample_layer(network.candidates[0], 64, 1, "a"), sample_layer(network.candidates[0], 64, 2, "a"));
}

TEST(MeasuredNetwork, BytesWithinABudgetByHand) {
  MeasuredNetwork network;
  network.table.resize(1);
  network.table[0] = {priced("layer", {"ans"}, {}, 800, 0),
                      priced("layer", {"quantize"}, {{"bits", 4}}, 400, 1),
                      priced("layer", {"quantize"}, {{"bits", 2}}, 100, 2)};
  network.divergence = {{0, 0.01, 0.16}};
  const std::vector<Choice> path = {{1}, {2}};
  EXPECT_DOUBLE_EQ(bytes_within(network, path, 0.01), 400);
  EXPECT_DOUBLE_EQ(bytes_within(network, path, 0.04), 400);
  EXPECT_DOUBLE_EQ(bytes_within(network, path, 0.5), 100);
  EXPECT_DOUBLE_EQ(bytes_within(network, path, 0.001), 800);  // nothing within: lossless
  EXPECT_EQ(choice_within(network, path, 0.1), (Choice{1}));
  EXPECT_EQ(choice_within(network, path, 0.001), (Choice{1}));
}

}  // namespace

}  // namespace adagrain
