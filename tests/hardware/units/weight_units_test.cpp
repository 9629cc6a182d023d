// The units behind the decoders, without their Verilog: dequantiser, scatter, profile and metadata of a layer
// give the weights and the histogram that the software gives, in the cycles that their descriptions promise.
#include <gtest/gtest.h>

#include <numeric>

#include "framework/compression/transforms/transform.h"
#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/hardware/units/dequantizer.h"
#include "framework/hardware/units/mask_scatter.h"
#include "framework/hardware/units/metadata_fetch.h"
#include "framework/hardware/units/profiling_unit.h"

namespace adagrain {
namespace {

constexpr InputRate kFull{1, 1};

TEST(Dequantizer, IsAValueACycleBehindItsLatency) {
  const std::vector<std::uint16_t> symbols{0, 1, 2, 3, 200};
  std::vector<float> weights(symbols.size());
  Dequantizer unit(kFull);
  unit.to_float({0.5f, -2, false}, symbols, weights);
  EXPECT_EQ(weights, (std::vector<float>{-1, -0.5f, 0, 0.5f, 99}));
  EXPECT_EQ(unit.cycles().cycles, symbols.size() + kFloatLatency);
}

TEST(Dequantizer, BinarySymbolsAreMinusOneAndOne) {
  const std::vector<std::uint16_t> symbols{0, 1};
  std::vector<std::int8_t> levels(2);
  EXPECT_EQ(Dequantizer(kFull).to_int8({1, -1, true}, symbols, levels), 0u);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{-1, 1}));
}

TEST(Dequantizer, ClampsAndCountsWhatInt8CannotHold) {
  const std::vector<std::uint16_t> symbols{0, 72, 327, 328, 1000};
  std::vector<std::int8_t> levels(symbols.size());
  EXPECT_EQ(Dequantizer(kFull).to_int8({1, -200, false}, symbols, levels), 3u);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{-128, -128, 127, 127, 127}));
}

TEST(MaskScatter, PutsEachValueInItsPlace) {
  RandomStream random(1, "scatter");
  for (const double density : {0.0, 0.1, 0.9, 1.0}) {
    std::vector<std::uint8_t> mask(1003);
    std::vector<float> values, expected(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (random.uniform() >= density) continue;
      mask[i] = 1;
      expected[i] = static_cast<float>(values.size() + 1);
      values.push_back(expected[i]);
    }
    for (const InputRate rate : {kFull, InputRate{1, 8}}) {
      std::vector<float> places(mask.size());
      const UnitCycles run = scatter(std::span<const std::uint8_t>(mask), std::span<const float>(values),
                                     {rate, rate, 8}, std::span(places));
      EXPECT_EQ(places, expected);
      const std::uint64_t rows = (mask.size() + 7) / 8;
      if (rate.cycles == 1) {
        EXPECT_EQ(run.cycles, rows + 1) << density;
      }
      EXPECT_EQ(run.cycles, rows + run.starved);
    }
  }
}

TEST(MaskScatter, RefusesAnotherNumberOfValues) {
  const std::vector<std::uint8_t> mask{1, 0, 1};
  EXPECT_THROW(MaskScatter(mask, 3, {}), DataError);
  EXPECT_THROW(MaskScatter(mask, 1, {}), DataError);
}

TEST(ProfilingUnit, CountsEveryValueOnce) {
  std::vector<std::int8_t> values(256);
  std::iota(values.begin(), values.end(), std::int8_t{-128});
  values.insert(values.end(), 10, std::int8_t{-3});
  ProfilingUnit unit(kFull);
  unit.count(values);
  const UnitProfile profile = unit.read_out();
  EXPECT_EQ(unit.cycles().cycles, values.size() + kReadOutCycles);
  EXPECT_EQ(std::accumulate(profile.histogram.begin(), profile.histogram.end(), 0u), values.size());
  EXPECT_EQ(profile.histogram[static_cast<std::uint8_t>(-3)], 11u);
  EXPECT_EQ(profile.zeros, 1u);
  EXPECT_EQ(profile.lowest, -128);
  EXPECT_EQ(profile.highest, 127);
  EXPECT_EQ(unit.read_out().total, 0u);
}

TEST(MetadataFetch, GivesEveryUnitWhatItsArraysSay) {
  RandomStream random(2, "metadata");
  std::vector<std::uint8_t> alive, codes, zeros;
  for (int unit = 0; unit < 500; ++unit) {
    alive.push_back(static_cast<std::uint8_t>(random.below(2)));
    codes.push_back(static_cast<std::uint8_t>(random.below(4) * 80));
    if (codes.back() != 0) zeros.push_back(static_cast<std::uint8_t>(random.below(256)));
  }
  MetadataFetch fetch({500, 0.25f, alive, codes, zeros}, kFull);
  std::size_t next_zero = 0;
  for (std::size_t unit = 0; unit < alive.size(); ++unit) {
    const UnitMetadata got = fetch.next();
    EXPECT_EQ(got.alive, alive[unit] != 0 && codes[unit] != 0);
    EXPECT_EQ(got.step, codes[unit] == 0 ? 0.0f : step_of(0.25f, codes[unit]));
    EXPECT_EQ(got.zero_level, codes[unit] == 0 ? 0 : zeros[next_zero++]);
  }
  // A cycle for the first word of each array, one until the last of them is there; then a unit a cycle.
  EXPECT_EQ(fetch.cycles().cycles, alive.size() + 4);
  EXPECT_EQ(fetch.cycles().words, 8 + 63 + (zeros.size() + 7) / 8);
}

TEST(MetadataFetch, ALayerOfOneStepNeedsNoMemory) {
  MetadataFetch fetch({3, 0.5f, {}, {}, {}}, InputRate{1, 100});
  for (int unit = 0; unit < 3; ++unit) EXPECT_EQ(fetch.next().step, 0.5f);
  EXPECT_EQ(fetch.cycles().cycles, 3u);
  EXPECT_EQ(fetch.cycles().words, 0u);
}

TEST(MetadataFetch, WaitsForWhoeverTakesAUnit) {
  const std::vector<std::uint8_t> codes(10, 9);
  MetadataFetch fetch({10, 1.0f, {}, codes, {}}, kFull);
  for (std::uint64_t unit = 0; unit < 10; ++unit) {
    fetch.next(100 * (unit + 1));
    EXPECT_EQ(fetch.cycles().cycles, 100 * (unit + 1) + 1);
  }
}

}  // namespace
}  // namespace adagrain
