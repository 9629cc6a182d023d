#include "framework/hardware/accelerator.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "framework/core/error.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

class AcceleratorTest : public testing::Test {
 protected:
  std::string file(const std::string& text) const {
    const auto path = folder_ / "own.yaml";
    std::ofstream(path) << text;
    return path.string();
  }

  TemporaryFolder folder_;
};

void expect_refused(const std::string& name, const std::vector<std::string>& reasons) {
  try {
    load_accelerator(name);
    ADD_FAILURE() << name << " is accepted";
  } catch (const ConfigError& error) {
    for (const std::string& reason : reasons)
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST(AcceleratorPresets, EveryConstantHasAUnitAndASource) {
  ASSERT_FALSE(accelerator_presets().empty());
  for (const std::string& preset : accelerator_presets()) {
    const Accelerator accelerator = load_accelerator(preset);
    EXPECT_EQ(accelerator.name, preset);
    EXPECT_GT(accelerator.constants.size(), 20u);
    for (const auto* constants : {&accelerator.constants, &accelerator.energy.constants}) {
      for (const Constant& constant : *constants) {
        EXPECT_FALSE(constant.unit.empty()) << preset << " " << constant.key;
        EXPECT_FALSE(constant.source.empty()) << preset << " " << constant.key;
      }
    }
    EXPECT_EQ(accelerator.node_nm, accelerator.energy.node_nm);
  }
}

TEST(AcceleratorPresets, AnUnknownOneListsTheKnownOnes) {
  for (const std::string& preset : accelerator_presets())
    expect_refused("tpu9", {"unknown hardware preset 'tpu9'", preset});
}

TEST(AcceleratorNames, OverridesChangeWhatTheyNameAndSaySo) {
  const Accelerator plain = load_accelerator("edge_npu");
  const Accelerator changed = load_accelerator("edge_npu:os,decode.static_lanes=3,dram.energy=4.5");
  EXPECT_EQ(changed.dataflow, Dataflow::output_stationary);
  EXPECT_EQ(changed.static_lanes, 3u);
  EXPECT_EQ(changed.dram_pj_per_bit, 4.5);
  EXPECT_EQ(changed.array_rows, plain.array_rows);
  int overridden = 0;
  for (const Constant& constant : changed.constants)
    overridden += constant.source.find("override") != std::string::npos;
  EXPECT_EQ(overridden, 2);
  EXPECT_EQ(changed.constants.size(), plain.constants.size());
}

TEST(AcceleratorNames, WhatIsWrongIsNamed) {
  expect_refused("edge_npu:rs", {"dataflow is 'rs'", "os, ws, is"});
  expect_refused("edge_npu:decode.lanes=4", {"unknown key 'decode.lanes'", "decode.static_lanes"});
  expect_refused("edge_npu:array.rows=0", {"array.rows is '0'", "1 to 4096"});
  expect_refused("edge_npu:array.rows=2.5", {"array.rows is '2.5'", "an integer"});
  expect_refused("edge_npu:array.rows=many", {"array.rows is 'many'"});
  expect_refused("edge_npu:energy=none", {"energy is 'none'", "horowitz_45nm"});
  expect_refused("edge_npu:" + std::string(80, 'x'), {"at most 64"});
}

TEST(AcceleratorNames, NodesDoNotMix) {
  expect_refused("edge_npu:energy=accelergy_40nm", {"node is 45 nm", "accelergy_40nm is of 40 nm"});
  EXPECT_EQ(load_accelerator("edge_npu:energy=accelergy_40nm,node=40").energy.mac_8bit_pj, 1.0025);
}

TEST(AcceleratorNames, OperandsThatNoTableHasAreRefused) {
  expect_refused("edge_npu:array.activation_bits=12", {"no multiplication of 12 bits"});
}

TEST_F(AcceleratorTest, AFileMayStateOnlyWhatDiffersFromAPreset) {
  const Accelerator own =
      load_accelerator(file("base: edge_npu\ndataflow: is\nclock: {value: 100, unit: MHz, source: mine}\n"));
  EXPECT_EQ(own.clock_mhz, 100);
  EXPECT_EQ(own.dataflow, Dataflow::input_stationary);
  EXPECT_EQ(own.array_columns, load_accelerator("edge_npu").array_columns);
}

TEST_F(AcceleratorTest, AFileIsReadStrictly) {
  expect_refused(file("base: edge_npu\nclock: {value: 100, unit: MHz}\n"),
                 {"own.yaml:2", "clock.source: is missing"});
  expect_refused(file("base: edge_npu\nclock: {value: 100, unit: MHz, source: ''}\n"),
                 {"say where the value is from"});
  expect_refused(file("base: edge_npu\nclock: {value: 100, unit: GHz, source: x}\n"),
                 {"clock.unit: is 'GHz'; allowed: MHz"});
  expect_refused(file("base: edge_npu\narray: {colour: red}\n"),
                 {"own.yaml:2", "unknown key 'array.colour'"});
  expect_refused(file("clock: {value: 100, unit: MHz, source: x}\n"), {"is missing"});
  expect_refused(file("base: none\n"), {"unknown hardware preset 'none'"});
  expect_refused((folder_ / "absent.yaml").string(), {"absent.yaml"});
}

TEST(EnergyTables, EachLoadsWithSources) {
  ASSERT_GE(energy_tables().size(), 1u);
  for (const std::string& name : energy_tables()) {
    const EnergyTable table = load_energy_table(name);
    EXPECT_GT(table.mac_pj(16), table.mac_pj(8)) << name;
    for (const Constant& constant : table.constants) EXPECT_FALSE(constant.source.empty()) << name;
  }
}

}  // namespace
}  // namespace adagrain
