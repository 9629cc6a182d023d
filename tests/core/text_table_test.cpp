#include "framework/core/text_table.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"

namespace adagrain {
namespace {

TextTable example() {
  TextTable table({"network", "ratio", "drop"});
  table.add({"lenet", "54.0x", "0.5 %"});
  table.add({"größer", "9.9x", "-"});
  return table;
}

TEST(TextTable, NumbersAlignRightAndWordsLeft) {
  EXPECT_EQ(example().aligned(),
            "network  ratio   drop\n"
            "─────────────────────\n"
            "lenet    54.0x  0.5 %\n"
            "größer    9.9x      -\n");
}

TEST(TextTable, LeavesOutLastColumnsThatANarrowTerminalCannotHold) {
  EXPECT_EQ(example().aligned(21), example().aligned());
  EXPECT_EQ(example().aligned(20),
            "network  ratio\n"
            "──────────────\n"
            "lenet    54.0x\n"
            "größer    9.9x\n"
            "in a wider terminal or a pipe also: drop\n");
  EXPECT_EQ(example().aligned(1),
            "network\n"
            "───────\n"
            "lenet\n"
            "größer\n"
            "in a wider terminal or a pipe also: ratio, drop\n");
}

TEST(TextTable, PipedOutputIsTabSeparated) {
  EXPECT_EQ(example().tab_separated(), "network\tratio\tdrop\nlenet\t54.0x\t0.5 %\ngrößer\t9.9x\t-\n");
}

TEST(TextTable, MarkdownMarksNumberColumns) {
  EXPECT_EQ(
      example().markdown(),
      "| network | ratio | drop |\n|---|---:|---:|\n| lenet | 54.0x | 0.5 % |\n| größer | 9.9x | - |\n");
}

TEST(TextTable, ARowOfAnotherLengthIsOurBug) {
  TextTable table({"a", "b"});
  EXPECT_THROW(table.add({"1"}), InternalError);
}

}  // namespace
}  // namespace adagrain
