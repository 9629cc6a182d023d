// Error compensation: the levels that quantisation chose are chosen anew, column after column, and what each
// rounding (or pruning) does wrong is made up for by the columns not decided yet, so that the layer's outputs
// on its real inputs change least: the optimal brain surgeon (Hassibi and Stork, 1993) in the order and with
// the Cholesky factor of GPTQ (Frantar et al., 2022). With H^-1 = U^T U, for each row w and each column j:
//   q_j = nearest level's weight,  e = (w_j - q_j) / U_jj,  w_k -= e U_jk for k > j.
// Steps stay as they are, pruned weights stay zero. The encoder's matter alone.
#include <vector>

#include "framework/compression/transforms/column_sweep.h"
#include "framework/compression/transforms/rounding.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Compensate : public Transform {
 public:
  Stage stage() const override { return Stage::level_refinement; }
  Trace trace() const override { return Trace::none; }
  Needs needs(const Parameters&) const override { return {.moments = true, .levels = true}; }

  void apply(LayerCode& code, const LayerContext& context, const Parameters&) const override {
    if (code.levels.empty()) return;
    const Rounding rounding(code, context.cut);
    const auto decide = [&](std::size_t element, float wanted) {
      code.levels[element] = rounding.level(element, wanted);
      return static_cast<float>(rounding.weight(element, code.levels[element]));
    };
    sweep_columns(code.original, code.shape, *context.evidence.input_factor, decide);
  }
};

const bool registered = Registry<Transform>::add("compensate", "levels that make up for each other's errors",
                                                 [] { return std::make_unique<Compensate>(); });

}  // namespace
}  // namespace adagrain
