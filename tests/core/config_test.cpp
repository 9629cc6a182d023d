#include "framework/core/config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace adagrain {
namespace {

Config parse(const std::string& text) {
  return Config::parse(text, "a.yaml");
}

void expect_error(const std::function<void()>& read, const std::string& text) {
  try {
    read();
    ADD_FAILURE() << "accepted; expected: " << text;
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()), text);
  }
}

TEST(Config, ReadsEachType) {
  const Config config =
      parse("i: -3\nu: 18446744073709551615\nd: 2.5e-3\nb: true\ns: word\nl: [1, 2]\none: 7\n");
  EXPECT_EQ(config.get<int>("i"), -3);
  EXPECT_EQ(config.get<std::uint64_t>("u"), UINT64_MAX);
  EXPECT_EQ(config.get<double>("d"), 2.5e-3);
  EXPECT_TRUE(config.get<bool>("b"));
  EXPECT_EQ(config.get<std::string>("s"), "word");
  EXPECT_EQ(config.get<std::vector<int>>("l"), (std::vector<int>{1, 2}));
  EXPECT_EQ(config.get<std::vector<int>>("one"), std::vector<int>{7});
  EXPECT_NO_THROW(config.finish());
}

TEST(Config, AbsentKeysTakeTheirFallback) {
  const Config config = parse("");
  EXPECT_EQ(config.get("epochs", 10), 10);
  EXPECT_EQ(config.get("name", std::string("x")), "x");
  EXPECT_FALSE(config.has("name"));
  EXPECT_TRUE(config.child_or_empty("data").keys().empty());
  EXPECT_TRUE(config.children("list").empty());
}

TEST(Config, AMissingKeyIsNamed) {
  expect_error([] { parse("a: 1").get<int>("epochs"); }, "a.yaml:1:1: epochs: is missing");
  expect_error([] { parse("a: 1").child("data"); }, "a.yaml:1:1: data: is missing");
}

TEST(Config, AMissingKeyIsSeenInAMisspeltOne) {
  const Config config = parse("seed: 1\npolices: 2\n");
  expect_error([&] { config.get<int>("policies"); }, "a.yaml:1:1: policies: is missing; 'polices' is given");
  expect_error([&] { config.get<int>("networks"); }, "a.yaml:1:1: networks: is missing");
}

TEST(Config, ASecondDocumentIsRefused) {
  expect_error([] { parse("a: 1\n---\nb: 2\n"); },
               "a.yaml:2:1: one YAML document is expected; here another one, or a stray character, begins");
}

TEST(Config, AnUnknownKeyIsPlacedAndTheKnownOnesListed) {
  const Config config = parse("epochs: 3\n  \nepoch: 4\n");
  config.get<int>("epochs");
  config.get<int>("batch", 1);
  expect_error([&] { config.finish(); }, "a.yaml:3:1: unknown key 'epoch'; known here: batch, epochs");
}

TEST(Config, AnUnknownNestedKeyHasItsPath) {
  const Config data = parse("data: {nmae: x}").child("data");
  data.get("name", std::string());
  expect_error([&] { data.finish(); }, "a.yaml:1:8: unknown key 'data.nmae'; known here: name");
}

TEST(Config, ADuplicateKeyIsRefusedWhereverItIs) {
  expect_error([] { parse("a: 1\nb: 2\na: 3\n"); }, "a.yaml:3:1: key 'a' is given twice");
  expect_error([] { parse("l:\n  - {x: 1, x: 2}\n"); }, "a.yaml:2:12: key 'x' is given twice");
}

TEST(Config, AliasesOfAliasesMakeNoEndOfValues) {
  std::string bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (char name = 'b'; name <= 'k'; ++name) {
    const char before = static_cast<char>(name - 1);
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}]\n", name, before);
  }
  expect_error([&] { parse(bomb); }, "a.yaml:1:11: more than 100000 values, aliases followed");
}

TEST(Config, AWrongTypeSaysWhatWasGivenAndWhatIsExpected) {
  expect_error([] { parse("epochs: ten").get<int>("epochs"); },
               "a.yaml:1:9: epochs: is 'ten'; an integer is expected");
  expect_error([] { parse("epochs: 1.5").get<int>("epochs"); },
               "a.yaml:1:9: epochs: is '1.5'; an integer is expected");
  expect_error([] { parse("rate: 1e-3x").get<double>("rate"); },
               "a.yaml:1:7: rate: is '1e-3x'; a number is expected");
  expect_error([] { parse("on: yes").get<bool>("on"); },
               "a.yaml:1:5: on: is 'yes'; true or false is expected");
  expect_error([] { parse("name: [a]").get<std::string>("name"); },
               "a.yaml:1:7: name: is 'a collection'; a text is expected");
  expect_error([] { parse("a: 1\nepochs:\nb: 2\n").get<int>("epochs"); },
               "a.yaml:2:1: epochs: is 'nothing'; an integer is expected");
  expect_error([] { parse("data: 3").child("data"); }, "a.yaml:1:7: data: a mapping of keys is expected");
  expect_error([] { parse("data: 3").children("data"); }, "a.yaml:1:7: data: a list is expected");
  expect_error([] { parse("data: [3]").children("data"); },
               "a.yaml:1:7: data: a list of mappings is expected");
}

// yaml-cpp itself reads 010 as 8 and 0x10 as 16.
TEST(Config, NumbersThatAnotherBaseWouldReadAreRefused) {
  for (const char* text : {"n: 010", "n: -010", "n: 0x10", "n: 0b1", "n: +5", "n: 1_000"}) {
    EXPECT_THROW(parse(text).get<int>("n"), ConfigError) << text;
  }
  EXPECT_EQ(parse("n: 0").get<int>("n"), 0);
  EXPECT_EQ(parse("n: -0").get<int>("n"), 0);
  EXPECT_THROW(parse("n: 4294967296").get<int>("n"), ConfigError);
  EXPECT_THROW(parse("n: -1").get<std::uint64_t>("n"), ConfigError);
}

TEST(Config, OutOfRangeSaysTheRange) {
  expect_error([] { parse("bits: 9").get<int>("bits", {1, 8}); }, "a.yaml:1:7: bits: is 9; allowed 1..8");
  expect_error(
      [] {
        parse("bits: [4, 0]").get<std::vector<int>>("bits", {1, 8});
      },
      "a.yaml:1:7: bits: is 0; allowed 1..8");
  EXPECT_THROW(parse("rate: nan").get<double>("rate", {0, 1}), ConfigError);
  EXPECT_THROW(parse("rate: inf").get<double>("rate", {0, 1}), ConfigError);
  EXPECT_EQ(parse("bits: 8").get<int>("bits", {1, 8}), 8);
}

TEST(Config, AChoiceListsItsWords) {
  expect_error(
      [] {
        parse("device: gpu").choice("device", {"auto", "cpu", "cuda"});
      },
      "a.yaml:1:9: device: is 'gpu'; allowed: auto, cpu, cuda");
  EXPECT_EQ(parse("").choice("device", {"auto", "cpu"}, "auto"), "auto");
}

TEST(Config, WhatIsNoYamlIsPlaced) {
  try {
    parse("a: 1\nb: [1, 2\n");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("a.yaml:")) << error.what();
    EXPECT_NE(std::string(error.what()).find("not valid YAML"), std::string::npos) << error.what();
  }
  expect_error([] { parse("just words"); }, "a.yaml: a mapping of keys is expected");
  expect_error([] { parse("{[1]: 2}"); }, "a.yaml:1:2: a key must be a word");
}

TEST(Config, DeepNestingIsRefusedBeforeTheStackIs) {
  std::string text = "a: ";
  for (int i = 0; i < 200; ++i) text += "[";
  for (int i = 0; i < 200; ++i) text += "]";
  EXPECT_THROW(parse(text), ConfigError);
}

TEST(Config, ACommaOutsideOfACollectionEndsTheReading) {
  for (const char* text : {",", "{a: 1}, {b: 2}", "{a: 1},", "a: 1\n---\nb: 2\n", ",,,,"}) {
    EXPECT_THROW(parse(text), ConfigError) << text;
  }
  EXPECT_EQ(parse("--- {a: 1}\n...\n").get<int>("a"), 1);
}

TEST(Config, ATabInTheIndentationIsNamedWithItsLine) {
  expect_error(
      [] { parse("list:\n  - {a: 1}\n\t- {a: 2}\n"); },
      "a.yaml:3:2: not valid YAML: illegal block entry; line 3 is indented with a tab, and YAML allows "
      "spaces only");
  EXPECT_EQ(parse("a: x\ty\n").get<std::string>("a"), "x\ty");
}

TEST(Config, AMissingFileIsTheUsersToMend) {
  EXPECT_THROW(Config::load("no/such/file.yaml"), ConfigError);
}

TEST(Config, ChildrenKeepTheirPlaceInErrors) {
  const auto items = parse("items:\n  - {n: 1}\n  - {n: x}\n").children("items");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].get<int>("n"), 1);
  expect_error([&] { items[1].get<int>("n"); }, "a.yaml:3:9: items[1].n: is 'x'; an integer is expected");
}

TEST(Config, KeysComeInFileOrder) {
  EXPECT_EQ(parse("z: 1\na: 2\n").keys(), (std::vector<std::string>{"z", "a"}));
  EXPECT_EQ(parse("z: 1").text(), "z: 1");
}

// All that a program asks of a small configuration.
std::map<std::string, std::string> values(const std::string& yaml,
                                          const std::vector<std::string>& without = {}) {
  const Config config = parse(yaml);
  config.get("share", 0.5);
  config.get("words", std::vector<std::string>());
  for (const Config& item : config.children("items")) item.get<int>("n");
  config.child_or_empty("part").get("flag", false);
  return config.values(without);
}

TEST(Config, ValuesAreWhatIsSaidNotHowItIsWritten) {
  const std::string plain = "share: 1.0\nwords: [a]\nitems: [{n: 1}, {n: 2}]\n";
  for (const char* same : {"# words\nwords: a\nshare: 1.00   # one\nitems: [{n: 1}, {n: 2}]\n",
                           "{items: [{n: 1}, {n: 2}], share: 1, words: ['a'], part: {flag: false}}"})
    EXPECT_EQ(values(same), values(plain)) << same;
  for (const char* other : {"share: 1.5\nwords: [a]\nitems: [{n: 1}, {n: 2}]\n",
                            "share: 1.0\nwords: [a, a]\nitems: [{n: 1}, {n: 2}]\n",
                            "share: 1.0\nwords: [a]\nitems: [{n: 2}, {n: 1}]\n",
                            "share: 1.0\nwords: [a]\nitems: [{n: 1}, {n: 2}]\npart: {flag: true}\n"})
    EXPECT_NE(values(other), values(plain)) << other;
  EXPECT_EQ(values("share: 2", {"share", "part"}), values("", {"share", "part"}));
  const Config config = parse("part: {flag: true, n: 3}");
  config.child("part").get<int>("n");
  EXPECT_EQ(config.child("part").values(), (std::map<std::string, std::string>{{"n", "3"}}));
}

}  // namespace
}  // namespace adagrain
