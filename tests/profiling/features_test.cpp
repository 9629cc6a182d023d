#include "framework/profiling/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace adagrain {
namespace {

double feature(const LayerProfile& profile, const std::string& name) {
  const auto& names = layer_feature_names();
  const auto found = std::find(names.begin(), names.end(), name);
  EXPECT_NE(found, names.end()) << name;
  return layer_features(profile).at(static_cast<std::size_t>(found - names.begin()));
}

LayerProfile example() {
  LayerProfile profile;
  profile.layer.operation = Operation::conv2d;
  profile.layer.weight_shape = {8, 4, 3, 3};
  profile.layer.macs = 288 * 100;
  profile.weights.rms = 0.5;
  profile.weights.kurtosis = 3;
  profile.fisher_mean = 0.25;
  profile.parameter_share = 0.125;
  profile.relative_depth = 1;
  return profile;
}

TEST(LayerFeatures, EachHasANameOfItsOwn) {
  const auto& names = layer_feature_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(layer_features(example()).size(), names.size());
}

TEST(LayerFeatures, SizesAndEnergiesAreLogarithms) {
  const LayerProfile profile = example();
  EXPECT_DOUBLE_EQ(feature(profile, "log weights"), std::log(288.0));
  EXPECT_DOUBLE_EQ(feature(profile, "log rows"), std::log(8.0));
  EXPECT_DOUBLE_EQ(feature(profile, "log columns"), std::log(36.0));
  EXPECT_DOUBLE_EQ(feature(profile, "log macs per weight"), std::log(100.0));
  EXPECT_DOUBLE_EQ(feature(profile, "log deletion cost"), std::log(0.25 * 0.25 * 288 / 2));
  EXPECT_EQ(feature(profile, "conv2d"), 1);
  EXPECT_EQ(feature(profile, "linear"), 0);
  EXPECT_EQ(feature(profile, "last"), 1);
  EXPECT_EQ(feature(profile, "first"), 0);
}

TEST(LayerFeatures, AreFiniteForALayerOfWhichNothingWasMeasured) {
  LayerProfile empty;
  empty.layer.weight_shape = {0, 5};
  for (const double value : layer_features(empty)) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace adagrain
