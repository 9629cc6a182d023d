#include "framework/evaluation/network_fit.h"

#include <gtest/gtest.h>

namespace adagrain {
namespace {

DatasetSplits splits(std::int64_t channels, std::int64_t side, int classes) {
  DatasetSplits data;
  data.train = {1, channels, side, side, {}, {}};
  data.classes = classes;
  return data;
}

std::string refusal(Network& network, const std::string& name, const DatasetSplits& data) {
  try {
    check_fit(network, name, data, "idx:flowers");
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

class NetworkFit : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Every, NetworkFit, testing::ValuesIn(Registry<Network>::names()),
                         [](const auto& test) { return test.param; });

TEST_P(NetworkFit, WhatDoesNotFitIsRefusedWithBothNames) {
  const auto network = make_network(GetParam());
  network->train();
  EXPECT_EQ(refusal(*network, GetParam(), splits(1, 28, 10)), "accepted");
  const std::string channels = refusal(*network, GetParam(), splits(3, 28, 10));
  EXPECT_EQ(channels, "network '" + GetParam() +
                          "' cannot take the images of dataset 'idx:flowers', which are 3x28x28");
  EXPECT_EQ(refusal(*network, GetParam(), splits(1, 28, 7)),
            "network '" + GetParam() + "' has 10 outputs; dataset 'idx:flowers' has 7 classes");
  EXPECT_TRUE(network->is_training()) << "the mode is as it was";
}

TEST(NetworkFit, AFullyConnectedNetworkTakesOneSize) {
  const auto network = make_network("lenet_300_100");
  EXPECT_NE(refusal(*network, "lenet_300_100", splits(1, 32, 10)).find("1x32x32"), std::string::npos);
}

}  // namespace
}  // namespace adagrain
