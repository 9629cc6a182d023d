#include "framework/report/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "framework/report/results_file.h"
#include "policies/training/ledger_rows.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

template <typename Row>
class SchemaTest : public testing::Test {};
using Rows =
    testing::Types<RunRow, LayerRow, StepRow, ProfileRow, TrainingProfileRow, TrainingRow, ReferenceRow>;
TYPED_TEST_SUITE(SchemaTest, Rows);

// A different value in every field.
template <typename Row>
Row filled_row() {
  Row row;
  int count = 0;
  for (const Field<Row>& field : fields<Row>()) {
    ++count;
    std::visit(
        [&](auto* value) {
          using Value = std::remove_reference_t<decltype(*value)>;
          if constexpr (std::same_as<Value, std::string>)
            *value = fmt::format("text {}", count);
          else if constexpr (std::same_as<Value, bool>)
            *value = true;
          else
            *value = static_cast<Value>(count);
        },
        field.at(row));
  }
  return row;
}

TYPED_TEST(SchemaTest, EveryFieldComesBack) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  const TypeParam row = filled_row<TypeParam>();
  const std::vector<Cell> cells = to_cells(row);
  EXPECT_EQ(std::set<Cell>(cells.begin(), cells.end()).size(), cells.size()) << "two fields share a place";
  EXPECT_TRUE(read_rows<TypeParam>(Results()).empty());
  Results results = empty_tables<TypeParam>();
  results.add(rows_of<TypeParam>({row}));
  results.add(rows_of<TypeParam>({TypeParam{}, row}));
  write_results(path, results);
  const std::vector<TypeParam> rows = read_rows<TypeParam>(read_results(path));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(to_cells(rows[0]), cells);
  EXPECT_EQ(to_cells(rows[1]), to_cells(TypeParam{}));
  EXPECT_EQ(to_cells(rows[2]), cells);
}

TYPED_TEST(SchemaTest, EveryTableAndColumnIsDocumented) {
  const std::vector<std::uint8_t> bytes = read_file(project_root() / "results" / "README.md");
  const std::string text(bytes.begin(), bytes.end());
  const std::size_t begin = text.find(fmt::format("### `{}`", TypeParam::path));
  ASSERT_NE(begin, std::string::npos) << TypeParam::path;
  const std::string section = text.substr(begin, text.find("\n### ", begin + 1) - begin);
  for (const Column& column : columns_of<TypeParam>()) {
    const bool statistics = section.find("statistics") != std::string::npos &&
                            (column.name.starts_with("weight_") || column.name.starts_with("activation_"));
    EXPECT_TRUE(statistics || section.find("`" + column.name + "`") != std::string::npos)
        << TypeParam::path << " " << column.name;
  }
}

}  // namespace
}  // namespace adagrain
