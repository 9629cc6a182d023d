// The arithmetic around the ensemble, on members whose outputs are known.
#include "policies/damage_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "policies/candidate_features.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

// One feature; each member says `slope` * feature + `bias`.
DamageModel model_of(const std::vector<std::pair<double, double>>& members) {
  DamageModel model;
  model.features = {"x"};
  model.mean = Eigen::VectorXd::Constant(1, 10);
  model.scale = Eigen::VectorXd::Constant(1, 2);
  model.lowest = Eigen::VectorXd::Constant(1, -1);
  model.highest = Eigen::VectorXd::Constant(1, 3);
  model.least_correction = -5;
  model.most_correction = 6;
  for (const auto& [slope, bias] : members) {
    Mlp mlp;
    mlp.layers.push_back({Eigen::MatrixXd::Constant(1, 1, slope), Eigen::VectorXd::Constant(1, bias)});
    model.members.push_back(mlp);
  }
  return model;
}

double correction(const DamageModel& model, double feature) {
  return model.correction(Eigen::MatrixXd::Constant(1, 1, feature))[0];
}

TEST(DamageModel, CautionAddsDeviationsOfTheEnsemble) {
  DamageModel model = model_of({{0, 1}, {0, 4}});  // mean 2.5, standard deviation 1.5
  model.caution = 0;
  EXPECT_DOUBLE_EQ(correction(model, 10), 2.5);
  model.caution = 0.5;
  EXPECT_DOUBLE_EQ(correction(model, 10), 3.25);
}

TEST(DamageModel, FeaturesAreStandardisedAndHeldToTheRangeOfTraining) {
  const DamageModel model = model_of({{1, 0}});
  EXPECT_DOUBLE_EQ(correction(model, 12), 1);      // (12 - 10) / 2
  EXPECT_DOUBLE_EQ(correction(model, 1000), 3);    // the highest seen
  EXPECT_DOUBLE_EQ(correction(model, -1000), -1);  // the lowest
}

TEST(DamageModel, CorrectionsAreHeldToTheRangeOfTraining) {
  EXPECT_DOUBLE_EQ(correction(model_of({{0, 99}}), 10), 6);
  EXPECT_DOUBLE_EQ(correction(model_of({{0, -99}}), 10), -5);
}

double feature(const ModelProfile& profile, std::size_t layer, const PricedCandidate& priced,
               const std::string& name) {
  const std::vector<std::string> names = candidate_feature_names();
  const auto place = std::find(names.begin(), names.end(), name);
  EXPECT_NE(place, names.end()) << name;
  return candidate_features(profile, layer, priced).at(static_cast<std::size_t>(place - names.begin()));
}

// Two layers of four weights with rms 0.5 and 1, so with energies 1 and 4; Fisher's means are 0.2 and 0.1.
class CandidateFeatures : public testing::Test {
 protected:
  CandidateFeatures() {
    profile_.layers.resize(2);
    for (LayerProfile& layer : profile_.layers) layer.layer.weight_shape = {2, 2};
    profile_.layers[0].weights.rms = 0.5;
    profile_.layers[0].fisher_mean = 0.2;
    profile_.layers[0].activations.mean = 3;
    profile_.layers[0].activations.standard_deviation = 2;
    profile_.layers[1].weights.rms = 1;
    profile_.layers[1].fisher_mean = 0.1;
    priced_.candidate = parse_candidate("feature_map/quantize+ans bits=4");
    priced_.squared_error = 0.04;
    priced_.fisher_error = 0.003;
    priced_.row_error = 0.02;
    priced_.projection = -0.01;
    priced_.sparsity = 0.25;
  }

  double of(const std::string& name) const { return feature(profile_, 0, priced_, name); }

  ModelProfile profile_;
  PricedCandidate priced_;
};

// Fisher's own sum, and a hundredth of what it says if errors are spread evenly.
TEST_F(CandidateFeatures, PredictedDamageIsFishersAndALittleOfTheMeans) {
  EXPECT_DOUBLE_EQ(predicted_damage(profile_.layers[0], priced_), 0.003 + 0.01 * 0.2 * 0.04 / 2);
}

TEST_F(CandidateFeatures, AreWhatTheirNamesSay) {
  const double damage = predicted_damage(profile_.layers[0], priced_);
  EXPECT_NEAR(of("log relative error"), std::log(0.04 / 1), 1e-12);
  EXPECT_NEAR(of("log predicted damage"), std::log(damage), 1e-12);
  EXPECT_NEAR(of("log error alignment"), std::log(damage / (0.2 * 0.04 / 2)), 1e-12);
  EXPECT_NEAR(of("log row alignment"), std::log(0.02 / 0.04), 1e-12);
  EXPECT_NEAR(of("log shift to blur"), std::log1p(9.0 / 4 * 0.02 / 0.04), 1e-12);
  EXPECT_NEAR(of("energy lost"), 0.01, 1e-12);
  EXPECT_NEAR(of("weight alignment"), 0.0001 / 0.04, 1e-12);
  EXPECT_EQ(of("sparsity after"), 0.25);
  EXPECT_EQ(of("by feature map"), 1);
  EXPECT_EQ(of("by block"), 0);
  // Deleting a layer costs mean Fisher * energy / 2: 0.1 and 0.2 nats.
  EXPECT_NEAR(of("log curvature share"), std::log(0.1 / 0.3), 1e-12);
  EXPECT_NEAR(of("log network curvature"), std::log(0.3), 1e-12);
  EXPECT_NEAR(of("log layers"), std::log(2), 1e-12);
}

}  // namespace

}  // namespace adagrain
