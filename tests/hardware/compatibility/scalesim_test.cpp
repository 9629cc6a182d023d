#include "framework/hardware/compatibility/scalesim.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"

namespace adagrain {
namespace {

std::string data_error(const std::string& topology) {
  try {
    scalesim::parse_topology(topology, "net.csv");
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ScaleSim, EveryRowIsPrintedAsScaleSimPrintsIt) {
  const auto layers = scalesim::read_topology(hardware_test_data("scalesim_alexnet_topology.csv"));
  const auto expected = read_reference_table(hardware_test_data("scalesim_alexnet.csv"));
  ASSERT_FALSE(expected.empty());
  std::map<std::string, std::vector<scalesim::Row>> reports;
  for (const auto& row : expected) {
    const std::string& array = row.at("array");
    const std::string& dataflow = row.at("dataflow");
    auto& report = reports[array + dataflow];
    if (report.empty())
      report = scalesim::simulate(layers, scalesim::parse_array(array), parse_dataflow(dataflow));
    const auto found = std::find_if(report.begin(), report.end(),
                                    [&](const scalesim::Row& line) { return line.layer == row.at("layer"); });
    ASSERT_NE(found, report.end());
    SCOPED_TRACE(found->layer + " " + array + " " + dataflow);
    EXPECT_EQ(found->cycles, std::stoull(row.at("cycles_report")));
    EXPECT_EQ(found->ifmap_sram_reads, std::stoull(row.at("ifmap_sram_reads")));
    EXPECT_EQ(found->filter_sram_reads, std::stoull(row.at("filter_sram_reads")));
    EXPECT_EQ(found->ofmap_sram_writes, std::stoull(row.at("ofmap_sram_writes")));
  }
}

TEST(ScaleSim, ATopologyMayEndItsLinesWithACommaOrWithTheSparsity) {
  const auto plain = scalesim::parse_topology("header\na, 8, 9, 3, 2, 4, 5, 1\n", "net.csv");
  const auto comma = scalesim::parse_topology("header\r\n\r\na,8,9,3,2,4,5,1,\r\n", "net.csv");
  const auto sparsity = scalesim::parse_topology("header\na, 8, 9, 3, 2, 4, 5, 1, 1:1,", "net.csv");
  for (const auto& layers : {plain, comma, sparsity}) {
    ASSERT_EQ(layers.size(), 1u);
    EXPECT_EQ(layers[0].name, "a");
    EXPECT_EQ(layers[0].input_width, 9u);
    EXPECT_EQ(layers[0].filter_width, 2u);
    EXPECT_EQ(layers[0].filters, 5u);
  }
}

TEST(ScaleSim, ADepthwiseLayerIsALayerForEachChannel) {
  const auto layers = scalesim::parse_topology("header\nDP1, 8, 8, 3, 3, 3, 1, 1,\n", "net.csv");
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[2].name, "DP1Channel_2");
  EXPECT_EQ(layers[2].channels, 1u);
}

TEST(ScaleSim, MistakesInATopologySayWhereAndWhatIsAllowed) {
  EXPECT_EQ(data_error("header\n"), "net.csv: holds no layer; the first line is a header");
  EXPECT_EQ(data_error(""), "net.csv: holds no layer; the first line is a header");
  EXPECT_NE(data_error("h\na, 8, 8, 3, 3, 4, 5\n").find("net.csv:2: has 7 columns"), std::string::npos);
  for (const char* size : {"0", "-1", "1.5", "x", "", "99999999999999999999", "1048577"}) {
    EXPECT_NE(data_error(fmt::format("h\na, 8, 8, 3, 3, {}, 5, 1\n", size))
                  .find(fmt::format("net.csv:2: channels is '{}'; allowed: whole numbers from 1 to", size)),
              std::string::npos)
        << size;
  }
  EXPECT_NE(data_error("h\na, 8, 8, 9, 3, 4, 5, 1\n").find("a filter of 9 x 3 does not fit"),
            std::string::npos);
  EXPECT_NE(data_error("h\na, 8, 8, 3, 3, 4, 5, 1, 2:4,\n").find("sparsity is '2:4'"), std::string::npos);
  EXPECT_NE(data_error("h\na, 1000000, 1000000, 3, 3, 400, 5, 1\n").find("multiplications"),
            std::string::npos);
  EXPECT_NE(data_error("h\nDP, 8, 8, 3, 3, 1048576, 1, 1\nDP, 8, 8, 3, 3, 9, 1, 1\n").find("more than"),
            std::string::npos);
}

TEST(ScaleSim, AnArrayIsRowsByColumns) {
  EXPECT_EQ(scalesim::parse_array("12x14").columns, 14u);
  for (const char* text : {"", "32", "x32", "32x", "0x8", "8x5000", "8x8x8", "-1x8"}) {
    EXPECT_THROW(scalesim::parse_array(text), ConfigError) << text;
  }
}

}  // namespace
}  // namespace adagrain
