// What levels cost in the coder that a candidate ends in, for transforms that weigh error against rate.
#pragma once

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"

namespace adagrain {

// The rate of a level is what it takes
// - by the adaptive coder, where it may follow or is named: its probabilities at that place of the stream,
// all levels
//   before it decided;
// - else by the probability table of its group, tables chosen and counted anew in each of a few rounds;
// - without a coder: by one such table.
class CoderRates : public RateModel {
 public:
  // Both must outlive the model.
  CoderRates(const Candidate& candidate, const Shape& shape) : candidate_(candidate), shape_(shape) {}

  void choose_levels(LayerCode& code, const LayerContext& context, double rate_weight) const override;

 private:
  const Candidate& candidate_;
  const Shape& shape_;
};

}  // namespace adagrain
