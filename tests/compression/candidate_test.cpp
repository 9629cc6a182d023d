#include "framework/compression/candidate.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"

namespace adagrain {
namespace {

std::string message_of(const std::string& text) {
  try {
    parse_candidate(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Candidate, TextAndValueAreOneToOne) {
  for (const char* text : {"layer/ans", "layer/quantize+ans bits=5",
                           "element/prune+quantize+ans rate_weight=0.25 saliency=1 step=0.01",
                           "block/prune block_columns=16 block_rows=4 sparsity=0.5",
                           "feature_map/quantize bits=1 symmetric=0"}) {
    EXPECT_EQ(to_string(parse_candidate(text)), text);
  }
}

TEST(Candidate, NumbersSurviveTheirSpelling) {
  const Candidate candidate{"layer", {"quantize"}, {{"step", 0.1 + 0.2}}};
  EXPECT_EQ(parse_candidate(to_string(candidate)), candidate);
}

TEST(Candidate, PartsAreFoundByName) {
  const Candidate candidate = parse_candidate("element/prune+ans");
  EXPECT_TRUE(candidate.has("prune"));
  EXPECT_TRUE(candidate.has("ans"));
  EXPECT_FALSE(candidate.has("quantize"));
}

TEST(Candidate, EachMistakeIsNamed) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "granularity/scheme"},
      {"layer", "granularity/scheme"},
      {"layer/ans/ans", "granularity/scheme"},
      {"channel/ans", "unknown granularity 'channel'; known: block, element, feature_map, layer"},
      {"layer/", "one at least: prune, quantize"},
      {"layer/raw", "one at least: prune, quantize"},
      {"layer/ans+quantize", "one at least: prune, quantize"},
      {"layer/quantize+quantize", "one at least: prune, quantize"},
      {"element/quantize+prune", "one at least: prune, quantize"},
      {"layer/prune", "could only delete the layer"},
      {"layer/compensate+ans", "compensate chooses levels anew, of which scheme 'compensate+ans' has none"},
      {"element/quantize+compensate rate_weight=0.1", "rate_weight is of rounding alone"},
      {"element/quantize+ans bits=4 step=0.1", "bits and symmetric=0 do not go with it"},
      {"element/quantize+ans step=0.1 symmetric=0", "bits and symmetric=0 do not go with it"},
      {"layer/quantize bits=9", "bits is 9; allowed 1..8"},
      {"layer/quantize bits=0", "bits is 0; allowed 1..8"},
      {"layer/quantize bits=2.5", "an integer is expected"},
      {"layer/quantize bits=nan", "bits is nan; allowed 1..8"},
      {"layer/quantize bits=", "no name=number"},
      {"layer/quantize bits=4x", "no name=number"},
      {"layer/quantize bits", "no name=number"},
      {"layer/quantize  bits=4", "no name=number"},
      {"layer/quantize bits=4 bits=5", "bits is given twice"},
      {"layer/quantize step=-1", "step is -1"},
      {"layer/ans bits=4", "has no parameter 'bits'"},
      {"layer/quantize block_rows=4", "has no parameter 'block_rows'"},
      {"block/ans block_rows=0", "block_rows is 0"},
      {"element/prune sparsity=1.5", "sparsity is 1.5; allowed 0..1"},
  };
  for (const auto& [text, expected] : mistakes) {
    EXPECT_NE(message_of(text).find(expected), std::string::npos) << "'" << text << "': " << message_of(text);
  }
}

TEST(Candidate, AnErrorOpensWithWhereItStands) {
  try {
    check_candidate({"layer", {"quantize"}, {{"bits", 12.0}}}, "experiments/a.yaml:9:31");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()).find("experiments/a.yaml:9:31: "), 0u) << error.what();
  }
}

TEST(Parameters, AnAbsentOneHasItsDefault) {
  const ParameterSpec spec{"bits", 1, 8, 6, true, ""};
  EXPECT_EQ(parameter({}, spec), 6);
  EXPECT_EQ(parameter({{"bits", 3.0}}, spec), 3);
}

}  // namespace
}  // namespace adagrain
