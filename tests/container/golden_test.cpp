// Files in git that must decode, files that must be refused, and the bytes that the writer must still write.
// ADAGRAIN_UPDATE_GOLDEN=1 rewrites tests/golden/*.grain; a changed byte is explained in the commit or is a
// bug.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/container/safetensors.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

namespace fs = std::filesystem;

const fs::path golden = fs::path(ADAGRAIN_TESTS_ROOT) / "golden";

std::vector<fs::path> grain_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".grain") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Every frame feature and raw encoding: values that are exact in float16, one variance that is not, a
// repeated tensor, every shape code.
Checkpoint raw_checkpoint() {
  return {{"conv1.weight", {2, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8, -9}},
          {"conv1.bias", {2}, {0.5F, -0.25F}},
          {"norm.running_var", {2}, {1.0F, 0x1p-20F}},
          {"norm.num_batches_tracked", {}, {58'601.0F}},
          {"conv2.weight", {3, 2, 1, 1}, {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F}},
          {"conv3.weight", {2, 2, 2, 2}, std::vector<float>(16, 0.75F)},
          {"conv4.weight", {2, 1, 3, 3}, {8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
          {"fc1.weight", {2, 2}, {1, -1, 2, -2}},
          {"fc2.weight", {1, 3}, {1, -1, 2}},
          {"fc2_bias", {1}, {3}},
          {"tokens", {1, 2, 3}, {1, 2, 3, 4, 5, 6}},
          {"again.conv3.weight", {2, 2, 2, 2}, std::vector<float>(16, 0.75F)},
          {"none", {0}, {}}};
}

// The network of the worked example in FORMAT.md.
Checkpoint example_checkpoint() {
  return {{"fc.weight", {2, 3}, {0.5F, -0.5F, 0, 0.25F, 0, 0}},
          {"fc.bias", {2}, {0.5F, -1}},
          {"norm.running_var", {2}, {1, 0x1p-20F}},
          {"norm.bias", {2}, {0.5F, -1}}};
}

Plan example_plan() {
  return {{{"fc.weight", parse_candidate("layer/quantize step=0.25")}}, SmallTensorRule::float16};
}

// Every scheme at every granularity, on integers so that no machine rounds differently.
std::pair<Checkpoint, Plan> cells() {
  std::pair<Checkpoint, Plan> made;
  for (const char* granularity : {"layer", "element", "block", "feature_map"}) {
    for (const char* scheme :
         {"ans", "quantize", "quantize+ans", "prune", "prune+ans", "prune+quantize", "prune+quantize+ans"}) {
      const bool layer_prune =
          std::string(granularity) == "layer" && std::string(scheme).starts_with("prune");
      if (layer_prune) continue;  // could only delete the layer
      Tensor tensor{std::string(granularity) + "." + scheme, {12, 5, 2, 2}, std::vector<float>(240)};
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        tensor.values[i] = static_cast<float>(static_cast<int>(i * i * 31 % 257) % 15 - 7);
      }
      std::string candidate = fmt::format("{}/{}", granularity, scheme);
      if (candidate.find("quantize") != std::string::npos) candidate += " bits=4";
      if (candidate.find("block") != std::string::npos) candidate += " block_columns=8";
      made.second.layers.emplace(tensor.name, parse_candidate(candidate));
      made.first.push_back(std::move(tensor));
    }
  }
  return made;
}

void expect_bytes_of(const std::string& name, const Bytes& bytes) {
  const fs::path file = golden / name;
  if (std::getenv("ADAGRAIN_UPDATE_GOLDEN") != nullptr) write_file_atomically(file, bytes);
  EXPECT_EQ(read_file(file), bytes) << name << " is no longer what the writer writes";
}

TEST(Golden, TheWriterWritesTheSameBytesAsEver) {
  expect_bytes_of("raw.grain", encode_grain(raw_checkpoint(), {}, {}, {false, "golden"}));
  expect_bytes_of("empty.grain", encode_grain({}, {}));
  expect_bytes_of("example.grain", encode_grain(example_checkpoint(), example_plan()));
  const auto [checkpoint, plan] = cells();
  expect_bytes_of("cells.grain", encode_grain(checkpoint, plan, {}, {true, ""}));
}

TEST(Golden, RawTensorsComeBackExactly) {
  const GrainReader reader = GrainReader::open(golden / "raw.grain");
  Checkpoint expected = raw_checkpoint();
  // struct.unpack("<e", struct.pack("<e", x)) for 0.1 to 0.6.
  expected[4].values = {0.0999755859375F, 0.199951171875F, 0.300048828125F, 0.39990234375F, 0.5F,
                        0.60009765625F};
  EXPECT_EQ(reader.decode_all(), expected);
  EXPECT_EQ(reader.provenance(), "golden");
}

TEST(Golden, LosslessCellsComeBackExactly) {
  const Checkpoint expected = cells().first;
  const GrainReader reader = GrainReader::open(golden / "cells.grain");
  EXPECT_EQ(parse_plan(reader.plan_json().value(), "golden"), cells().second);
  const Checkpoint tensors = reader.decode_all();
  ASSERT_EQ(tensors.size(), expected.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(tensors[i].shape, expected[i].shape);
    if (tensors[i].name.ends_with(".ans")) {
      EXPECT_EQ(tensors[i].values, expected[i].values) << tensors[i].name;
    }
  }
}

TEST(Golden, EveryGoldenFileDecodes) {
  const std::vector<fs::path> files = grain_files(golden);
  ASSERT_GE(files.size(), 2U);
  for (const fs::path& file : files) EXPECT_NO_THROW(GrainReader::open(file).decode_all()) << file;
}

// broken/reasons.tsv: file and what the error has to say, so that no file is refused for another's reason.
TEST(Golden, EveryBrokenFileIsRefusedForItsReason) {
  const auto text = read_file(golden / "broken" / "reasons.tsv");
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::size_t listed = 0;
  for (std::string line; std::getline(lines, line); ++listed) {
    const auto tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const fs::path file = golden / "broken" / (line.substr(0, tab) + ".grain");
    try {
      GrainReader::open(file).decode_all();
      ADD_FAILURE() << file << " was accepted";
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(line.substr(tab + 1)), std::string::npos)
          << file << ": " << error.what();
    }
  }
  EXPECT_EQ(listed, grain_files(golden / "broken").size());
}

TEST(Golden, ClaimsOfGigabytesEndAtTheTensorToo) {
  const auto reason = [](const char* name) {
    const GrainReader reader = GrainReader::open(golden / "broken" / name);
    try {
      reader.decode(reader.entries().at(0));
      return std::string("accepted");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_NE(reason("gigabytes_of_weights_in_one_byte.grain").find("allowed 2^24"), std::string::npos);
  EXPECT_NE(reason("gigabytes_of_floats_not_there.grain").find("the file has"), std::string::npos);
}

// The bytes of the worked example: lines of a code block that begin with an offset in hexadecimal.
Bytes bytes_of_the_document() {
  const auto text = read_file(project_root() / "framework/container/FORMAT.md");
  std::istringstream lines(std::string(text.begin(), text.end()));
  Bytes bytes;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "## Worked example") inside = true;
    if (!inside || line.size() < 6 || line.find("  ") != 4 || line.find_first_not_of("0123456789abcdef") != 4)
      continue;
    EXPECT_EQ(std::stoul(line.substr(0, 4), nullptr, 16), bytes.size()) << line;
    for (std::size_t at = 6; at + 1 < line.size() && line[at] != ' '; at += 3) {
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(at, 2), nullptr, 16)));
    }
  }
  return bytes;
}

TEST(Golden, TheWorkedExampleOfTheDocumentDecodes) {
  const Bytes bytes = bytes_of_the_document();
  EXPECT_EQ(bytes, read_file(golden / "example.grain"));
  EXPECT_EQ(GrainReader::parse(bytes, "FORMAT.md").decode_all(), example_checkpoint());
}

}  // namespace
}  // namespace adagrain
