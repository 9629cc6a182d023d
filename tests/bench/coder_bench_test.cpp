// Sources have the entropy they promise; rows are of what was decoded, with the right sizes.
#include "framework/bench/coder_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/container/safetensors.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

double bits_per_symbol(const Bytes& symbols) {
  return 8 * shannon_bytes<std::uint8_t>(symbols) / static_cast<double>(symbols.size());
}

TEST(SymbolSources, HaveTheEntropyTheirNamesPromise) {
  const auto sources = generated_sources(1 << 20, 1);
  ASSERT_FALSE(sources.empty());
  for (const SymbolSource& source : sources) {
    const double bits = std::stod(source.name.substr(source.name.find(' ')));
    EXPECT_NEAR(bits_per_symbol(source.symbols), bits, 0.01) << source.name;
  }
  const Bytes& sparse = sources.back().symbols;
  EXPECT_NEAR(static_cast<double>(std::count(sparse.begin(), sparse.end(), 0)), 0.9 * (1 << 20), 2000);
}

// (1 - d) / (1 + d) d^|level|: 1/3 and 1/6 for d = 1/2.
TEST(SymbolSources, LaplaceIsTwoSidedGeometric) {
  const Distribution shares = laplace_distribution(0.5);
  EXPECT_NEAR(shares[0], 1.0 / 3, 1e-12);
  EXPECT_NEAR(shares[1], 1.0 / 6, 1e-12);
  EXPECT_NEAR(shares[255], 1.0 / 6, 1e-12);
}

TEST(SymbolSources, TheSameSeedDrawsTheSameSymbols) {
  const Distribution shares = gauss_distribution(3);
  EXPECT_EQ(draw_symbols(shares, 1001, 7), draw_symbols(shares, 1001, 7));
  EXPECT_NE(draw_symbols(shares, 1001, 7), draw_symbols(shares, 1001, 8));
}

TEST(SymbolSources, ShannonsBoundOfFourEqualSymbolsIsTwoBits) {
  const Bytes symbols = {1, 2, 3, 4, 1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(shannon_bytes<std::uint8_t>(symbols), 2);
}

// Weights -1, 0.5, 0 and the largest magnitude 127 levels; a bias has one dimension and is no weight.
TEST(SymbolSources, WeightsOfASafetensorsFileAreQuantisedForEachTensor) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.safetensors";
  write_safetensors(file, {{"a", {2, 2}, {-1, 0.5F, 0, 1}}, {"b", {2}, {9, 9}}, {"c", {1, 1}, {-4}}});
  EXPECT_EQ(level_source(file, 8).symbols, (Bytes{129, 64, 0, 127, 129}));
  EXPECT_EQ(level_source(file, 2).symbols, (Bytes{255, 1, 0, 1, 255}));
  EXPECT_EQ(level_source(file, 8).tensors, (std::vector<Shape>{{2, 2}, {1, 1}}));
  EXPECT_DOUBLE_EQ(level_source(file, 8).entropy_bytes(), 1)
      << "four levels of two bits, and a tensor of one";
  const SymbolSource joined = in_one_stream(level_source(file, 8));
  EXPECT_EQ(joined.parts().size(), 1U);
  // Two of five are 129, the others differ: one table for all of them.
  EXPECT_DOUBLE_EQ(joined.entropy_bytes(), (2 * std::log2(5.0 / 2) + 3 * std::log2(5.0)) / 8);
  EXPECT_THROW(level_source(file, 9), ConfigError);
  EXPECT_EQ(float_source(file).symbols.size(), 5u * 4);
}

TEST(CoderBench, EveryCoderGivesEverySourceBack) {
  std::vector<SymbolSource> sources = generated_sources(5000, 1);
  for (SymbolSource& floats : generated_floats(5000, 1)) sources.push_back(std::move(floats));
  for (const SymbolSource& source : sources) {
    for (const ByteCoder& coder : measured_coders(source, 2)) {
      const CoderResult result = measure_coder(coder, source, 1);
      EXPECT_EQ(result.coder, coder.name);
      // Floats have a lower bound than their bytes taken together.
      if (source.dtype.empty()) {
        EXPECT_GT(result.bytes, result.entropy_bytes * 0.999) << coder.name << ", " << source.name;
      }
      EXPECT_GT(result.encode_mbps, 0);
      EXPECT_GT(result.decode_mbps, 0);
    }
  }
}

TEST(CoderBench, TensorsAreCodedAsLayersToo) {
  SymbolSource source = generated_sources(6000, 1)[1];
  source.tensors = {{10, 20, 5, 5}, {10, 100}};
  std::vector<std::string> names;
  for (const ByteCoder& coder : measured_coders(source, 1)) {
    EXPECT_GT(measure_coder(coder, source, 1).bytes, 0u);
    names.push_back(coder.name);
  }
  for (const char* name : {"layer, smallest", "layer, precise", "layer, fast", "adaptive", "cabac"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
}

TEST(CoderBench, ACoderThatLosesASymbolIsFoundOut) {
  const ByteCoder forgetful{"forgetful", "-", 1,
                            [](std::span<const std::uint8_t> symbols, Bytes& buffer) {
                              buffer.assign(symbols.begin(), symbols.end());
                              return buffer.size();
                            },
                            [](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
                              std::copy(bytes.begin(), bytes.end(), symbols.begin());
                              ++symbols[3];
                            }};
  EXPECT_THROW(measure_coder(forgetful, {"zeros", Bytes(10)}, 1), InternalError);
}

TEST(CoderBench, ARowIsAJsonObjectOfItsFields) {
  const CoderResult result{"laplace 2 bit", "lanes fast", "avx2", 2, 1000.5, 2000, 77, 70.25};
  const auto json = nlohmann::json::parse(to_json(result));
  EXPECT_EQ(json.at("source"), "laplace 2 bit");
  EXPECT_EQ(json.at("coder"), "lanes fast");
  EXPECT_EQ(json.at("isa"), "avx2");
  EXPECT_EQ(json.at("threads"), 2);
  EXPECT_EQ(json.at("encode_mbps"), 1000.5);
  EXPECT_EQ(json.at("decode_mbps"), 2000);
  EXPECT_EQ(json.at("bytes"), 77);
  EXPECT_EQ(json.at("entropy_bytes"), 70.25);
  EXPECT_EQ(to_table(std::vector{result}).tab_separated(),
            "source\tcoder\tisa\tthreads\tencode MB/s\tdecode MB/s\tbytes\tover Shannon %\n"
            "laplace 2 bit\tlanes fast\tavx2\t2\t1000\t2000\t77\t9.61\n");
}

}  // namespace
}  // namespace adagrain
