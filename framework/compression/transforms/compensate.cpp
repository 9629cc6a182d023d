// Error compensation: the levels that quantisation chose are chosen anew, column after column, and what each
// rounding (or pruning) does wrong is made up for by the columns not decided yet, so that the layer's outputs
// on its real inputs change least: the optimal brain surgeon (Hassibi and Stork, 1993) in the order and with
// the Cholesky factor of GPTQ (Frantar et al., 2022). With H^-1 = U^T U, for each row w and each column j:
//   q_j = nearest level's weight,  e = (w_j - q_j) / U_jj,  w_k -= e U_jk for k > j.
// Steps stay as they are, pruned weights stay zero. The encoder's matter alone.
#include <vector>

#include "framework/compression/transforms/column_sweep.h"
#include "framework/compression/transforms/rounding.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Compensate : public Transform {
 public:
  std::span<const ParameterSpec> parameters() const override { return {}; }

  void apply(LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence,
             const Parameters&) const override {
    if (code.levels.empty()) return;
    require<ConfigError>(evidence.input_factor != nullptr,
                         "compensate: the second moments of the layer's inputs are not known; they are "
                         "measured on calibration images, in an experiment");
    const Rounding rounding(code, cut);
    sweep_columns(code.original, code.shape, *evidence.input_factor, [&](std::size_t element, float wanted) {
      code.levels[element] = rounding.level(element, wanted);
      return static_cast<float>(rounding.weight(element, code.levels[element]));
    });
  }
};

const bool registered = Registry<Transform>::add("compensate", "levels that make up for each other's errors",
                                                 [] { return std::make_unique<Compensate>(); });

}  // namespace
}  // namespace adagrain
